"""Numbered datagrams both ways, to see whether any is lost; and bulk transfers."""

import os
import select
import socket
import struct
import threading
from collections.abc import Sequence

from landbridge.network.drivers.netns import inside
from network.installation import PATIENCE, SLOWNESS

_PORT = 7000
_TRANSFER = 2 << 20
_NUMBER = struct.Struct("!I")


class Stream:
    """A datagram each way every few milliseconds, until stopped."""

    INTERVAL = 0.004

    def __init__(self, ends: Sequence[tuple[str, str]]) -> None:
        """`ends` are two namespaces with the address of each."""
        self._sockets = []
        for namespace, address in ends:
            with inside(namespace):
                end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            end.bind((address, _PORT))
            self._sockets.append(end)
        for end, (_, address) in zip(self._sockets, reversed(ends), strict=True):
            end.connect((address, _PORT))
        self.sent = 0
        self._arrived: list[set[int]] = [set(), set()]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stopping.wait(self.INTERVAL):
            for end in self._sockets:
                end.send(_NUMBER.pack(self.sent))
            self.sent += 1
            self._receive(0)

    def _receive(self, seconds: float) -> bool:
        readable, _, _ = select.select(self._sockets, [], [], seconds)
        for end in readable:
            self._arrived[self._sockets.index(end)].add(*_NUMBER.unpack(end.recv(64)))
        return bool(readable)

    def stop(self) -> list[list[int]]:
        """End it, wait for what is under way; returns the numbers that got lost, for each end."""
        self._stopping.set()
        self._thread.join()
        while any(self.missing()) and self._receive(1.0 * SLOWNESS):
            pass
        for end in self._sockets:
            end.close()
        return self.missing()

    def missing(self) -> list[list[int]]:
        """What has not arrived so far."""
        return [sorted(set(range(self.sent)) - arrived) for arrived in self._arrived]


def transfer(sender: tuple[str, str], receiver: tuple[str, str]) -> bool:
    """Send some bytes by TCP from one end to the other, and tell whether they arrived intact."""
    data = os.urandom(_TRANSFER)
    with inside(receiver[0]):
        listening = socket.create_server((receiver[1], 0))
    with inside(sender[0]):
        outgoing = socket.create_connection(
            listening.getsockname(), PATIENCE * SLOWNESS, source_address=(sender[1], 0)
        )
    incoming, _ = listening.accept()
    with listening, outgoing, incoming:
        incoming.settimeout(PATIENCE * SLOWNESS)
        sending = threading.Thread(target=_send_all, args=(outgoing, data))
        sending.start()
        arrived = b"".join(iter(lambda: incoming.recv(1 << 20), b""))
        sending.join()
    return arrived == data


def _send_all(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)
