"""The bell between the two processes: it says "look", never what changed.

A datagram socket in the run directory. A bell that nobody hears is no error: the store's
log of changes tells the agent at its next tick what was missed.
"""

import os
import socket
from pathlib import Path


def ring(path: Path) -> None:
    """Wake the agent if it listens; never waits."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as bell:
        try:
            bell.sendto(b"", str(path))
        except OSError:
            return  # absent, or awake already with a full queue


def listen(path: Path, *, owner: tuple[int, int]) -> socket.socket:
    """Open the socket on which the agent hears the bell; `owner` (uid, gid) may ring it."""
    path.unlink(missing_ok=True)
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    bell.bind(str(path))
    os.chown(path, *owner)
    path.chmod(0o600)
    return bell


def drain(bell: socket.socket) -> None:
    """Forget all rings so far."""
    while True:
        try:
            bell.recv(1)
        except BlockingIOError:
            return
