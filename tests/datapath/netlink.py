"""Netlink messages and their attributes, as bytes (linux/netlink.h)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

NLMSG_ERROR = 2
NLM_F_REQUEST, NLM_F_ACK = 1, 4

HEADER = struct.Struct("=IHHII")
"Length, type, flags, sequence number, port."

_ATTRIBUTE = struct.Struct("=HH")
_TYPE_MASK = 0x3FFF


@dataclass(frozen=True, slots=True)
class Message:
    """One message."""

    type: int
    sequence: int
    body: bytes
    "What follows the header, attributes included."


def pack(kind: int, body: bytes, *, sequence: int = 0, flags: int = NLM_F_REQUEST) -> bytes:
    """Make a message."""
    return HEADER.pack(HEADER.size + len(body), kind, flags, sequence, 0) + body


def unpack(data: bytes) -> Message:
    """Read a message, the first of those in `data`."""
    length, kind, _, sequence, _ = HEADER.unpack_from(data)
    assert HEADER.size <= length <= len(data), f"{length} bytes are stated, {len(data)} came"
    return Message(kind, sequence, data[HEADER.size : length])


def error_of(message: Message) -> int:
    """Read the errno of an acknowledgement; 0 means success."""
    return -int(struct.unpack_from("=i", message.body)[0])


def aligned(data: bytes) -> bytes:
    """Pad to the next multiple of four."""
    return data + bytes(-len(data) % 4)


def attribute(kind: int, value: bytes) -> bytes:
    """Make an attribute."""
    return aligned(_ATTRIBUTE.pack(_ATTRIBUTE.size + len(value), kind) + value)


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Read attributes; each has to be whole."""
    while data:
        length, kind = _ATTRIBUTE.unpack_from(data)
        assert _ATTRIBUTE.size <= length <= len(data)
        yield kind & _TYPE_MASK, data[_ATTRIBUTE.size : length]
        data = data[length + -length % 4 :]
