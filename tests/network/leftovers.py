"""Whether there is in Linux what the API says, and nothing besides."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from landbridge import settings
from landbridge.network import probe
from landbridge.network.drivers import bird, charon, espd, netns
from landbridge.network.names import Names
from landbridge.network.strongswan import Esp
from network.installation import Installation, wait_until

DAEMONS = (charon.PROGRAM, espd.PROGRAM, bird.PROGRAM)
Compared = tuple[Counter[Any], Counter[Any]]
"What is there, and what ought to be."


def nothing_is_left(installation: Installation) -> None:
    """There is what living resources need, and nothing of others."""
    looks: list[tuple[Callable[[Installation], Compared], str]] = [
        (ours, "the namespaces are those of living resources"),
        (programs, "the daemons are those of living resources, one of each"),
        (files, "the files are those of living resources"),
    ]
    for look, what in looks:
        try:
            wait_until(lambda look=look: _same(look(installation)), what)
        except AssertionError as error:
            there, ought = look(installation)
            raise AssertionError(
                f"{error}; too many: {there - ought}; missing: {ought - there}"
            ) from None


def _same(compared: Compared) -> bool:
    there, ought = compared
    return there == ought


def ours(installation: Installation) -> Compared:
    """Namespaces: there, and living."""
    there = Counter(one for one in installation.namespaces() if installation.names.ours(one))
    return there, Counter(living(installation))


def programs(installation: Installation) -> Compared:
    """Daemons wherever they are, by namespace and program: there, and of living resources."""
    prefix = installation.names.prefix
    needed = {f"{prefix}e": _endpoint_daemons(), f"{prefix}g": [bird.PROGRAM]}
    ought = Counter(
        (namespace, program)
        for namespace in living(installation)
        for program in needed.get(namespace.partition("-")[0], [])
    )
    where = {
        process.pid: namespace
        for namespace, inside in netns.processes().items()
        for process in inside
    }
    there = Counter(
        (where.get(pid, "in no namespace that has a name"), program)
        for pid, program in started_here(installation)
    )
    return there, ought


@cache
def _endpoint_daemons() -> list[str]:
    userspace = probe.of(settings.from_environment()).settled() is Esp.USERSPACE
    return [charon.PROGRAM, espd.PROGRAM] if userspace else [charon.PROGRAM]


def started_here(installation: Installation) -> Iterator[tuple[int, str]]:
    """Daemons that know a file of this service's, the simulated device's left out."""
    run, lab = str(installation.run_dir).encode(), str(installation.run_dir / "lab").encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            program = (entry / "comm").read_text().strip()
            about = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if program in DAEMONS and run in about and lab not in about:
            yield int(entry.name), program


def files(installation: Installation) -> Compared:
    """Whose files are in the run directory: of any, and of living resources at most."""
    names = installation.names
    pattern = re.compile(rf"{names.prefix}(e-[0-9a-f]+-[12]|[gvi]-[0-9a-f]+)")
    there = {
        found[0]
        for path in installation.run_dir.rglob("*")
        if (found := pattern.search(str(path.relative_to(installation.run_dir))))
    }
    return Counter(there), Counter(there & set(living(installation)))


def living(installation: Installation) -> Iterator[str]:
    """The namespaces of all resources that are there."""
    ec2, names = installation.client, installation.names
    yield names.outside
    for vpc in ec2.describe_vpcs()["Vpcs"]:
        yield names.vpc(vpc["VpcId"])
    for gateway in ec2.describe_vpn_gateways()["VpnGateways"]:
        if gateway["State"] == "available":
            yield names.gateway(gateway["VpnGatewayId"])
    yield from _instances(ec2, names)
    yield from _endpoints(ec2, names)


def _instances(ec2: Any, names: Names) -> Iterator[str]:
    for reservation in ec2.describe_instances()["Reservations"]:
        for instance in reservation["Instances"]:
            if instance["State"]["Name"] != "terminated":
                yield names.instance(instance["InstanceId"])


def _endpoints(ec2: Any, names: Names) -> Iterator[str]:
    for connection in ec2.describe_vpn_connections()["VpnConnections"]:
        if connection["State"] not in ("deleting", "deleted"):
            for number in (1, 2):
                yield names.endpoint(connection["VpnConnectionId"], number)
