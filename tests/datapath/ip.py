"""Inner packets."""

import random
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

Address = IPv4Address | IPv6Address

HERE = {4: IPv4Address("10.1.0.1"), 6: IPv6Address("fd01::1")}
"Addresses behind espd."
THERE = {4: IPv4Address("10.2.0.1"), 6: IPv6Address("fd02::1")}
"Addresses behind the peer."

HEADER_LENGTH = {4: 20, 6: 40}
EXPERIMENT = 253
"A protocol that nobody answers (RFC 3692)."
TCP, UDP = 6, 17
DONT_FRAGMENT = 0x4000
ACK = 0x10


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What an IP header says, of either version."""

    source: Address
    destination: Address
    protocol: int = EXPERIMENT
    tos: int = 0
    "DSCP and ECN, or traffic class."
    fragment: int = 0
    "Flags and fragment offset; IPv4 only."
    id: int = 0

    def before(self, payload: bytes) -> bytes:
        """Put the header before a payload."""
        addresses = self.source.packed + self.destination.packed
        if self.source.version == 6:
            start = struct.pack("!IHBB", 6 << 28 | self.tos << 20, len(payload), self.protocol, 64)
            return start + addresses + payload
        start = struct.pack(
            "!BBHHHBB", 0x45, self.tos, 20 + len(payload), self.id, self.fragment, 64,
            self.protocol,
        )  # fmt: skip
        total = checksum(start + b"\0\0" + addresses)
        return start + struct.pack("!H", total) + addresses + payload


def outwards(version: int = 4, **more: int) -> Header:
    """A header of a packet from behind espd."""
    return Header(source=HERE[version], destination=THERE[version], **more)


def inwards(version: int = 4, **more: int) -> Header:
    """A header of a packet from behind the peer."""
    return Header(source=THERE[version], destination=HERE[version], **more)


def filled(header: Header, size: int) -> bytes:
    """A packet of a size, whose bytes tell it from others."""
    length = size - HEADER_LENGTH[header.source.version]
    return header.before(random.Random(size).randbytes(length))


def numbered(header: Header, number: int) -> bytes:
    """A small packet that bears a number."""
    return header.before(struct.pack("!Q", number))


def number_of(packet: bytes) -> int:
    """Read the number of a packet."""
    return int(struct.unpack("!Q", packet[-8:])[0])


def _with_checksum(header: Header, upper: bytes, at: int, damage: int) -> bytes:
    pseudo = header.source.packed + header.destination.packed
    total = checksum(pseudo + struct.pack("!II", len(upper), header.protocol) + upper)
    if header.protocol == UDP and total == 0:
        total = 0xFFFF
    return header.before(upper[:at] + struct.pack("!H", total ^ damage) + upper[at + 2 :])


def tcp(
    header: Header,
    payload: bytes,
    *,
    sequence: int,
    flags: int = ACK,
    options: bytes = b"",
    port: int = 4002,
    damage: int = 0,
) -> bytes:
    """A TCP segment; `header` has to say TCP, `damage` is what its checksum is wrong by."""
    assert header.protocol == TCP
    words = 5 + len(options) // 4
    start = struct.pack("!HHIIBBHHH", 4001, port, sequence, 1, words << 4, flags, 512, 0, 0)
    return _with_checksum(header, start + options + payload, 16, damage)


def udp(header: Header, payload: bytes, *, port: int = 4002, damage: int = 0) -> bytes:
    """A UDP datagram likewise."""
    assert header.protocol == UDP
    start = struct.pack("!HHHH", 4001, port, 8 + len(payload), 0)
    return _with_checksum(header, start + payload, 6, damage)


def tos_of(packet: bytes) -> int:
    """Read DSCP and ECN, or the traffic class."""
    return packet[1] if packet[0] >> 4 == 4 else int(struct.unpack("!H", packet[:2])[0]) >> 4 & 0xFF


def intact(packet: bytes) -> bool:
    """Whether the header's checksum, which only IPv4 has, is right."""
    return packet[0] >> 4 == 6 or checksum(packet[: (packet[0] & 15) * 4]) == 0
