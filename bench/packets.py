"""UDP packets per second, by a generator and a sink of ours (`udpgen.c`): iperf3 is too slow."""

import itertools
import json
import subprocess
from pathlib import Path
from typing import Any

from bench.traffic import Ends
from landbridge.network.drivers import netns

PORTS = (20_000, 20_999)
"Each run has its own, so that it does not count what came late of another."
_SOURCE = Path(__file__).with_name("udpgen.c")
_HEADERS = 28
"Bytes of IPv4 and UDP."
_PATIENCE = 60
"Seconds; on a saturated machine all things take their time."


class Generator:
    """The program, built for this run in `directory`."""

    def __init__(self, directory: Path) -> None:
        self._program = directory / "udpgen"
        self._ports = itertools.cycle(range(PORTS[0], PORTS[1] + 1))
        subprocess.run(["gcc", "-O2", "-o", self._program, _SOURCE], check=True)

    def packets(self, ends: Ends, size: int, offered_kpps: float, seconds: float) -> dict[str, Any]:
        """Thousands delivered a second, and lost; `size` is that of the whole IP packet."""
        port = str(next(self._ports))
        with netns.inside(ends.server):
            sink = subprocess.Popen(
                [self._program, "receive", port, str(seconds)], stdout=subprocess.PIPE, text=True
            )
        assert sink.stdout is not None
        try:
            sink.stdout.readline()  # ready
            arguments = (port, str(size - _HEADERS), str(offered_kpps * 1000), str(seconds))
            sent = self._send(ends, *arguments, timeout=seconds + _PATIENCE)
            received = json.loads(sink.communicate(timeout=seconds + _PATIENCE)[0])
        finally:
            sink.kill()
            sink.wait()
        return {
            "offered_kpps": offered_kpps,
            "sent_kpps": round(sent["per_second"] / 1000, 1),
            "delivered_kpps": round(received["per_second"] / 1000, 1),
            "lost_percent": round(100 * (1 - received["received"] / max(sent["sent"], 1)), 1),
        }

    def _send(self, ends: Ends, *arguments: str, timeout: float) -> dict[str, float]:
        with netns.inside(ends.client):
            done = subprocess.run(
                [self._program, "send", ends.address, *arguments],
                stdout=subprocess.PIPE,
                check=True,
                timeout=timeout,
            )
        sent: dict[str, float] = json.loads(done.stdout)
        return sent
