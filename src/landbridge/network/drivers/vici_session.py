"""VICI, charon's own protocol, with an end to every wait.

vici waits without limit once a message has begun, and asks again to unregister from what did not
come. So the connection that it is given has a time for the whole of a conversation.

Source: strongSwan's documentation of the VICI protocol.
"""

import socket
import struct
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import vici

ANSWER_SECONDS = 1.0
"How long a charon may take to answer a question."
EVENTS = ("ike-updown", "child-updown", "ike-rekey", "child-rekey", "ike-update")
_GARBLED = (
    vici.exception.SessionException,
    vici.exception.EventUnknownException,
    vici.exception.DeserializationException,
    struct.error,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
)
"What comes of an answer that is none of VICI."


class CharonError(RuntimeError):
    """A charon refused a command, or does not answer."""


class CharonSilentError(CharonError):
    """A charon does not answer: it is not there, hangs, or says what VICI does not know."""


@contextmanager
def conversation(path: Path, *, more: float = 0.0) -> Iterator[Any]:
    """Talk with the charon whose socket this is, for `ANSWER_SECONDS` and so many more.

    Raises `CharonError` when it refuses a command, `CharonSilentError` when it does not answer.
    """
    connection = _connect(path, ANSWER_SECONDS + more)
    try:
        yield vici.Session(connection)
    except vici.exception.CommandException as error:
        raise CharonError(f"charon in {path.parent.name}: {error}") from error
    except (*_GARBLED, OSError) as error:
        raise _silent(path, error) from error
    finally:
        connection.close()


def quietly(
    command: Callable[[Mapping[str, str]], Iterable[object]], arguments: Mapping[str, str]
) -> None:
    """Run a command whose failure leaves nothing to do: the tunnel's state tells."""
    with suppress(vici.exception.CommandException):
        for _ in command(arguments):
            pass


class Events:
    """A charon's events: readable when something happened to its tunnel."""

    def __init__(self, path: Path) -> None:
        self._connection = _connect(path, ANSWER_SECONDS)
        self._stream: Generator[Any, None, None] = vici.Session(self._connection).listen(
            EVENTS, timeout=0.001
        )
        try:
            next(self._stream)  # registers
        except (*_GARBLED, OSError) as error:
            self._connection.close()
            raise _silent(path, error) from error

    def fileno(self) -> int:
        """For a selector."""
        return self._connection.fileno()

    def drain(self) -> bool:
        """Take in what has arrived; false when charon is gone or makes no sense."""
        self._connection.allow(ANSWER_SECONDS)
        try:
            while next(self._stream)[0] is not None:
                pass
        except (*_GARBLED, OSError, StopIteration):
            return False
        return True

    def close(self) -> None:
        """Close the connection; charon forgets its listener by that."""
        self._connection.close()
        with suppress(*_GARBLED, OSError):
            self._stream.close()


class _Connection(socket.socket):
    """A connection over which everything is said within a time, whatever vici sets."""

    def __init__(self, seconds: float) -> None:
        super().__init__(socket.AF_UNIX)
        super().settimeout(seconds)
        self.allow(seconds)

    def allow(self, seconds: float) -> None:
        """Begin the time anew."""
        self._until = time.monotonic() + seconds
        self._at_most: float | None = None

    def gettimeout(self) -> float | None:
        """What vici set."""
        return self._at_most

    def settimeout(self, value: float | None) -> None:
        """Limit what comes next, within the whole's time."""
        self._at_most = value

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receive, if it comes in time."""
        left = max(self._until - time.monotonic(), 0.001)
        super().settimeout(left if self._at_most is None else min(left, self._at_most))
        return super().recv(bufsize, flags)


def _connect(path: Path, seconds: float) -> _Connection:
    connection = _Connection(seconds)
    try:
        connection.connect(str(path))
    except OSError as error:
        connection.close()
        raise _silent(path, error) from error
    return connection


def _silent(path: Path, error: Exception) -> CharonSilentError:
    why = str(error) or type(error).__name__
    return CharonSilentError(f"charon in {path.parent.name} does not answer: {why}")
