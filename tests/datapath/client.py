"""Who talks to the data path as charon does: to espd by its socket, to the kernel by netlink."""

import os
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Address
from pathlib import Path

from datapath import answers, netlink, xfrm
from datapath.xfrm import Group, Policy, State, Type

PATIENCE = 5.0
"Seconds after which what has not come never will; on a machine of one's own it takes milliseconds."

_ESPD_BIND, _ESPD_SOCKET = 0xFFF0, 0xFFF1
_NETLINK_XFRM = 6
_LARGEST = 1 << 16


def _mask(groups: Iterable[Group]) -> int:
    return sum(1 << (group - 1) for group in groups)


def to_espd(path: Path) -> socket.socket:
    """Connect to an espd."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    seconds = struct.pack("=qq", int(PATIENCE), 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, seconds)
    connection.connect(str(path))  # waits while there are many others
    connection.settimeout(PATIENCE)
    return connection


def listen_to_espd(path: Path, groups: Iterable[Group]) -> "Events":
    """Connect to an espd and ask for events."""
    connection = to_espd(path)
    connection.send(netlink.pack(_ESPD_BIND, struct.pack("=I", _mask(groups))))
    with suppress(OSError):  # no such state; but then the message before has been read
        Xfrm(connection).ask(Type.GETSA, bytes(24))
    return Events(connection)


def to_kernel(groups: Iterable[Group] = ()) -> socket.socket:
    """Connect to the kernel of the namespace that the thread is in."""
    connection = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_XFRM)
    connection.settimeout(PATIENCE)
    connection.bind((0, _mask(groups)))
    return connection


def hand_over(espd: socket.socket, udp: socket.socket, relay: socket.socket) -> None:
    """Give an espd the socket of port 4500 and the end of a pair for its IKE."""
    message = netlink.pack(_ESPD_SOCKET, b"")
    socket.send_fds(espd, [message], [udp.fileno(), relay.fileno()])


class Xfrm:
    """Requests; each raises `OSError` with the kernel's errno when it is refused."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self._sequence = 0

    def ask(self, kind: int, body: bytes, *, acknowledge: bool = True) -> netlink.Message:
        """Send any message and wait for its answer."""
        self._sequence += 1
        flags = netlink.NLM_F_REQUEST | (netlink.NLM_F_ACK if acknowledge else 0)
        self.socket.send(netlink.pack(kind, body, sequence=self._sequence, flags=flags))
        answer = netlink.unpack(self.socket.recv(_LARGEST))
        assert answer.sequence == self._sequence
        if answer.type == netlink.NLMSG_ERROR and (error := netlink.error_of(answer)):
            raise OSError(error, os.strerror(error))
        return answer

    def add(self, state: State) -> None:
        """Install a state."""
        self.ask(Type.NEWSA, state.pack())

    def update(self, state: State) -> None:
        """Install a state whose SPI was allocated."""
        self.ask(Type.UPDSA, state.pack())

    def delete(self, state: State) -> None:
        """Remove a state."""
        self.ask(Type.DELSA, state.id())

    def get(self, state: State) -> answers.Installed:
        """Describe a state."""
        return answers.state(self.ask(Type.GETSA, state.id(), acknowledge=False).body)

    def replay(self, state: State) -> answers.Replay:
        """Describe how far a state has come."""
        return answers.replay(self.ask(Type.GETAE, state.event_id(), acknowledge=False).body)

    def allocate(
        self, source: IPv4Address, destination: IPv4Address, low: int, high: int
    ) -> answers.Installed:
        """Have an SPI chosen from a range."""
        body = xfrm.spi_request(source, destination, low, high)
        return answers.state(self.ask(Type.ALLOCSPI, body, acknowledge=False).body)

    def flush(self) -> None:
        """Remove all states."""
        self.ask(Type.FLUSHSA, struct.pack("=B", 255))

    def add_policy(self, policy: Policy) -> None:
        """Install a policy."""
        self.ask(Type.NEWPOLICY, policy.pack())

    def update_policy(self, policy: Policy) -> None:
        """Replace a policy."""
        self.ask(Type.UPDPOLICY, policy.pack())

    def delete_policy(self, policy: Policy) -> None:
        """Remove a policy."""
        self.ask(Type.DELPOLICY, policy.id())

    def get_policy(self, policy: Policy) -> netlink.Message:
        """Describe a policy."""
        return self.ask(Type.GETPOLICY, policy.id(), acknowledge=False)

    def flush_policies(self) -> None:
        """Remove all policies."""
        self.ask(Type.FLUSHPOLICY, b"")

    def close(self) -> None:
        """Hang up."""
        self.socket.close()


class Events:
    """What is told unasked."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection

    def next(self) -> answers.Expired | answers.Moved:
        """Wait for an event."""
        return answers.event(netlink.unpack(self._socket.recv(_LARGEST)))

    def waiting(self) -> list[answers.Expired | answers.Moved]:
        """All events that have come and not been taken."""
        taken = []
        self._socket.setblocking(False)
        try:
            while True:
                taken.append(self.next())
        except BlockingIOError:
            return taken
        finally:
            self._socket.settimeout(PATIENCE)

    def close(self) -> None:
        """Hang up."""
        self._socket.close()
