"""Whose turn it is to be looked at without a reason: all there is, slowly, round and round."""

from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns(Generic[T]):
    """One turn every `tick` seconds; a round begins more than `least` seconds after the last.

    `everything` lists, at the beginning of a round, what has a turn in it.
    """

    def __init__(self, everything: Callable[[], Iterable[T]], *, tick: float, least: float) -> None:
        self._everything = everything
        self._tick = tick
        self._least = least
        self._round: deque[T] = deque()
        self._begun = self._ticked = float("-inf")

    def next(self) -> T | None:
        """Whose turn it is; None when it is nobody's yet."""
        now = monotonic()
        if now - self._ticked < self._tick:
            return None
        self._ticked = now
        if not self._round and now - self._begun > self._least:
            self._begun = now
            self._round.extend(self._everything())
        return self._round.popleft() if self._round else None
