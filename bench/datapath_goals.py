"""What the data path has to reach, whether it does, and the tables that show it."""

from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.datapath_pair import Carrier

_TCP_GBIT_S = 3.0
"AES-256-GCM in UDP."
_EVERY_GBIT_S = 1.25
_EVERY_KPPS = 140.0
"What AWS gives a tunnel, whatever its suite."
_TIMES_LIBIPSEC = 8.0
_ADDED_MS = 1.0
_ENDPOINT_MB = 8.0
_SMALL, _LARGE = "udp_64_bytes", "udp_1400_bytes"


def judged(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Hold the figures against the goals."""
    return [
        {"goal": goal, "figure": figure, "met": met} for goal, figure, met in _verdicts(results)
    ]


def _verdicts(results: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    ours = _rows(results, Carrier.ESPD)
    gcm = ours[0]
    tcp = min(gcm["tcp"][way]["gbit_s"] for way in ("1_out", "1_back"))
    yield (
        f"TCP, one stream each way, AES-256-GCM in UDP: at least {_TCP_GBIT_S:g} Gbit/s",
        f"{tcp:.2f} Gbit/s",
        tcp >= _TCP_GBIT_S,
    )
    row = min(ours, key=_slowest_tcp)
    slowest = _slowest_tcp(row)
    yield (
        f"TCP, every suite, number of streams and way: at least {_EVERY_GBIT_S:g} Gbit/s",
        f"{slowest:.2f} Gbit/s ({_name(row)})",
        slowest >= _EVERY_GBIT_S,
    )
    row = min(ours, key=_most_packets)
    packets = _most_packets(row)
    yield (
        f"UDP of 64 bytes, every suite: at least {_EVERY_KPPS:g} thousand packets/s",
        f"{packets:.0f} ({_name(row)})",
        packets >= _EVERY_KPPS,
    )
    ratios = libipsec_ratios(results)
    times = ratios[gcm["suite"]]["tcp"]
    yield (
        f"TCP, AES-256-GCM in UDP: at least {_TIMES_LIBIPSEC:g} times kernel-libipsec",
        f"{times:.1f} times",
        times >= _TIMES_LIBIPSEC,
    )
    least = min(ratio for both in ratios.values() for ratio in both.values())
    yield (
        f"TCP and packets/s, every suite in UDP: at least {_TIMES_LIBIPSEC:g} times libipsec",
        f"{least:.1f} times",
        least >= _TIMES_LIBIPSEC,
    )
    for load in ("half_load", "saturated"):
        added = results["round_trips"][load]["added_ms"]
        yield (
            f"Added round trip, {load.replace('_', ' ')}: at most {_ADDED_MS:g} ms",
            "no answers" if added is None else f"{added:.2f} ms",
            added is not None and added <= _ADDED_MS,
        )
    memory = max(of["endpoint"] for of in results["memory_mb"].values())
    yield (
        f"Memory of an endpoint, espd and charon: less than {_ENDPOINT_MB:g} MB",
        f"{memory:.1f} MB",
        memory < _ENDPOINT_MB,
    )


def libipsec_ratios(results: dict[str, Any]) -> dict[str, dict[str, float]]:
    """By suite: how many times kernel-libipsec's best espd's best is, in UDP."""
    theirs = {row["suite"]: row for row in _rows(results, Carrier.LIBIPSEC)}
    return {
        row["suite"]: {
            "tcp": round(_best_tcp(row) / max(_best_tcp(theirs[row["suite"]]), 0.001), 1),
            "packets": round(
                _most_packets(row) / max(_most_packets(theirs[row["suite"]]), 0.001), 1
            ),
        }
        for row in _rows(results, Carrier.ESPD)
        if row["esp"] == "in UDP"
    }


def _rows(results: dict[str, Any], path: Carrier) -> list[dict[str, Any]]:
    return [row for row in results["rows"] if row["path"] == path.value]


def _name(row: dict[str, Any]) -> str:
    return f"{row['suite']} {row['esp']}"


def _slowest_tcp(row: dict[str, Any]) -> float:
    return min(one["gbit_s"] for one in row["tcp"].values())


def _best_tcp(row: dict[str, Any]) -> float:
    """With one stream, the better way."""
    return max(row["tcp"][way]["gbit_s"] for way in ("1_out", "1_back"))


def _most_packets(row: dict[str, Any]) -> float:
    return max(one["delivered_kpps"] for one in row[_SMALL])


def show(results: dict[str, Any], console: Console) -> None:
    """Print all tables."""
    for table in (_throughput(results), _cpu(results), _packets(results), _others(results)):
        console.print(table)
        console.print()
    console.print(_goals(results))


def _table(title: str, *columns: str) -> Table:
    drawn = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for number, column in enumerate(columns):
        drawn.add_column(column, justify="left" if number == 0 else "right", no_wrap=True)
    return drawn


def _path(row: dict[str, Any]) -> str:
    return f"{row['path']} {_name(row)}" if "suite" in row else row["path"]


def _times(row: dict[str, Any], ratios: dict[str, dict[str, float]], what: str) -> str:
    """How many times libipsec's figure a row's is, for a row that can be compared."""
    comparable = row["path"] == Carrier.ESPD.value and row["esp"] == "in UDP"
    return f"{ratios[row['suite']][what]:.1f} times" if comparable else ""


_WAYS = {
    "1_out": "1 stream out",
    "1_back": "1 back",
    "4_out": "4 out",
    "4_back": "4 back",
}


def _throughput(results: dict[str, Any]) -> Table:
    drawn = _table("TCP, Gbit/s", "", *_WAYS.values(), "of the veth", "of libipsec")
    veth = _best_tcp(results["rows"][0])
    ratios = libipsec_ratios(results)
    for row in results["rows"]:
        drawn.add_row(
            _path(row),
            *(f"{row['tcp'][way]['gbit_s']:.2f}" for way in _WAYS),
            f"{_best_tcp(row) / veth:.0%}",
            _times(row, ratios, "tcp"),
        )
    return drawn


def _cpu(results: dict[str, Any]) -> Table:
    drawn = _table("Processor seconds per gigabit, both ends", "", *_WAYS.values())
    for row in results["rows"]:
        costs = [row["tcp"][way].get("cpu_s_per_gbit") for way in _WAYS]
        if None not in costs:
            drawn.add_row(_path(row), *(f"{cost:.2f}" for cost in costs))
    return drawn


def _packets(results: dict[str, Any]) -> Table:
    first = results["rows"][0]
    columns = [(size, number) for size in (_SMALL, _LARGE) for number in range(len(first[size]))]
    drawn = _table(
        "UDP, thousand packets/s delivered of those offered, by size of the IP packet",
        "",
        *(f"{size.split('_')[1]} B\n{first[size][at]['offered_kpps']:g}" for size, at in columns),
        "of libipsec\n64 B",
    )
    ratios = libipsec_ratios(results)
    for row in results["rows"]:
        drawn.add_row(
            _path(row),
            *(f"{row[size][at]['delivered_kpps']:.0f}" for size, at in columns),
            _times(row, ratios, "packets"),
        )
    return drawn


def _others(results: dict[str, Any]) -> Table:
    drawn = _table("One tunnel, AES-256-GCM in UDP", "", "")
    for load, figures in results["round_trips"].items():
        for path in ("espd", "bare_veth"):
            one = figures[path]
            beside = f" beside {one['load_gbit_s']:.2f} Gbit/s" if "load_gbit_s" in one else ""
            drawn.add_row(
                f"round trip, {load}, {path}{beside}: median, p95, max".replace("_", " "),
                f"{one['median_ms']}, {one['p95_ms']}, {one['max_ms']} ms",
            )
    for when, sizes in results["memory_mb"].items():
        text = ", ".join(f"{name} {size:.1f}" for name, size in sizes.items())
        drawn.add_row(f"memory {when.replace('_', ' ')}", f"{text} MB")
    start = results["espd_start_ms"]
    drawn.add_row("start of espd: median, max", f"{start['median']:.0f}, {start['max']:.0f} ms")
    for count, total in results["tunnels_at_once_gbit_s"].items():
        drawn.add_row(f"TCP, tunnels at once: {count}", f"{total:.2f} Gbit/s of IP")
    return drawn


def _goals(results: dict[str, Any]) -> Table:
    drawn = _table("Goals", "", "Figure", "")
    for one in results["goals"]:
        drawn.add_row(one["goal"], one["figure"], "met" if one["met"] else "NOT MET")
    return drawn
