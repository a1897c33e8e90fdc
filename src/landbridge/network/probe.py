"""Find out who does ESP on this machine, and why: the kernel where it can, else espd."""

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pyroute2 import NetlinkError

from landbridge.network.drivers import charon, espd, xfrm
from landbridge.network.drivers.netns import LINUX_FAILURES, Namespaces
from landbridge.network.strongswan import Esp
from landbridge.settings import EspChoice, Settings

_TUN = Path("/dev/net/tun")
_APPARMOR_PROFILES = Path("/sys/kernel/security/apparmor/profiles")
_APPARMOR_LOCAL = Path("/etc/apparmor.d/local/usr.sbin.charon-systemd")


class EspError(RuntimeError):
    """There is nobody to do ESP, or not the one that was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found on the machine."""

    kernel_lacks: str
    "What the kernel does not make, and why; empty when it does ESP over XFRM interfaces."
    tun: bool
    "There is /dev/net/tun."
    missing: tuple[Path, ...]
    "Programs of the data path in userspace that are not there."
    datapath: Path
    "Where they ought to be."
    confined: bool
    "AppArmor keeps charon from loading a library of ours."


@dataclass(frozen=True, slots=True)
class Decision:
    """Who does ESP, or what to do so that somebody can."""

    esp: Esp | None
    reason: str
    remedy: str = ""

    def settled(self) -> Esp:
        """Who does ESP; raises `EspError` when nobody can."""
        if self.esp is None:
            raise EspError(f"{self.reason}. {self.remedy}")
        return self.esp


def decide(choice: EspChoice, found: Findings) -> Decision:
    """Choose. Pure."""
    if choice is not EspChoice.USERSPACE and not found.kernel_lacks:
        return Decision(Esp.KERNEL, f"the kernel, with XFRM interfaces; {_asked(choice)}")
    kernel = f"the kernel does no ESP over XFRM interfaces ({found.kernel_lacks})"
    if choice is EspChoice.KERNEL:
        return Decision(
            None,
            f"{_asked(choice)}, but {kernel}",
            "Load its modules (modprobe -a xfrm_interface esp4), or set LANDBRIDGE_ESP=auto.",
        )
    why = _asked(choice) if choice is EspChoice.USERSPACE else kernel
    lacks, remedy = _userspace_lacks(found)
    if lacks:
        return Decision(None, f"ESP would be done in userspace, because {why}; but {lacks}", remedy)
    return Decision(Esp.USERSPACE, f"userspace, by espd; {why}")


def _asked(choice: EspChoice) -> str:
    return f"LANDBRIDGE_ESP is {choice}"


def _userspace_lacks(found: Findings) -> tuple[str, str]:
    """Say what espd lacks, and what to do about it."""
    if not found.tun:
        return f"there is no {_TUN}", "Run: modprobe tun."
    if found.missing:
        missing = " and ".join(map(str, found.missing))
        return (
            f"{missing} is missing",
            f"Build it (make -C {found.datapath.parent}), or say with LANDBRIDGE_DATAPATH_DIR "
            "where it is.",
        )
    if found.confined:
        rules = f"{found.datapath}/{espd.SHIM} mr,"
        return (
            f"AppArmor confines {charon.PROGRAM}, which may not load {espd.SHIM}",
            f"Put `{rules}` into {_APPARMOR_LOCAL} and run: apparmor_parser -r "
            f"/etc/apparmor.d/{_APPARMOR_LOCAL.name}; or switch the profile off with aa-disable.",
        )
    return "", ""


def of(settings: Settings) -> Decision:
    """Look at the machine and choose."""
    return decide(settings.esp, look(settings.datapath_dir))


def look(datapath: Path) -> Findings:
    """Try the kernel in a namespace that exists for that moment only; needs root."""
    namespace = f"lbprobe-{os.getpid()}"
    namespaces = Namespaces()
    try:
        namespaces.create(namespace, {})
        kernel_lacks = _failure(
            "an XFRM interface", lambda: xfrm.try_interface(namespaces, namespace)
        ) or _failure("an ESP state", lambda: xfrm.try_state(namespace))
    finally:
        with suppress(*LINUX_FAILURES):
            namespaces.remove(namespace)
        namespaces.close()
    return Findings(
        kernel_lacks=kernel_lacks,
        tun=_TUN.exists(),
        missing=tuple(
            path for name in (espd.PROGRAM, espd.SHIM) if not (path := datapath / name).exists()
        ),
        datapath=datapath,
        confined=_confined(),
    )


def _failure(what: str, make: Callable[[], None]) -> str:
    try:
        make()
    except NetlinkError as error:
        return f"{what}: {os.strerror(error.code)}"
    except LINUX_FAILURES as error:
        return f"{what}: {error}"
    return ""


def _confined() -> bool:
    """Tell whether charon has an AppArmor profile in force that does not know our library."""
    try:
        profiles = _APPARMOR_PROFILES.read_text().splitlines()
    except OSError:
        return False
    enforced = any(charon.PROGRAM in one and one.endswith("(enforce)") for one in profiles)
    with suppress(OSError):
        return enforced and espd.SHIM not in _APPARMOR_LOCAL.read_text()
    return enforced
