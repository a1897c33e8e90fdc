"""What was seen: the agent's report, frozen, as the api reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelStatus:
    """The state of one tunnel, from charon and BIRD (guide, "Tunnel state")."""

    connection_id: str
    number: int
    up: bool
    message: str
    "See `landbridge.vpn.reasons`."
    last_change: datetime
    "When `up` last changed."
    accepted_routes: int
    "Prefixes accepted over BGP, or the number of static routes."
    refused_routes: int = 0
    "Prefixes that the device announces over BGP and may not."


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """What went through a tunnel: inner IP packets."""

    packets_in: int = 0
    "From the customer, after decryption."
    bytes_in: int = 0
    packets_out: int = 0
    "To the customer, before encryption."
    bytes_out: int = 0
    drops: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    "Dropped packets by reason; no zeros. Not to be changed."


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LearntRoute:
    """A prefix that a gateway can reach over a VPN connection, now."""

    gateway_id: str
    prefix: IPv4Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What the agent could not put right; it tries again."""

    resource: str
    "Its id, or the name of something in Linux that belongs to no resource any more."
    since: datetime
    message: str
