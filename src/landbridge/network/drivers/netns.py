"""Network namespaces: making, entering and removing them, and the processes inside.

Named like those of iproute2, so that `ip netns` shows them.
"""

import ctypes
import os
import select
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pyroute2 import IPRoute, NetlinkError

NETNS_DIRECTORY = Path("/var/run/netns")
LINUX_FAILURES = (OSError, LookupError, NetlinkError)
"What Linux answers when a thing is not there, or not as it was a moment ago."
_CLONE_NEWNET = 0x40000000
_MS_BIND, _MS_REC, _MS_SHARED = 4096, 16384, 1 << 20
_MNT_DETACH = 2
_TERMINATION_SECONDS = 2.0
"How long a daemon may take to say goodbye to its peers."
_CARRIERS = {"espd"}
"Programs that carry others' packets, their goodbyes too: they go last."
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Process:
    """A process in a namespace."""

    pid: int
    program: str
    "The name of the executable as the kernel keeps it, at most 15 characters."


@contextmanager
def inside(name: str) -> Iterator[None]:
    """Put the calling thread into a namespace: what it opens or starts belongs there."""
    with _and_back():
        target = os.open(NETNS_DIRECTORY / name, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _check(_libc.setns(target, _CLONE_NEWNET), f"setns {name}")
        finally:
            os.close(target)
        yield


@contextmanager
def _and_back() -> Iterator[None]:
    """Bring the calling thread back to the namespace where it is, in the end."""
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield
    finally:
        _check(_libc.setns(home, _CLONE_NEWNET), "setns back")
        os.close(home)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def directory() -> Path:
    """The directory of the machine's namespaces, which exists."""
    NETNS_DIRECTORY.mkdir(parents=True, exist_ok=True)
    return NETNS_DIRECTORY


def listed() -> list[str]:
    """Name all namespaces of the machine, and what is left of them."""
    with suppress(FileNotFoundError):
        return [one.name for one in NETNS_DIRECTORY.iterdir()]
    return []


def named(name: str) -> bool:
    """Whether there is a namespace of a name, or what is left of one."""
    return (NETNS_DIRECTORY / name).exists()


def mounted(name: str) -> bool:
    """Whether a name is a namespace's; else its maker was killed before it was, or its remover."""
    path = NETNS_DIRECTORY / name
    return path.stat().st_dev != path.parent.stat().st_dev


def _make(name: str) -> None:
    """Make an empty namespace, as ip-netns(8) does, so that it is seen from everywhere."""
    _share_directory()
    path = NETNS_DIRECTORY / name
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0))
    with _and_back():
        _check(_libc.unshare(_CLONE_NEWNET), "unshare")
        here = b"/proc/thread-self/ns/net"
        _check(_libc.mount(here, os.fsencode(path), None, _MS_BIND, None), f"mount {path}")


def _share_directory() -> None:
    """Let mounts in the directory of namespaces spread to every mount namespace."""
    at = os.fsencode(directory().resolve())
    if _libc.mount(b"none", at, None, _MS_SHARED | _MS_REC, None) != 0:
        _check(_libc.mount(at, at, None, _MS_BIND | _MS_REC, None), "mount")
        _check(_libc.mount(b"none", at, None, _MS_SHARED | _MS_REC, None), "share")


def processes() -> Mapping[str, list[Process]]:
    """Find the processes in every namespace, by one walk over /proc."""
    names = {}
    for name in listed():
        with suppress(FileNotFoundError):
            if mounted(name):
                names[(NETNS_DIRECTORY / name).stat().st_ino] = name
    found: dict[str, list[Process]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            inode = (entry / "ns" / "net").stat().st_ino
            if inode in names:
                program = (entry / "comm").read_text().strip()
                found.setdefault(names[inode], []).append(Process(int(entry.name), program))
        except OSError:
            continue  # it ended while we looked
    return found


class Namespaces:
    """A netlink socket into each namespace that is used, until closed; for one thread."""

    def __init__(self) -> None:
        self._handles: dict[str, tuple[int, IPRoute]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def handle(self, name: str) -> IPRoute:
        """Give a netlink socket inside the namespace."""
        inode = (NETNS_DIRECTORY / name).stat().st_ino
        cached = self._handles.get(name)
        if cached and cached[0] == inode:
            return cached[1]
        self.forget(name)
        with inside(name):
            handle = IPRoute()
        self._handles[name] = (inode, handle)
        return handle

    def forget(self, name: str) -> None:
        """Close the socket into a namespace; while open it would keep the namespace alive."""
        cached = self._handles.pop(name, None)
        if cached:
            cached[1].close()

    def create(self, name: str, sysctls: Mapping[str, str]) -> None:
        """Make a namespace with its kernel settings; the loopback is up when all is done.

        One of that name was left half made, and goes first.
        """
        if named(name):
            self.remove(name)
        _make(name)
        with inside(name):
            for key, value in sysctls.items():
                Path("/proc/sys", *key.split(".")).write_text(value)
        self.handle(name).link("set", ifname="lo", state="up")

    def remove(self, name: str) -> None:
        """End what runs inside, unplug its links and remove the namespace, or what is left of it.

        Pairs go at once; what else is inside goes when the kernel comes to it.
        """
        path = NETNS_DIRECTORY / name
        if mounted(name):
            end_processes(processes().get(name, []))
            handle = self.handle(name)
            for link in handle.get_links():
                if link.get("ifname") != "lo" and link.get(("linkinfo", "kind")) == "veth":
                    with suppress(NetlinkError):  # its peer's namespace may be going, too
                        handle.link("del", index=link["index"])
            self.forget(name)
            _check(_libc.umount2(os.fsencode(path), _MNT_DETACH), f"umount {path}")
        path.unlink()

    def close(self) -> None:
        """Close all sockets."""
        for name in list(self._handles):
            self.forget(name)


def end_processes(listed_processes: list[Process]) -> None:
    """Terminate processes and wait for their end; what does not listen is killed."""
    for carriers in (False, True):
        left = [one for one in listed_processes if (one.program in _CARRIERS) is carriers]
        for sign in (signal.SIGTERM, signal.SIGKILL):
            left = _signal(left, sign)


def _signal(listed_processes: list[Process], sign: signal.Signals) -> list[Process]:
    """Send a signal; return the processes that have not ended in time."""
    waiting: dict[int, Process] = {}
    poll = select.poll()
    try:
        for process in listed_processes:
            try:
                fd = os.pidfd_open(process.pid)
            except ProcessLookupError:
                continue
            waiting[fd] = process
            poll.register(fd, select.POLLIN)
            signal.pidfd_send_signal(fd, sign)
        while waiting:
            ended = poll.poll(_TERMINATION_SECONDS * 1000)
            if not ended:
                break
            for fd, _ in ended:
                poll.unregister(fd)
                os.close(fd)
                _reap(waiting.pop(fd).pid)
        return list(waiting.values())
    finally:
        for fd in waiting:
            os.close(fd)


def _reap(pid: int) -> None:
    """Collect a child of ours; one that another process started is not ours to collect."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return
