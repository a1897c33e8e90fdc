"""Which processes run in which namespace, without a walk over all of /proc for each question."""

import threading
from contextlib import suppress
from pathlib import Path

from landbridge.network.drivers.netns import NETNS_DIRECTORY, Process, processes


class Running:
    """The processes in namespaces, those that were started since the last walk included.

    Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, dict[int, Process]] = {}
        self.walk()

    def walk(self) -> None:
        """Look at everything: for what others started, and forgot or were killed over."""
        found = processes()
        with self._lock:
            for namespace, listed in found.items():
                self._known.setdefault(namespace, {}).update({one.pid: one for one in listed})

    def started(self, namespace: str, pid: int, program: str) -> None:
        """Note a process; `program` at most 15 characters."""
        with self._lock:
            self._known.setdefault(namespace, {})[pid] = Process(pid, program)

    def of(self, namespace: str) -> list[Process]:
        """List what runs in a namespace; what has ended is forgotten."""
        with self._lock:
            known = dict(self._known.get(namespace, {}))
        alive = {pid: one for pid, one in known.items() if _is_in(pid, namespace)}
        with self._lock:
            for pid in known.keys() - alive.keys():
                self._known.get(namespace, {}).pop(pid, None)
            if not self._known.get(namespace, True):
                del self._known[namespace]
        return list(alive.values())


def _is_in(pid: int, namespace: str) -> bool:
    """Whether a process is there and in a namespace; one that has ended is in none."""
    with suppress(OSError):
        there = Path(f"/proc/{pid}/ns/net").stat().st_ino
        return there == (NETNS_DIRECTORY / namespace).stat().st_ino
    return False
