"""What a test reads back from a device's file, in the same terms for all devices."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any


class Unsaid:
    """Stands for what a device's file has no words for."""

    def __repr__(self) -> str:
        return "UNSAID"


UNSAID: Any = Unsaid()


@dataclass(kw_only=True)
class TunnelReading:
    """One tunnel, as its file has it. Nothing is optional: what cannot be said is UNSAID."""

    ike_version: str
    "ikev1 or ikev2."
    psk: str | None
    "None when the file tells the device to use its certificate."
    customer_outside: str
    "The device's outside address, wherever the file says it (as identity, too)."
    endpoint_outside: str
    customer_inside: str
    "With its prefix length: 169.254.10.2/30."
    endpoint_inside: str
    "Without a prefix length: the BGP neighbour, next hop, or address to monitor."
    ike: tuple[str, str, str]
    "Encryption, integrity, group of phase 1 in the device's words; integrity of GCM is its PRF."
    ike_lifetime: int
    "Seconds."
    esp: tuple[str, str, str]
    "Encryption, integrity, group of phase 2 in the device's words; integrity is empty for GCM."
    esp_lifetime: int
    "Seconds."
    dpd_interval: int
    "Seconds."
    dpd_retries: int
    mtu: int
    mss: int
    selectors: tuple[str, str]
    "Local and remote network of phase 2, as CIDR blocks."
    bgp: tuple[int, int, int] | None
    "The device's ASN, the endpoint's ASN and the hold time; None in a file for static routing."
    route: str | None
    "The network that static routing sends into the tunnel, as CIDR or mark; None with BGP."


@dataclass(kw_only=True)
class Reading:
    """A file."""

    tunnels: list[TunnelReading]
    defined: set[tuple[str, str]] = field(default_factory=set)
    "Names that the file gives, as (kind, name), such as ('proposal', 'ike-prop-1')."
    used: set[tuple[str, str]] = field(default_factory=set)
    "Names that the file refers to."


@dataclass(frozen=True, kw_only=True)
class Reader:
    """How the files of a template are read."""

    read: Callable[[str], Reading]
    "Raises `AssertionError` or `ValueError` for a line that its language does not have."
    unsaid: frozenset[str] = frozenset()
    "Fields of `TunnelReading` for which the device has no words, ever."
    shared: frozenset[str] = frozenset()
    "Fields for which the device has one value for both tunnels, so that the lower holds."


def seconds(text: str, unit: str = "s") -> int:
    """Read a time, such as 28800s."""
    found = re.fullmatch(rf"(\d+){unit}", text)
    assert found, text
    return int(found[1])


def masked(address: str, mask: str) -> str:
    """Write the network of an address and its mask, or the marks that stand for it, in one word."""
    if address.startswith("<"):
        assert (address, mask) == ("<VPC NETWORK ADDRESS>", "<VPC NETWORK MASK>")
        return "<VPC NETWORK>"
    return str(ip_network(f"{address}/{mask}"))
