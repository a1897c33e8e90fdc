"""What the daemons cost: memory and processor time, per tunnel."""

import os
import time
from pathlib import Path

from network.installation import Installation

_IDLE_SECONDS = 20
"Long enough for two keepalives of every BGP session and one dead-peer probe of every tunnel."


def cost(installation: Installation, tunnels: int) -> dict[str, float]:
    """Measure an idle installation, simulated sites left out."""
    daemons = [
        pid
        for namespace in installation.namespaces()
        if installation.names.ours(namespace)
        for pid in installation.processes(namespace)
    ]
    services = [installation.pid("agent"), installation.pid("api")]
    before = sum(map(_ticks, daemons + services))
    agent_before = _ticks(services[0])
    time.sleep(_IDLE_SECONDS)  # noqa: TID251 - time itself is measured
    after = sum(map(_ticks, daemons + services))
    agent_after = _ticks(services[0])
    hertz = os.sysconf("SC_CLK_TCK")
    return {
        "daemons_pss_mb_per_tunnel": round(sum(map(_pss, daemons)) / 1024 / tunnels, 2),
        "agent_and_api_pss_mb": round(sum(map(_pss, services)) / 1024, 1),
        "idle_cpu_percent_per_tunnel": round(
            100 * (after - before) / hertz / _IDLE_SECONDS / tunnels, 3
        ),
        "idle_cpu_percent_of_the_agent": round(
            100 * (agent_after - agent_before) / hertz / _IDLE_SECONDS, 2
        ),
    }


def _pss(pid: int) -> int:
    """Proportional set size, kilobytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def _ticks(pid: int) -> int:
    """Processor time so far, in clock ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
