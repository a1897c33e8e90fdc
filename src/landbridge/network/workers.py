"""Work by key: each key by one thread at a time, all keys side by side.

Whoever adds a key says "look", never what for; however often it is said before the work begins, it
is done once. A key that fails or hangs keeps one thread and holds up nobody but itself. What a key
is to be done for again after a while waits without a thread.

    add --> ready (by rank) --> running --> done
             ^   later              |
             +---- waiting <--------+  again after some seconds; at once, if added meanwhile
"""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, TypeVar

log = logging.getLogger(__name__)
RETRY_SECONDS = 5.0
"After work that ended with an exception."
_STOP_SECONDS = 5.0

K = TypeVar("K", bound=Hashable)


class Workers(Generic[K]):
    """Threads that work on keys; `work` returns after how many seconds to do it again, or None."""

    def __init__(
        self, name: str, work: Callable[[K], float | None], *, threads: int, later: int
    ) -> None:
        self._work = work
        self._later = later
        "The rank of what is done again."
        self._change = threading.Condition()
        self._count = itertools.count()
        self._ready: list[tuple[int, int, K]] = []
        self._waiting: list[tuple[float, int, K]] = []
        self._rank: dict[K, int] = {}
        "Of keys that are ready."
        self._due: dict[K, tuple[float, int]] = {}
        """When a key that waits will be ready, and its rank then; entries of `_waiting` that do not
        match are void."""
        self._running: set[K] = set()
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        """Begin; what was added before is ready."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin nothing more, and wait a while for what is being done."""
        with self._change:
            self._stopping = True
            self._change.notify_all()
        end = monotonic() + _STOP_SECONDS
        for thread in filter(threading.Thread.is_alive, self._threads):
            thread.join(max(0.0, end - monotonic()))

    def add(self, key: K, *, rank: int = 0, after: float = 0.0) -> None:
        """Work on a key soon, or after some seconds; of ready keys the lowest rank goes first.

        The earliest of several times counts.
        """
        with self._change:
            self._add(key, rank, after)

    def idle(self, seconds: float) -> bool:
        """Wait until nothing is ready or being done; false when that takes longer."""
        with self._change:
            return self._change.wait_for(lambda: not self._rank and not self._running, seconds)

    def _add(self, key: K, rank: int, after: float) -> None:
        if key in self._rank and self._rank[key] <= rank:
            return
        if after > 0:
            due = monotonic() + after
            if key not in self._rank and due < self._due.get(key, (float("inf"), 0))[0]:
                self._due[key] = due, rank
                heapq.heappush(self._waiting, (due, next(self._count), key))
        else:
            self._due.pop(key, None)
            self._rank[key] = rank
            heapq.heappush(self._ready, (rank, next(self._count), key))
        self._change.notify_all()  # one alone might be somebody who waits in `idle`

    def _run(self) -> None:
        while (key := self._next()) is not None:
            try:
                again = self._work(key)
            except Exception:
                log.exception("%s failed", key)
                again = RETRY_SECONDS
            with self._change:
                self._running.discard(key)
                if again is not None:
                    self._add(key, self._later, again)
                self._change.notify_all()

    def _next(self) -> K | None:
        with self._change:
            while not self._stopping:
                until = self._wake_waiting()
                key = self._take()
                if key is not None:
                    return key
                self._change.wait(until)
            return None

    def _wake_waiting(self) -> float | None:
        """Make ready what is due; returns in how many seconds the next will be."""
        while self._waiting:
            due, _, key = self._waiting[0]
            at, rank = self._due.get(key, (None, 0))
            if at != due:
                heapq.heappop(self._waiting)
            elif due <= monotonic():
                heapq.heappop(self._waiting)
                self._add(key, rank, 0.0)
            else:
                return due - monotonic()
        return None

    def _take(self) -> K | None:
        """Take the first key that is ready and that nobody works on."""
        busy: list[tuple[int, int, K]] = []
        taken: K | None = None
        while self._ready and taken is None:
            entry = heapq.heappop(self._ready)
            rank, _, key = entry
            if self._rank.get(key) != rank:
                continue  # it went in again with a lower rank
            if key in self._running:
                busy.append(entry)
            else:
                del self._rank[key]
                self._running.add(key)
                taken = key
        for entry in busy:
            heapq.heappush(self._ready, entry)
        return taken
