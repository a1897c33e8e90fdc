"""Check the machine: what it has, what it lacks, what will be used and why."""

import os
import pwd
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from landbridge.api import credentials
from landbridge.cli import owned_files, state_directory
from landbridge.cli.processes import Service
from landbridge.cli.programs import PROGRAMS
from landbridge.cli.running import as_running
from landbridge.network import probe
from landbridge.network.drivers import netns
from landbridge.settings import Settings, StateError

_CAP_NET_ADMIN = 12
_CAP_SYS_ADMIN = 21
_PROBE = "lbdoctor"
"A namespace that exists for the length of a check."


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check."""

    name: str
    ok: bool
    finding: str
    remedy: str = ""
    "What to do about it; empty when all is well."


def checks(settings: Settings) -> Iterator[Check]:
    """Run all checks."""
    yield _privileges()
    yield from _programs()
    if os.geteuid() == 0:
        yield from _kernel()
        yield _esp(settings)
    yield _port(settings)
    yield from _state(settings)


def _privileges() -> Check:
    effective = _capabilities()
    missing = [
        name
        for name, bit in (("CAP_NET_ADMIN", _CAP_NET_ADMIN), ("CAP_SYS_ADMIN", _CAP_SYS_ADMIN))
        if not effective >> bit & 1
    ]
    if missing:
        return Check("privileges", ok=False, finding=f"lacks {', '.join(missing)}",
                     remedy="run as root")  # fmt: skip
    return Check("privileges", ok=True, finding="root: the agent may make network namespaces")


def _capabilities() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return 0


def _programs() -> Iterator[Check]:
    for program in PROGRAMS:
        name = Path(program.path).name
        if not Path(program.path).exists():
            yield Check(name, ok=False, finding=f"missing ({program.purpose})",
                        remedy=f"apt-get install {program.package}")  # fmt: skip
            continue
        yield Check(name, ok=True, finding=f"{_version(program.package)} ({program.purpose})")


def _version(package: str) -> str:
    """Ask Debian: charon has no option that only says its version."""
    command = ["dpkg-query", "--show", "--showformat", "${Version}", package]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "version unknown"
    return done.stdout or "version unknown"


def _kernel() -> Iterator[Check]:
    """Try the kernel features in a namespace of our own."""
    namespaces = netns.Namespaces()
    try:
        namespaces.create(_PROBE, {})
        handle = namespaces.handle(_PROBE)
        for kind in ("veth", "bridge"):
            try:
                handle.link("add", ifname="probe", kind=kind)
                handle.link("del", ifname="probe")
                yield Check(kind, ok=True, finding="the kernel has it")
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
                yield Check(kind, ok=False, finding=str(error), remedy=f"modprobe {kind}")
        yield _nftables()
    finally:
        with suppress(OSError):
            namespaces.remove(_PROBE)


def _nftables() -> Check:
    rules = "table inet probe { chain c { ct state established accept; }; }"
    with netns.inside(_PROBE):
        done = subprocess.run(
            ["nft", "-f", "-"], input=rules, capture_output=True, text=True, check=False
        )
    if done.returncode:
        return Check("nftables", ok=False, finding=done.stderr.strip(), remedy="modprobe nf_tables")
    return Check("nftables", ok=True, finding="with connection tracking")


def _esp(settings: Settings) -> Check:
    """Say who does ESP, and why."""
    decision = probe.of(settings)
    return Check("ESP", ok=decision.esp is not None, finding=decision.reason,
                 remedy=decision.remedy)  # fmt: skip


def _port(settings: Settings) -> Check:
    name = f"port {settings.port}"
    running = as_running(settings)
    with suppress(PermissionError):
        if Service("api", settings).pid():
            return Check(name, ok=True, finding=f"our api listens on {running.endpoint_url}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            return Check(name, ok=False, finding=f"{settings.host}:{settings.port}: {error}",
                         remedy="set LANDBRIDGE_PORT to a free port")  # fmt: skip
    return Check(name, ok=True, finding=f"free; the api will listen on {settings.endpoint_url}")


def _state(settings: Settings) -> Iterator[Check]:
    """Look at what lies in the state directory, if there is one and we may."""
    place = f"in {settings.state_dir}; sockets and logs in {settings.run_dir}"
    try:
        user = pwd.getpwnam(settings.user)
        faults = owned_files.faults(settings, user)
        for fault in faults:
            yield Check("state", ok=False, finding=fault, remedy="landbridge up puts it right")
        if not faults:
            yield Check("state", ok=True, finding=place)
        if settings.database.exists():
            broken = ", ".join(state_directory.unopened(settings))
            finding = (
                f"pre-shared keys of {broken} cannot be opened" if broken else "as it should be"
            )
            remedy = "delete and create these connections anew" if broken else ""
            yield Check("store", ok=not broken, finding=finding, remedy=remedy)
            credentials.load(settings.credentials)
    except (KeyError, PermissionError, FileNotFoundError):
        yield Check("state", ok=True, finding=f"{place}; made, or for root to look at")
    except StateError as error:
        yield Check("state", ok=False, finding=str(error), remedy=error.remedy)
