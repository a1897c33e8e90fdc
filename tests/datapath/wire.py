"""Both ends of what is tested: the tunnel interface inside, and the peer's sockets outside."""

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address

from datapath.client import PATIENCE
from landbridge.network.drivers.netns import inside

_ETHERNET = {4: 0x0800, 6: 0x86DD}
_ALL = 0x0003
_OUTGOING = 4
_LARGEST = 1 << 16
_BUFFER = 4 << 20
_IP_MTU_DISCOVER, _PMTUDISC_DONT = 10, 0
_SOL_UDP, _UDP_SEGMENT = 17, 103
_SO_RCVBUFFORCE = 33
NATT_PORT = 4500
DONT_FRAGMENT = 0x4000


def _enlarge(made: socket.socket) -> socket.socket:
    made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
    made.settimeout(PATIENCE)
    return made


class Inside:
    """The tunnel interface, as whoever routes through it sees it: whole IP packets."""

    def __init__(self, namespace: str, link: str) -> None:
        self._link = link
        with inside(namespace):
            self.socket = _enlarge(
                socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL))
            )
        self.socket.bind((link, _ALL))

    def send(self, packet: bytes) -> None:
        """Route a packet into the tunnel."""
        self.socket.sendto(packet, (self._link, _ETHERNET[packet[0] >> 4], 0, 0, b""))

    def receive(self) -> bytes:
        """Wait for a packet out of the tunnel."""
        while True:
            packet, (_, _, kind, _, _) = self.socket.recvfrom(_LARGEST)
            if kind != _OUTGOING:
                return packet

    def close(self) -> None:
        """Look no more."""
        self.socket.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    """A packet as it arrived at the peer."""

    source: IPv4Address
    destination: IPv4Address
    tos: int
    id: int
    "The identification, which only matters while the packet may be fragmented."
    dont_fragment: bool
    ports: tuple[int, int] | None
    "Source and destination, if it came in UDP."
    payload: bytes
    "ESP, or what UDP carried."


def read_outer(packet: bytes) -> Outer:
    """Read an IPv4 packet with ESP or UDP."""
    fragment = struct.unpack_from("!H", packet, 6)[0]
    payload = packet[(packet[0] & 15) * 4 :]
    ports = None
    if packet[9] == socket.IPPROTO_UDP:
        ports = struct.unpack_from("!HH", payload)
        payload = payload[8:]
    return Outer(
        source=IPv4Address(packet[12:16]),
        destination=IPv4Address(packet[16:20]),
        tos=packet[1],
        id=struct.unpack_from("!H", packet, 4)[0],
        dont_fragment=bool(fragment & DONT_FRAGMENT),
        ports=ports,
        payload=payload,
    )


class Peer:
    """The peer's side of the wire: ESP plain and in UDP, and IKE, from any address it has."""

    def __init__(self, namespace: str, address: IPv4Address, endpoint: IPv4Address) -> None:
        self._namespace = namespace
        self.address = address
        self._endpoint = str(endpoint)
        self._udp: dict[tuple[IPv4Address, int], socket.socket] = {}
        self._raw: dict[IPv4Address, socket.socket] = {}
        self._seen = {
            encapsulated: self._open(socket.SOCK_RAW, protocol)
            for encapsulated, protocol in (
                (False, socket.IPPROTO_ESP),
                (True, socket.IPPROTO_UDP),
            )
        }
        self.udp()  # or the peer would say that nobody listens

    def _open(self, kind: int, protocol: int) -> socket.socket:
        with inside(self._namespace):
            made = _enlarge(socket.socket(socket.AF_INET, kind, protocol))
        made.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PMTUDISC_DONT)
        return made

    def udp(self, port: int = NATT_PORT, address: IPv4Address | None = None) -> socket.socket:
        """A UDP socket of the peer's."""
        key = (address or self.address, port)
        if key not in self._udp:
            self._udp[key] = self._open(socket.SOCK_DGRAM, socket.IPPROTO_UDP)
            self._udp[key].bind((str(key[0]), port))
        return self._udp[key]

    def raw(self, address: IPv4Address | None = None) -> socket.socket:
        """A socket of the peer's for ESP without UDP."""
        key = address or self.address
        if key not in self._raw:
            self._raw[key] = self._open(socket.SOCK_RAW, socket.IPPROTO_ESP)
            self._raw[key].bind((str(key), 0))
        return self._raw[key]

    def send(
        self,
        payload: bytes,
        *,
        encapsulated: bool,
        tos: int = 0,
        port: int = NATT_PORT,
        address: IPv4Address | None = None,
    ) -> None:
        """Send to the endpoint, in UDP or as protocol 50; what is too long goes in fragments."""
        sender = self.udp(port, address) if encapsulated else self.raw(address)
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, tos)
        sender.sendto(payload, (self._endpoint, NATT_PORT if encapsulated else 0))

    def send_at_once(self, packets: list[bytes]) -> None:
        """Send packets in UDP so that they arrive together; all but the last are equally long."""
        size = struct.pack("=H", len(packets[0]))
        self.udp().sendmsg(
            [b"".join(packets)],
            [(_SOL_UDP, _UDP_SEGMENT, size)],
            0,
            (self._endpoint, NATT_PORT),
        )

    def receive(
        self, *, encapsulated: bool, wanted: Callable[[Outer], bool] = lambda _: True
    ) -> Outer:
        """Wait for a packet from the endpoint; those not wanted are passed over."""
        while True:
            outer = read_outer(self._seen[encapsulated].recv(_LARGEST))
            if str(outer.source) == self._endpoint and wanted(outer):
                return outer

    def close(self) -> None:
        """Close all sockets."""
        for one in (*self._udp.values(), *self._raw.values(), *self._seen.values()):
            one.close()
