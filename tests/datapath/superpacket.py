"""Super-packets as the kernel gives them to a packet socket, and the packets they stand for.

What stands before each packet is a struct virtio_net_hdr (linux/virtio_net.h).
"""

import socket
import struct

from datapath import ip
from datapath.wire import Inside
from landbridge.network.drivers.netns import inside

_SOL_PACKET, _PACKET_VNET_HDR = 263, 15
_HEADER = struct.Struct("=BBHHHH")
_NEEDS_CHECKSUM = 1
_NONE, _TCPV4, _TCPV6, _UDP = 0, 1, 4, 5
_ECN = 0x80
_OUTGOING = 4
_FIN_AND_PSH = 0x09


class Uncut(Inside):
    """The tunnel interface, with super-packets as they are."""

    def __init__(self, namespace: str, link: str) -> None:
        super().__init__(namespace, link)
        with inside(namespace):
            self._whole = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self._whole.settimeout(self.socket.gettimeout())
        self._whole.setsockopt(_SOL_PACKET, _PACKET_VNET_HDR, 1)
        self._whole.bind((link, 3))

    def pieces(self) -> list[bytes]:
        """Wait for a packet out of the tunnel; returns those that it stands for."""
        while True:
            data, (_, _, kind, _, _) = self._whole.recvfrom(1 << 17)
            if kind != _OUTGOING:
                return cut(data)

    def close(self) -> None:
        """Look no more."""
        super().close()
        self._whole.close()


def cut(data: bytes) -> list[bytes]:
    """Cut a super-packet, by the book."""
    flags, kind, _, size, start, offset = _HEADER.unpack_from(data)
    packet = data[_HEADER.size :]
    kind &= ~_ECN
    if kind == _NONE:
        return [_completed(packet, start, offset) if flags & _NEEDS_CHECKSUM else packet]
    assert flags & _NEEDS_CHECKSUM
    upper = ip.HEADER_LENGTH[packet[0] >> 4]
    assert start == upper
    tcp = kind in (_TCPV4, _TCPV6)
    payload = upper + ((packet[upper + 12] >> 4) * 4 if tcp else 8)
    body = packet[payload:]
    assert 0 < size < len(body)
    made = []
    for number, at in enumerate(range(0, len(body), size)):
        part = body[at : at + size]
        header = bytearray(packet[:payload])
        if tcp:
            sequence = struct.unpack_from("!I", header, upper + 4)[0]
            struct.pack_into("!I", header, upper + 4, sequence + at & 0xFFFFFFFF)
            if at + size < len(body):
                header[upper + 13] &= ~_FIN_AND_PSH
        else:
            struct.pack_into("!H", header, upper + 4, 8 + len(part))
        made.append(_completed(_with_lengths(header, number, len(part)) + part, start, offset))
    return made


def _with_lengths(header: bytearray, number: int, length: int) -> bytes:
    """Make the IP header right for the piece of a number."""
    if header[0] >> 4 == 6:
        struct.pack_into("!H", header, 4, len(header) - 40 + length)
        return bytes(header)
    identification = struct.unpack_from("!H", header, 4)[0]
    struct.pack_into("!H", header, 2, len(header) + length)
    struct.pack_into("!H", header, 4, identification + number & 0xFFFF)
    struct.pack_into("!H", header, 10, 0)
    struct.pack_into("!H", header, 10, ip.checksum(bytes(header[:20])))
    return bytes(header)


def _completed(packet: bytes, start: int, offset: int) -> bytes:
    """Compute the checksum that was left to do."""
    version = packet[0] >> 4
    addresses = packet[12:20] if version == 4 else packet[8:40]
    protocol = packet[9] if version == 4 else packet[6]
    upper = bytearray(packet[start:])
    upper[offset : offset + 2] = b"\0\0"
    total = ip.checksum(addresses + struct.pack("!II", len(upper), protocol) + upper)
    if protocol == ip.UDP and total == 0:
        total = 0xFFFF
    upper[offset : offset + 2] = struct.pack("!H", total)
    return packet[:start] + bytes(upper)
