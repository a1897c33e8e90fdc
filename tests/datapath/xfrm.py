"""XFRM messages: security associations and policies as the kernel takes them (linux/xfrm.h)."""

import struct
from dataclasses import dataclass, field
from enum import IntEnum, IntFlag
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from socket import AF_INET, AF_INET6, IPPROTO_ESP

from datapath import netlink
from datapath.esp import Keys

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

INFINITE = 2**64 - 1
IF_ID = 1
_TUNNEL_MODE = 1
_UDP_ENCAP_ESPINUDP = 2


class Type(IntEnum):
    """Messages."""

    NEWSA = 0x10
    DELSA = 0x11
    GETSA = 0x12
    NEWPOLICY = 0x13
    DELPOLICY = 0x14
    GETPOLICY = 0x15
    ALLOCSPI = 0x16
    ACQUIRE = 0x17
    EXPIRE = 0x18
    UPDPOLICY = 0x19
    UPDSA = 0x1A
    POLEXPIRE = 0x1B
    FLUSHSA = 0x1C
    FLUSHPOLICY = 0x1D
    NEWAE = 0x1E
    GETAE = 0x1F
    MAPPING = 0x26


class Attribute(IntEnum):
    """Attributes."""

    ALG_AUTH = 1
    ALG_CRYPT = 2
    ENCAP = 4
    TMPL = 5
    LTIME_VAL = 9
    REPLAY_VAL = 10
    LASTUSED = 15
    ALG_AEAD = 18
    ALG_AUTH_TRUNC = 20
    REPLAY_ESN_VAL = 23
    SA_EXTRA_FLAGS = 24
    IF_ID = 31


class Flag(IntFlag):
    """Of a state."""

    NOECN = 1
    DECAP_DSCP = 2
    NOPMTUDISC = 4
    AF_UNSPEC = 32
    ESN = 128


DONT_ENCAP_DSCP = 1
"An extra flag of a state."


class Direction(IntEnum):
    """Of a policy."""

    IN = 0
    OUT = 1
    FWD = 2


class Group(IntEnum):
    """Events that one may want to hear of."""

    ACQUIRE = 1
    EXPIRE = 2
    MIGRATE = 7
    MAPPING = 8


_SELECTOR = struct.Struct("=16s16sHHHHHBBB3xiI")
ID = struct.Struct("=16s4sB3x")
INFO = struct.Struct("=56s24s16s64s32s12sIIHBBB7x")
STATE_ID = struct.Struct("=16s4sHBx")
_LIMITS = struct.Struct("=8Q")
USED = struct.Struct("=4Q")
_POLICY = struct.Struct("=56s64s32sIIBBBB4x")
_POLICY_ID = struct.Struct("=56sIB3x")
_TEMPLATE = struct.Struct("=24sH2x16sIBBBxIII")
REPLAY = struct.Struct("=III")
REPLAY_BITMAP = struct.Struct("=IIIIII")
SELECTOR_SIZE = _SELECTOR.size
assert (_SELECTOR.size, INFO.size, _POLICY.size, _TEMPLATE.size) == (56, 224, 168, 64)


def _family(address: Address | Network) -> int:
    return AF_INET if address.version == 4 else AF_INET6


def _address(address: Address) -> bytes:
    return address.packed.ljust(16, b"\0")


@dataclass(frozen=True, slots=True)
class Selector:
    """Which inner packets."""

    source: Network
    destination: Network
    protocol: int = 0
    "0: any."

    def pack(self) -> bytes:
        """As struct xfrm_selector."""
        return _SELECTOR.pack(
            _address(self.destination.network_address),
            _address(self.source.network_address),
            0, 0, 0, 0, _family(self.source),
            self.destination.prefixlen, self.source.prefixlen, self.protocol, 0, 0,
        )  # fmt: skip


ANY4 = Selector(IPv4Network("0.0.0.0/0"), IPv4Network("0.0.0.0/0"))
ANY6 = Selector(IPv6Network("::/0"), IPv6Network("::/0"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a state is to be replaced (soft) and when it ends (hard)."""

    soft_bytes: int = INFINITE
    hard_bytes: int = INFINITE
    soft_packets: int = INFINITE
    hard_packets: int = INFINITE
    soft_seconds: int = 0
    hard_seconds: int = 0

    def pack(self) -> bytes:
        """As struct xfrm_lifetime_cfg."""
        return _LIMITS.pack(
            self.soft_bytes, self.hard_bytes, self.soft_packets, self.hard_packets,
            self.soft_seconds, self.hard_seconds, 0, 0,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A security association as IKE installs it."""

    spi: int
    source: IPv4Address
    destination: IPv4Address
    keys: Keys
    reqid: int = 1
    window: int = 0
    "Packets; more than 32 come as a bitmap."
    sequence: int = 0
    "The last one sent."
    encap: tuple[int, int] | None = None
    "Source and destination port of ESP in UDP."
    limits: Limits = field(default_factory=Limits)
    flags: int = 0
    "Besides AF_UNSPEC, which allows both IP versions inside."
    extra_flags: int = 0

    def pack(self) -> bytes:
        """As the body of NEWSA, with its attributes."""
        info = INFO.pack(
            bytes(56), _id(self.destination, self.spi), _address(self.source),
            self.limits.pack(), bytes(32), bytes(12), 0, self.reqid, AF_INET, _TUNNEL_MODE,
            self.window if self.window <= 32 else 0, self.flags | Flag.AF_UNSPEC,
        )  # fmt: skip
        return info + algorithms(self.keys) + self._attributes()

    def _attributes(self) -> bytes:
        made = netlink.attribute(Attribute.IF_ID, struct.pack("=I", IF_ID))
        if self.window > 32:
            made += netlink.attribute(
                Attribute.REPLAY_ESN_VAL, replay_bitmap(self.window, self.sequence)
            )
        elif self.sequence:
            made += netlink.attribute(Attribute.REPLAY_VAL, REPLAY.pack(self.sequence, 0, 0))
        if self.encap:
            made += netlink.attribute(Attribute.ENCAP, self.encapsulation())
        if self.extra_flags:
            flags = struct.pack("=I", self.extra_flags)
            made += netlink.attribute(Attribute.SA_EXTRA_FLAGS, flags)
        return made

    def encapsulation(self) -> bytes:
        """As struct xfrm_encap_tmpl."""
        assert self.encap
        kind = struct.pack("=H", _UDP_ENCAP_ESPINUDP)
        return kind + struct.pack("!HH", *self.encap) + bytes(18)

    def id(self) -> bytes:
        """As the body of DELSA and GETSA."""
        return STATE_ID.pack(
            _address(self.destination), self.spi.to_bytes(4, "big"), AF_INET, IPPROTO_ESP
        )

    def event_id(self) -> bytes:
        """As the body of GETAE."""
        return self.id() + _address(self.source) + struct.pack("=II", 2, self.reqid)


def _id(destination: Address, spi: int) -> bytes:
    return ID.pack(_address(destination), spi.to_bytes(4, "big"), IPPROTO_ESP)


def replay_bitmap(window: int, sequence: int = 0) -> bytes:
    """As struct xfrm_replay_state_esn of a state that has received nothing."""
    words = (window + 31) // 32
    return REPLAY_BITMAP.pack(words, sequence, 0, 0, 0, window) + bytes(4 * words)


def algorithms(keys: Keys) -> bytes:
    """Make the attributes of a suite."""
    bits = len(keys.encryption) * 8
    if keys.suite.gcm:
        aead = struct.pack("=64sII", b"rfc4106(gcm(aes))", bits, keys.suite.icv_length * 8)
        return netlink.attribute(Attribute.ALG_AEAD, aead + keys.encryption)
    crypt = struct.pack("=64sI", b"cbc(aes)", bits) + keys.encryption
    auth = struct.pack(
        "=64sII",
        f"hmac({keys.suite.digest})".encode(),
        len(keys.integrity) * 8,
        keys.suite.icv_length * 8,
    )
    return netlink.attribute(Attribute.ALG_CRYPT, crypt) + netlink.attribute(
        Attribute.ALG_AUTH_TRUNC, auth + keys.integrity
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is to be done with which inner packets."""

    direction: Direction
    selector: Selector
    source: IPv4Address
    "Of the outer packets."
    destination: IPv4Address
    reqid: int = 1
    priority: int = 1000
    block: bool = False

    def pack(self) -> bytes:
        """As the body of NEWPOLICY, with its attributes."""
        info = _POLICY.pack(
            self.selector.pack(), Limits().pack(), bytes(32), self.priority, 0, self.direction,
            self.block, 0, 0,
        )  # fmt: skip
        if self.block:
            return info + netlink.attribute(Attribute.IF_ID, struct.pack("=I", IF_ID))
        template = _TEMPLATE.pack(
            _id(self.destination, 0), AF_INET, _address(self.source), self.reqid, _TUNNEL_MODE,
            0, 0, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF,
        )  # fmt: skip
        return (
            info
            + netlink.attribute(Attribute.TMPL, template)
            + netlink.attribute(Attribute.IF_ID, struct.pack("=I", IF_ID))
        )

    def id(self) -> bytes:
        """As the body of DELPOLICY and GETPOLICY."""
        return _POLICY_ID.pack(self.selector.pack(), 0, self.direction) + netlink.attribute(
            Attribute.IF_ID, struct.pack("=I", IF_ID)
        )


def spi_request(source: IPv4Address, destination: IPv4Address, low: int, high: int) -> bytes:
    """Make the body of ALLOCSPI."""
    info = INFO.pack(
        bytes(56), _id(destination, 0), _address(source), bytes(64), bytes(32), bytes(12), 0, 1,
        AF_INET, _TUNNEL_MODE, 0, 0,
    )  # fmt: skip
    return info + struct.pack("=II", low, high)
