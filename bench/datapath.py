"""The data path: espd beside kernel-libipsec and the bare veth, all in one run.

Both ends of every tunnel are on this machine, and share its processors with the generators.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any

from bench import datapath_goals, datapath_traffic, packets
from bench.datapath_pair import Carrier, Pair, Suite
from bench.datapath_traffic import Durations
from bench.traffic import Ends
from landbridge.vpn.mtu import GCM

Say = Callable[[str], None]

SUITES = (
    Suite("AES-256-GCM", "aes256gcm16", GCM),
    Suite("AES-128-CBC, SHA1", "aes128-sha1", "SHA1"),
    Suite("AES-256-CBC, SHA2-256", "aes256-sha256", "SHA2-256"),
)
QUICK = Durations(tcp=1, udp=0.6, pings=1)
_OFFERED_KPPS = {64: (25, 50, 100, 150, 250), 1400: (60, 120, 200)}
"By the size of the inner IP packet; 112,000 of 1,400 bytes are 1.25 Gbit/s."
_TUNNELS = (1, 4, 16)
_HALF = 0.5
"Of its capacity: a busy tunnel that is not saturated."


def measure(say: Say, durations: Durations) -> dict[str, Any]:
    """All figures, and which goals they meet; `say` is told what is being measured."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="landbridge-bench-") as name:
        bench = _Bench(Path(name), say, durations)
        results = {"seconds_per_tcp_figure": durations.tcp, **bench.espd(), **bench.many()}
        results["rows"] += bench.libipsec()
    results["took_s"] = round(time.monotonic() - begun)
    return {**results, "goals": datapath_goals.judged(results)}


class _Bench:
    """One run."""

    def __init__(self, directory: Path, say: Say, durations: Durations) -> None:
        self._directory = directory
        self._say = say
        self._durations = durations
        self._generator = packets.Generator(directory)

    def espd(self) -> dict[str, Any]:
        """One tunnel and the veth below it: throughput, round trips, memory."""
        with Pair(self._directory, Carrier.ESPD).built() as pair:
            memory = {"idle": self._idle_memory(pair)}
            bare = self._row(pair.outside, "bare veth")
            rows = [bare, *self._rows(pair, encaps=(True, False))]
            memory["after_load"] = pair.memory_mb()
            capacity = rows[1]["tcp"]["1_out"]["gbit_s"]
            return {
                "rows": rows,
                "round_trips": self._round_trips(pair, capacity),
                "memory_mb": memory,
            }

    def libipsec(self) -> list[dict[str, Any]]:
        """The peer's rows; it does ESP in UDP only."""
        with Pair(self._directory, Carrier.LIBIPSEC).built() as pair:
            return list(self._rows(pair, encaps=(True,)))

    def many(self) -> dict[str, Any]:
        """Several tunnels busy at once, and how long their espds took to start."""
        starts: list[float] = []
        totals = {}
        with ExitStack() as tunnels:
            pairs: list[Pair] = []
            for count in _TUNNELS:
                self._say(f"tunnels at once, {count}")
                for number in range(len(pairs) + 1, count + 1):
                    pair = Pair(self._directory, Carrier.ESPD, number)
                    pairs.append(tunnels.enter_context(pair.built()))
                    tunnels.enter_context(pair.connected(SUITES[0], encap=True))
                    starts += pair.start_ms
                total = datapath_traffic.all_at_once(
                    [pair.inside for pair in pairs],
                    self._durations.tcp,
                    lambda: sum(pair.received_bytes() for pair in pairs),
                )
                totals[str(count)] = round(total, 3)
        start = {"median": round(median(starts), 1), "max": round(max(starts), 1)}
        return {"tunnels_at_once_gbit_s": totals, "espd_start_ms": start}

    def _idle_memory(self, pair: Pair) -> dict[str, float]:
        with pair.connected(SUITES[0], encap=True):
            return pair.memory_mb()

    def _rows(self, pair: Pair, encaps: tuple[bool, ...]) -> Iterator[dict[str, Any]]:
        for encap in encaps:
            for suite in SUITES:
                with pair.connected(suite, encap=encap):
                    facts = {
                        "suite": suite.name,
                        "esp": "in UDP" if encap else "plain",
                        "mtu": pair.mtu(suite, encap=encap),
                    }
                    yield self._row(pair.inside, pair.carrier.value, facts, pair.cpu_seconds)

    def _row(
        self,
        ends: Ends,
        path: str,
        facts: dict[str, Any] | None = None,
        cpu: Callable[[], float] | None = None,
    ) -> dict[str, Any]:
        """TCP and UDP of one path and suite."""
        facts = facts or {}
        what = " ".join(str(facts[key]) for key in ("suite", "esp") if key in facts)
        self._say(f"TCP, {path} {what}")
        seconds = self._durations.tcp
        tcp = {
            f"{streams}_{'back' if back else 'out'}": datapath_traffic.tcp(
                ends, streams, seconds, back=back, cpu=cpu
            )
            for streams in (1, 4)
            for back in (False, True)
        }
        self._say(f"UDP, {path} {what}")
        udp = {
            f"udp_{size}_bytes": [
                self._generator.packets(ends, size, kpps, self._durations.udp) for kpps in offered
            ]
            for size, offered in _OFFERED_KPPS.items()
        }
        return {"path": path, **facts, "tcp": tcp, **udp}

    def _round_trips(self, pair: Pair, capacity_gbit_s: float) -> dict[str, Any]:
        """Idle and beside the same loads, through the tunnel and over the veth."""
        paths = {"espd": pair.inside, "bare_veth": pair.outside}
        half = round(capacity_gbit_s * _HALF, 2)
        loads: dict[str, float | None] = {"idle": 0.0, "half_load": half, "saturated": None}
        figures: dict[str, Any] = {}
        with pair.connected(SUITES[0], encap=True):
            for load, rate in loads.items():
                self._say(f"round trips, {load.replace('_', ' ')}")
                figures[load] = {
                    name: datapath_traffic.round_trips(
                        ends, self._durations.pings, load_gbit_s=rate
                    )
                    for name, ends in paths.items()
                }
                through, bare = (figures[load][name]["median_ms"] for name in paths)
                added = None if through is None or bare is None else round(through - bare, 3)
                figures[load]["added_ms"] = added
        return figures
