"""What is no customer's network: a device may neither announce it nor send from it.

Reserved ranges (RFC 6890), among them that of the tunnels' inside addresses; the outside addresses
of our endpoints, or one site would lead the others' tunnels into its own; the VPC's block, which
nothing beats (guide, "Route tables and VPN route priority").
"""

from ipaddress import IPv4Network

from landbridge.network.plan.site import Site
from landbridge.vpn.addressing import INSIDE_RANGE
from landbridge.vpn.intent import Vpc

_RESERVED = (
    IPv4Network("0.0.0.0/8"),
    IPv4Network("127.0.0.0/8"),
    INSIDE_RANGE,
    IPv4Network("224.0.0.0/3"),  # multicast, and what is reserved above it
)


def refused_networks(site: Site, vpc: Vpc | None) -> tuple[IPv4Network, ...]:
    """List what no device of a gateway has."""
    return (*_RESERVED, site.endpoint_pool, *([vpc.cidr] if vpc else []))
