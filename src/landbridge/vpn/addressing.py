"""Addresses of the two tunnels: inside CIDRs and outside addresses.

Source: guide, "Inside tunnel IPv4 CIDR".
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, ip_network

INSIDE_RANGE = IPv4Network("169.254.0.0/16")
RESERVED_INSIDE = tuple(
    IPv4Network(cidr)
    for cidr in (
        "169.254.0.0/30",
        "169.254.1.0/30",
        "169.254.2.0/30",
        "169.254.3.0/30",
        "169.254.4.0/30",
        "169.254.5.0/30",
        "169.254.169.252/30",
    )
)
_FIRST_DEFAULT = IPv4Address("169.254.6.0")
OutsidePair = tuple[IPv4Address, IPv4Address]


def parse_inside_cidr(text: str) -> IPv4Network:
    """Read a tunnel's inside CIDR; `ValueError` says what is wrong with it."""
    try:
        network = ip_network(text)
    except ValueError as error:
        raise ValueError("must be an IPv4 CIDR block of size /30 without host bits") from error
    if not isinstance(network, IPv4Network) or network.prefixlen != 30:
        raise ValueError("must be an IPv4 CIDR block of size /30")
    if not network.subnet_of(INSIDE_RANGE):
        raise ValueError(f"must be within {INSIDE_RANGE}")
    if network in RESERVED_INSIDE:
        raise ValueError("is reserved")
    return network


def inside_cidrs(*, after: str | None = None) -> Iterator[IPv4Network]:
    """Yield the /30 blocks that are given out, once round, beginning behind one of them."""
    first, last = int(_FIRST_DEFAULT), int(INSIDE_RANGE.broadcast_address)
    for start in _round(first, last, 4, IPv4Network(after).network_address if after else None):
        block = IPv4Network((start, 30))
        if block not in RESERVED_INSIDE:
            yield block


def our_inside_address(inside: IPv4Network) -> IPv4Address:
    """Our end of a tunnel: the first host of the block."""
    return inside[1]


def customer_inside_address(inside: IPv4Network) -> IPv4Address:
    """The customer gateway device's end: the second host of the block."""
    return inside[2]


def outside_addresses(pool: IPv4Network, *, after: str | None = None) -> Iterator[IPv4Address]:
    """Yield the pool's addresses that are given out, once round, beginning behind one of them.

    The pool's first host is the router's.
    """
    first, last = int(pool[2]), int(pool.broadcast_address) - 1
    return map(IPv4Address, _round(first, last, 1, IPv4Address(after) if after else None))


def outside_pair(free: Iterable[IPv4Address]) -> OutsidePair:
    """Choose the outside addresses of a connection's two tunnels.

    The first sorts before the second as a number and as a string: clients order the tunnels so
    (Terraform compares strings). Raises `LookupError` if no two of the free ones do.
    """
    seen: list[IPv4Address] = []
    for address in free:
        for other in seen:
            first, second = sorted((address, other))
            if str(first) < str(second):
                return first, second
        seen.append(address)
    raise LookupError("no two addresses are free")


def _round(first: int, last: int, step: int, after: IPv4Address | None) -> Iterator[int]:
    """Count from behind a number to the last, and on from the first up to that number."""
    begin = int(after) + step if after is not None and first <= int(after) <= last else first
    yield from range(begin, last + 1, step)
    yield from range(first, min(begin, last + 1), step)
