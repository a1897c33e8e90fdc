"""VPN gateways: the routers between tunnels and VPCs."""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Interface, collapse_addresses

from landbridge.network import names
from landbridge.network.model import Address, Bird, Firewall, Namespace, Route, Thing, Veth
from landbridge.network.plan import bgp
from landbridge.network.plan.customers import refused_networks
from landbridge.network.plan.digest import digest
from landbridge.network.plan.endpoints import MAIN_TABLE
from landbridge.network.plan.outside import ROUTER_SYSCTLS
from landbridge.network.plan.site import Site
from landbridge.vpn import mtu
from landbridge.vpn.intent import Intent, Vpc, VpnConnection, VpnGateway

GATEWAY_SIDE = IPv6Address("fe80::1")
VPC_SIDE = IPv6Address("fe80::2")
"""The two ends of the link between a gateway and its VPC. IPv4 is routed over IPv6 next hops
(RFC 5549), so that no customer's IPv4 range can collide with the link."""


def things(intent: Intent, site: Site) -> Iterator[Thing]:
    """Plan all gateways."""
    vpcs = {vpc.id: vpc for vpc in intent.vpcs}
    for gateway in intent.vpn_gateways:
        connections = [one for one in intent.vpn_connections if one.gateway_id == gateway.id]
        namespace = site.names.gateway(gateway.id)
        vpc = vpcs.get(gateway.vpc_id) if gateway.vpc_id else None
        yield Namespace(name=namespace, sysctls=ROUTER_SYSCTLS, owner=gateway.id)
        ruleset = _ruleset(connections, refused_networks(site, vpc))
        yield Firewall(
            namespace=namespace, digest=digest(ruleset), ruleset=ruleset, owner=gateway.id
        )
        if vpc:
            yield from _attachment(gateway, vpc, site)
        config = bgp.configuration(gateway, vpc, connections, site)
        yield Bird(namespace=namespace, digest=digest(config), config=config, owner=gateway.id)


def _attachment(gateway: VpnGateway, vpc: Vpc, site: Site) -> Iterator[Thing]:
    owner = gateway.attachment_id or gateway.id
    namespace, vpc_namespace = site.names.gateway(gateway.id), site.names.vpc(vpc.id)
    yield Veth(
        namespace=vpc_namespace,
        name=names.GATEWAY_LINK,
        peer_namespace=namespace,
        peer_name=names.VPC_LINK,
        owner=owner,
    )
    yield Address(
        namespace=namespace,
        link=names.VPC_LINK,
        address=IPv6Interface((GATEWAY_SIDE, 64)),
        owner=owner,
    )
    yield Address(
        namespace=vpc_namespace,
        link=names.GATEWAY_LINK,
        address=IPv6Interface((VPC_SIDE, 64)),
        owner=owner,
    )
    yield Route(
        namespace=namespace,
        destination=vpc.cidr,
        table=MAIN_TABLE,
        link=names.VPC_LINK,
        via=VPC_SIDE,
        owner=owner,
    )


def _ruleset(connections: Sequence[VpnConnection], refused: Iterable[IPv4Network]) -> str:
    """Refuse from the tunnels what is no customer's, and keep TCP segments within the tunnels."""
    sources = ", ".join(map(str, collapse_addresses(refused)))
    return f"""\
table inet landbridge {{
  chain forward {{
    type filter hook forward priority mangle; policy accept;
    iifname "{names.ANY_TUNNEL}" ip saddr {{ {sources} }} counter drop
{_mss_clamp(connections)}  }}
}}
"""


def _mss_clamp(connections: Sequence[VpnConnection]) -> str:
    """Keep TCP segments within the tunnels (guide, "Adjust MTU and MSS sizes"); only lowers.

    Each tunnel has the size that belongs to its interface's MTU.
    """
    tunnels: dict[int, list[str]] = {}
    for connection in connections:
        for tunnel in connection.tunnels:
            name = names.tunnel_interface(connection.id, tunnel.number)
            tunnels.setdefault(mtu.smallest(tunnel.options).mss_ipv4, []).append(f'"{name}"')
    return "".join(
        f"    {direction} {{ {', '.join(sorted(interfaces))} }}"
        f" tcp flags syn tcp option maxseg size set {mss}\n"
        for mss, interfaces in sorted(tunnels.items())
        for direction in ("oifname", "iifname")
    )
