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
    before = sum(map(cpu_seconds, daemons + services))
    agent_before = cpu_seconds(services[0])
    time.sleep(_IDLE_SECONDS)  # noqa: TID251 - time itself is measured
    after = sum(map(cpu_seconds, daemons + services))
    agent_after = cpu_seconds(services[0])
    return {
        "daemons_pss_mb_per_tunnel": round(sum(map(pss_kb, daemons)) / 1024 / tunnels, 2),
        "agent_and_api_pss_mb": round(sum(map(pss_kb, services)) / 1024, 1),
        "idle_cpu_percent_per_tunnel": round(100 * (after - before) / _IDLE_SECONDS / tunnels, 3),
        "idle_cpu_percent_of_the_agent": round(
            100 * (agent_after - agent_before) / _IDLE_SECONDS, 2
        ),
    }


def pss_kb(pid: int) -> int:
    """Proportional set size, kilobytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1])
    return 0


def cpu_seconds(pid: int) -> float:
    """Processor time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
