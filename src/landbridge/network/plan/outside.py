"""The internet side: a router between our endpoints and the customers' devices."""

from collections.abc import Iterator
from ipaddress import IPv4Interface

from landbridge.network.model import Address, Bridge, Namespace, Thing
from landbridge.network.names import OUTSIDE_BRIDGE
from landbridge.network.plan.site import Site

HOST_SYSCTLS = {
    # No automatic link-local addresses: those of ours are planned (IN6_ADDR_GEN_MODE_NONE).
    "net.ipv6.conf.default.addr_gen_mode": "1",
}
ROUTER_SYSCTLS = {
    **HOST_SYSCTLS,
    "net.ipv4.ip_forward": "1",
    "net.ipv4.conf.all.rp_filter": "0",  # paths may be asymmetric (guide, route priority)
    "net.ipv4.conf.default.rp_filter": "0",
    "net.ipv4.conf.all.send_redirects": "0",
    "net.ipv4.conf.default.send_redirects": "0",
}


def things(site: Site) -> Iterator[Thing]:
    """Plan the outside namespace."""
    namespace = site.names.outside
    yield Namespace(name=namespace, sysctls=ROUTER_SYSCTLS)
    yield Bridge(namespace=namespace, name=OUTSIDE_BRIDGE)
    for pool in (site.endpoint_pool, site.device_pool):
        yield Address(
            namespace=namespace,
            link=OUTSIDE_BRIDGE,
            address=IPv4Interface((pool[1], pool.prefixlen)),
        )
