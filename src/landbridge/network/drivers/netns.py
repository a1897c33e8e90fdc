"""Network namespaces: making, entering and removing them, and the processes inside.

Named like those of iproute2, so that `ip netns` shows them.
"""

import ctypes
import os
import select
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyroute2 import IPRoute, NetlinkError, netns

NETNS_DIRECTORY = Path("/var/run/netns")
LINUX_FAILURES = (OSError, LookupError, NetlinkError)
"What Linux answers when a thing is not there, or not as it was a moment ago."
_CLONE_NEWNET = 0x40000000
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
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        target = os.open(NETNS_DIRECTORY / name, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _setns(target)
        finally:
            os.close(target)
        try:
            yield
        finally:
            _setns(home)
    finally:
        os.close(home)


def _setns(fd: int) -> None:
    if _libc.setns(fd, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def listed() -> list[str]:
    """Name all namespaces of the machine."""
    return [str(name) for name in netns.listnetns()]


def processes() -> Mapping[str, list[Process]]:
    """Find the processes in every namespace, by one walk over /proc."""
    names = {}
    for name in listed():
        try:
            names[(NETNS_DIRECTORY / name).stat().st_ino] = name
        except FileNotFoundError:
            continue
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
    """The namespaces of the machine, with an open netlink socket into each that was used."""

    def __init__(self) -> None:
        self._handles: dict[str, tuple[int, IPRoute]] = {}

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

    def forget_missing(self, existing: set[str]) -> None:
        """Close the sockets into namespaces that somebody else removed."""
        for name in self._handles.keys() - existing:
            self.forget(name)

    def create(self, name: str, sysctls: Mapping[str, str]) -> None:
        """Make a namespace with its kernel settings; the loopback is up when all is done.

        One of that name was left half made, and goes first.
        """
        if name in listed():
            self.remove(name)
        netns.create(name)
        with inside(name):
            for key, value in sysctls.items():
                Path("/proc/sys", *key.split(".")).write_text(value)
        self.handle(name).link("set", ifname="lo", state="up")

    def remove(self, name: str) -> None:
        """End what runs inside, unplug its links and remove the namespace."""
        end_processes(processes().get(name, []))
        handle = self.handle(name)
        for link in handle.get_links():
            if link.get("ifname") != "lo" and link.get(("linkinfo", "kind")) == "veth":
                handle.link("del", index=link["index"])
        self.forget(name)
        netns.remove(name)

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
