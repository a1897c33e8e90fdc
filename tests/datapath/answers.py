"""What is answered to XFRM messages, and the events told unasked."""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

from datapath import netlink, xfrm
from datapath.xfrm import Attribute

_EVENT_ID = 48
"Bytes of struct xfrm_aevent_id."


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A state as it is described."""

    spi: int
    source: IPv4Address
    destination: IPv4Address
    reqid: int
    octets: int
    packets: int
    added: int
    "Seconds since 1970."
    used: int
    "When first used, likewise; 0: never."
    raw: bytes
    "All of it, to be installed again."
    attributes: list[tuple[int, bytes]]


def _state(body: bytes, rest: bytes) -> Installed:
    fields = xfrm.INFO.unpack(body)
    octets, packets, added, used = xfrm.USED.unpack(fields[4])
    destination, spi, _ = xfrm.ID.unpack(fields[1])
    return Installed(
        spi=int.from_bytes(spi, "big"),
        source=IPv4Address(fields[2][:4]),
        destination=IPv4Address(destination[:4]),
        reqid=fields[7],
        octets=octets,
        packets=packets,
        added=added,
        used=used,
        raw=body,
        attributes=list(netlink.attributes(rest)),
    )


def state(body: bytes) -> Installed:
    """Read the answer to GETSA or ALLOCSPI."""
    return _state(body[: xfrm.INFO.size], body[xfrm.INFO.size :])


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How far a state has come."""

    sequence: int
    "The last one sent."
    highest: int
    "Received."
    seen: frozenset[int]
    "Sequence numbers received, of those in the window."
    attributes: list[tuple[int, bytes]]


def replay(body: bytes) -> Replay:
    """Read the answer to GETAE."""
    found = list(netlink.attributes(body[_EVENT_ID:]))
    values = dict(found)
    if Attribute.REPLAY_ESN_VAL in values:
        value = values[Attribute.REPLAY_ESN_VAL]
        words, sequence, highest, _, _, window = xfrm.REPLAY_BITMAP.unpack_from(value)
        bitmap = int.from_bytes(value[xfrm.REPLAY_BITMAP.size :][: 4 * words], "little")
        seen = {
            highest - ago
            for ago in range(min(window, highest))
            if bitmap >> ((highest - ago - 1) % window) & 1
        }
    else:
        sequence, highest, bitmap = xfrm.REPLAY.unpack(values[Attribute.REPLAY_VAL])
        seen = {highest - ago for ago in range(min(32, highest)) if bitmap >> ago & 1}
    return Replay(sequence=sequence, highest=highest, seen=frozenset(seen), attributes=found)


@dataclass(frozen=True, slots=True)
class Expired:
    """The event that a state has reached a limit."""

    spi: int
    hard: bool
    state: Installed


@dataclass(frozen=True, slots=True)
class Moved:
    """The event that a peer's packets come from elsewhere (MAPPING)."""

    spi: int
    reqid: int
    before: tuple[IPv4Address, int]
    after: tuple[IPv4Address, int]


_MAPPING = struct.Struct("=24sI16s16s2s2s")


def event(message: netlink.Message) -> Expired | Moved:
    """Read an event."""
    if message.type == xfrm.Type.EXPIRE:
        described = _state(message.body[: xfrm.INFO.size], b"")
        return Expired(described.spi, message.body[xfrm.INFO.size] != 0, described)
    assert message.type == xfrm.Type.MAPPING
    named, reqid, old, new, old_port, new_port = _MAPPING.unpack_from(message.body)
    spi = xfrm.STATE_ID.unpack(named)[1]
    return Moved(
        int.from_bytes(spi, "big"),
        reqid,
        (IPv4Address(old[:4]), int.from_bytes(old_port, "big")),
        (IPv4Address(new[:4]), int.from_bytes(new_port, "big")),
    )
