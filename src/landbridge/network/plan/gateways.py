"""VPN gateways: the routers between tunnels and VPCs."""

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, collapse_addresses

from landbridge.network import names
from landbridge.network.model import Bird, Firewall, Namespace, Thing
from landbridge.network.plan import bgp
from landbridge.network.plan.customers import refused_networks
from landbridge.network.plan.digest import digest
from landbridge.network.plan.outside import ROUTER_SYSCTLS
from landbridge.network.plan.site import Site
from landbridge.vpn import mtu
from landbridge.vpn.intent import Intent, VpnConnection, VpnGateway


def things(gateway: VpnGateway, intent: Intent, site: Site) -> Iterator[Thing]:
    """Plan a gateway; its links are planned where they lead from."""
    connections = [one for one in intent.vpn_connections if one.gateway_id == gateway.id]
    vpc = next((one for one in intent.vpcs if one.id == gateway.vpc_id), None)
    namespace = site.names.gateway(gateway.id)
    yield Namespace(name=namespace, sysctls=ROUTER_SYSCTLS, owner=gateway.id)
    ruleset = _ruleset(connections, refused_networks(site, vpc))
    yield Firewall(namespace=namespace, digest=digest(ruleset), ruleset=ruleset, owner=gateway.id)
    config = bgp.configuration(gateway, vpc, connections, site)
    yield Bird(namespace=namespace, digest=digest(config), config=config, owner=gateway.id)


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
