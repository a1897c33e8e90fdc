"""What was seen: the agent's report, frozen, as the api reads it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network


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
    packets_in: int
    "From the customer, after decryption."
    bytes_in: int
    packets_out: int
    "To the customer, before encryption."
    bytes_out: int
    drops: Mapping[str, int]
    "Dropped packets by reason; no zeros. Not to be changed."


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LearntRoute:
    """A prefix that a gateway can reach over a VPN connection, now."""

    gateway_id: str
    prefix: IPv4Network
