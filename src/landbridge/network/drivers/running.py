"""Which processes run in which namespace, without a walk over all of /proc for each question."""

import threading
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from landbridge.network.drivers.netns import NETNS_DIRECTORY, Process, processes


class Running:
    """The processes in namespaces, those that were started since the last walk included.

    Our daemons have their files in `folders`, in one for each namespace: so one whose namespace
    somebody has removed, and which lives on in what has no name any more, is known, too.
    Safe to use from several threads.
    """

    def __init__(self, folders: Collection[Path] = ()) -> None:
        self._lock = threading.Lock()
        self._folders = folders
        self._known: dict[str, dict[int, Process]] = {}
        self.walk()

    def walk(self) -> None:
        """Look at everything: for what others started, and forgot or were killed over."""
        found = dict(processes())
        named = {one.pid for listed in found.values() for one in listed}
        for namespace, one in _ours(self._folders):
            if one.pid not in named:
                found[namespace] = [*found.get(namespace, []), one]
        with self._lock:
            for namespace, listed in found.items():
                self._known.setdefault(namespace, {}).update({one.pid: one for one in listed})

    def started(self, namespace: str, pid: int, program: str) -> None:
        """Note a process; `program` at most 15 characters."""
        with self._lock:
            self._known.setdefault(namespace, {})[pid] = Process(pid, program)

    def of(self, namespace: str) -> list[Process]:
        """List what runs in a namespace; what has ended is forgotten."""
        return [one for one in self._alive(namespace) if _is_in(one.pid, namespace)]

    def astray(self, namespace: str) -> list[Process]:
        """List what ran in a namespace of this name that is gone, and still runs."""
        return [one for one in self._alive(namespace) if not _is_in(one.pid, namespace)]

    def namespaces(self) -> list[str]:
        """Name the namespaces in which something runs, or ran and still runs."""
        with self._lock:
            return list(self._known)

    def _alive(self, namespace: str) -> list[Process]:
        with self._lock:
            known = dict(self._known.get(namespace, {}))
        alive = {pid: one for pid, one in known.items() if _runs(one)}
        with self._lock:
            for pid in known.keys() - alive.keys():
                self._known.get(namespace, {}).pop(pid, None)
            if not self._known.get(namespace, True):
                del self._known[namespace]
        return list(alive.values())


def _ours(folders: Collection[Path]) -> list[tuple[str, Process]]:
    """Find the daemons that have files in these folders, with their namespaces' names."""
    found = []
    for entry in Path("/proc").iterdir() if folders else ():
        with suppress(OSError):
            if entry.name.isdigit():
                program = (entry / "comm").read_text().strip()
                words = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                for folder in folders:
                    _, here, rest = words.partition(f"{folder}/".encode())
                    if here:
                        namespace = rest.partition(b"/")[0].decode(errors="replace")
                        found.append((namespace, Process(int(entry.name), program)))
                        break
    return found


def _runs(process: Process) -> bool:
    """Whether a process is there, and the same program; one that has ended has no namespace."""
    with suppress(OSError):
        Path(f"/proc/{process.pid}/ns/net").stat()
        return Path(f"/proc/{process.pid}/comm").read_text().strip() == process.program
    return False


def _is_in(pid: int, namespace: str) -> bool:
    """Whether a process is in a namespace."""
    with suppress(OSError):
        there = Path(f"/proc/{pid}/ns/net").stat().st_ino
        return there == (NETNS_DIRECTORY / namespace).stat().st_ino
    return False
