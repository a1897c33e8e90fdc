"""The ends of daemons, whoever started them: the kernel tells of any process's (pidfd_open(2))."""

import os
import selectors
from collections.abc import Iterable
from contextlib import suppress

from landbridge.network.drivers.netns import Process
from landbridge.network.names import Part


class Ends:
    """The daemons whose ends a selector hears of, with (pid, part) as its data."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._selector = selector
        self._watched: dict[int, int] = {}
        "The pidfd of each, by pid."

    def watch(self, part: Part, daemons: Iterable[Process]) -> bool:
        """Hear of the ends of a part's daemons, too; false if one of them has ended already."""
        all_run = True
        for pid in {one.pid for one in daemons} - self._watched.keys():
            try:
                self._watched[pid] = os.pidfd_open(pid)
            except ProcessLookupError:
                all_run = False
                continue
            self._selector.register(self._watched[pid], selectors.EVENT_READ, (pid, part))
        return all_run

    def forget(self, pid: int) -> None:
        """Hear no more of one that has ended, and collect it if it was our child."""
        fd = self._watched.pop(pid)
        self._selector.unregister(fd)
        os.close(fd)
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
