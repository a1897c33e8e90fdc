"""Whose turn it is to be looked at without a reason: all parts, slowly, round and round."""

from collections import deque
from collections.abc import Collection
from pathlib import Path
from time import monotonic

from landbridge.network.drivers import netns
from landbridge.network.drivers.running import Running
from landbridge.network.names import OUTSIDE, Names, Part
from landbridge.store import dependence
from landbridge.store.engine import Store

TICK_SECONDS = 4.0
"""Between one part and the next.

A look costs some 30 ms of a processor, so this is what the agent costs at rest, whatever exists."""
ROUND_SECONDS = 30.0
"No part's turn comes more often than this."


class Turns:
    """The round of all parts."""

    def __init__(
        self, names: Names, store: Store, running: Running, folders: Collection[Path]
    ) -> None:
        self._names = names
        self._store = store
        self._running = running
        self._folders = folders
        self._round: deque[Part] = deque()
        self._begun = 0.0
        self._ticked = 0.0

    def next(self) -> Part | None:
        """The part whose turn it is; None when it is nobody's yet."""
        now = monotonic()
        if now - self._ticked < TICK_SECONDS:
            return None
        self._ticked = now
        if not self._round:
            if now - self._begun < ROUND_SECONDS:
                return None
            self._begun = now
            self._running.walk()
            self._round.extend(self.everything())
        return self._round.popleft()

    def everything(self) -> list[Part]:
        """List all parts: those that ought to be, and those of which something is left."""
        files = [one.name for each in self._folders if each.exists() for one in each.iterdir()]
        left = {part for name in (*netns.listed(), *files) if (part := self._names.part(name))}
        with self._store.reading() as session:
            wanted = [OUTSIDE, *map(Part.of, dependence.parts(session))]
            left |= set(map(Part.of, dependence.leaving(session)))
        return [*wanted, *(left - set(wanted))]
