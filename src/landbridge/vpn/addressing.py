"""Addresses of the two tunnels: inside CIDRs and outside addresses.

Source: guide, "Inside tunnel IPv4 CIDR".
"""

from collections.abc import Collection, Iterator
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
_FIRST_DEFAULT = int(IPv4Address("169.254.6.0"))


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


def free_inside_cidrs(used: Collection[IPv4Network]) -> Iterator[IPv4Network]:
    """Yield the /30 blocks that may still be given out, in order."""
    taken = set(used) | set(RESERVED_INSIDE)
    for start in range(_FIRST_DEFAULT, int(INSIDE_RANGE.broadcast_address), 4):
        block = IPv4Network((start, 30))
        if block not in taken:
            yield block


def our_inside_address(inside: IPv4Network) -> IPv4Address:
    """Our end of a tunnel: the first host of the block."""
    return inside[1]


def customer_inside_address(inside: IPv4Network) -> IPv4Address:
    """The customer gateway device's end: the second host of the block."""
    return inside[2]


def outside_pair(
    pool: IPv4Network, used: Collection[IPv4Address]
) -> tuple[IPv4Address, IPv4Address]:
    """Choose the outside addresses of a connection's two tunnels from the pool.

    The first sorts before the second as a number and as a string: clients order the tunnels so
    (Terraform compares strings). The pool's first host is the router's. Raises `LookupError`
    when the pool is exhausted.
    """
    taken = {*used, pool[1]}
    first: IPv4Address | None = None
    for address in pool.hosts():
        if address in taken:
            continue
        if first is not None and str(first) < str(address):
            return first, address
        first = address
    raise LookupError(f"no two addresses are free in {pool}")
