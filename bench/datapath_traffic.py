"""TCP and what it costs, and round trips beside it."""

import re
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from bench import traffic
from bench.traffic import Ends
from landbridge.network.drivers import netns

_PING_SECONDS = 0.01
_PINGS_LEFT_OUT = 100
"Those at the start, while the load comes up."
_STARTING_SECONDS = 2
"Until several streams, started at once, are all busy."
_PATIENCE = 60
"Seconds; on a saturated machine all things take their time."


@dataclass(frozen=True, slots=True)
class Durations:
    """Of each figure, seconds."""

    tcp: int = 5
    udp: float = 1.2
    pings: int = 3


def tcp(
    ends: Ends, streams: int, seconds: int, *, back: bool, cpu: Callable[[], float] | None
) -> dict[str, Any]:
    """TCP throughput one way, and what it cost those who carry it; nothing, if that fails."""
    options = ["--parallel", str(streams), *(["--reverse"] if back else [])]
    before = cpu() if cpu else 0.0
    try:
        report = traffic.iperf(ends, *options, seconds=seconds)
    except (RuntimeError, ValueError, subprocess.SubprocessError) as error:
        return {"gbit_s": 0.0, "failure": str(error)}
    figures = {"gbit_s": round(traffic.gbit_s(report), 3)}
    gigabits = report["end"]["sum_received"]["bytes"] * 8 / 1e9
    if cpu and gigabits:
        figures["cpu_s_per_gbit"] = round((cpu() - before) / gigabits, 3)
    return figures


def all_at_once(paths: Sequence[Ends], seconds: int, received_bytes: Callable[[], int]) -> float:
    """What arrives of a TCP stream on each path while all are busy, Gbit/s of IP packets."""
    lasts = _STARTING_SECONDS + seconds + 1
    with ThreadPoolExecutor(len(paths)) as threads:
        streams = [threads.submit(traffic.iperf, ends, seconds=lasts) for ends in paths]
        time.sleep(_STARTING_SECONDS)  # noqa: TID251 - the streams start
        before, begun = received_bytes(), time.perf_counter()
        time.sleep(seconds)  # noqa: TID251 - time itself is measured
        rate = (received_bytes() - before) * 8 / 1e9 / (time.perf_counter() - begun)
        for stream in streams:
            stream.result()
    return rate


def round_trips(
    ends: Ends, seconds: int, *, load_gbit_s: float | None = 0.0
) -> dict[str, float | None]:
    """Round trips beside a TCP load: none at 0, paced at a rate, or all that goes at None."""
    if load_gbit_s == 0.0:
        return _pings(ends, seconds)
    pacing = ["--fq-rate", str(round(load_gbit_s * 1e9))] if load_gbit_s else []
    with ThreadPoolExecutor(1) as thread:
        load = thread.submit(traffic.iperf, ends, *pacing, seconds=seconds + 2)
        figures = _pings(ends, seconds)
        return {**figures, "load_gbit_s": round(traffic.gbit_s(load.result()), 3)}


def _pings(ends: Ends, seconds: int) -> dict[str, float | None]:
    count = _PINGS_LEFT_OUT + round(seconds / _PING_SECONDS)
    with netns.inside(ends.client):
        done = subprocess.run(
            ["ping", "-i", str(_PING_SECONDS), "-c", str(count), "-W", "1", ends.address],
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds + _PATIENCE,
        )
    answers = re.findall(r"icmp_seq=(\d+) .*time=([\d.]+) ms", done.stdout)
    times = [float(time) for number, time in answers if int(number) > _PINGS_LEFT_OUT]
    expected = count - _PINGS_LEFT_OUT
    return {
        "median_ms": round(median(times), 3) if times else None,
        "p95_ms": round(quantiles(times, n=20)[18], 3) if len(times) > 1 else None,
        "max_ms": round(max(times), 3) if times else None,
        "lost_percent": round(100 * (1 - len(times) / expected), 1),
    }
