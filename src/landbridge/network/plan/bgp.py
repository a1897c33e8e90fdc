"""A gateway's BIRD: which routes it takes, prefers and announces.

BIRD compares a route's preference before any BGP attribute, so the guide's ladder ("Route tables
and VPN route priority") is written with it: the VPC's own prefix, then static VPN routes, then
BGP. Of equal BGP routes the shorter AS path wins, then, from the same neighbour AS, the lower MED.
Sessions come and go with their tunnel's interface.

What a device announces that is no customer's network is refused when it comes in, and counted.
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address

from landbridge.network import names
from landbridge.network.plan.customers import refused_networks
from landbridge.network.plan.site import Site
from landbridge.vpn import addressing
from landbridge.vpn.intent import Tunnel, Vpc, VpnConnection, VpnGateway

MAX_ACCEPTED = 100
"Dynamic routes from a device on a virtual private gateway; not adjustable (guide, quotas)."
_MAX_RECEIVED = 10 * MAX_ACCEPTED
"With those that are refused, which BIRD keeps to count them."
HOLD_TIME = 30
KEEPALIVE_TIME = 10
_PREFERENCE_VPC = 400
_PREFERENCE_STATIC = 250
_PREFERENCE_BGP = 200
_MED = {1: 100, 2: 200}
"Announced: tunnel 1 is preferred while both are up."


def configuration(
    gateway: VpnGateway, vpc: Vpc | None, connections: Sequence[VpnConnection], site: Site
) -> str:
    """Write BIRD's configuration, without the paths that the driver adds."""
    blocks = [_common(gateway, vpc, site)]
    for connection in connections:
        for tunnel in connection.tunnels:
            if connection.static_routes_only:
                blocks.append(_static(connection, tunnel))
            else:
                blocks.append(_session(gateway, connection, tunnel))
    return "\n".join(blocks)


def protocol(connection_id: str, tunnel: int) -> str:
    """Name the BIRD protocol of a tunnel."""
    return f"t_{names.short(connection_id)}_{tunnel}"


def _router_id(gateway: VpnGateway) -> IPv4Address:
    """Choose a BGP identifier that does not change with the gateway's tunnels (RFC 6286)."""
    return IPv4Address(int(names.short(gateway.id)[-8:], 16) | 1)


def _common(gateway: VpnGateway, vpc: Vpc | None, site: Site) -> str:
    vpc_route = f"\n  route {vpc.cidr} blackhole;" if vpc else ""
    refused = ", ".join(f"{one}+" for one in refused_networks(site, vpc))
    is_vpc = f"net = {vpc.cidr}" if vpc else "false"
    return f"""\
router id {_router_id(gateway)};
graceful restart wait {HOLD_TIME};
ipv4 table gateway4;

protocol device {{ scan time 1; }}

# No customer's networks; nor what covers our endpoints' addresses, but for the default route.
function refused() {{
  if net = 0.0.0.0/0 then return false;
  return net ~ [ {refused}, {site.endpoint_pool}- ];
}}
function from_vpn() {{
  return (source = RTS_BGP || proto ~ "s_*") && ! refused();
}}
protocol kernel kernel4 {{
  graceful restart on;
  ipv4 {{ table gateway4; import none; export where from_vpn(); }};
}}
# Announced; the packets' way to the VPC is a route of the agent's.
protocol static vpc4 {{
  ipv4 {{ table gateway4; preference {_PREFERENCE_VPC}; }};{vpc_route}
}}
function announced(int m) {{
  if {is_vpc} || from_vpn() then {{ bgp_med = m; return true; }}
  return false;
}}

template bgp customer {{
  local as {gateway.asn};
  hold time {HOLD_TIME};
  keepalive time {KEEPALIVE_TIME};
  connect delay time 1;
  connect retry time 3;
  error wait time 1, 15;
  graceful restart on;
  deterministic med on;
  debug {{ states, routes }};
  ipv4 {{
    table gateway4;
    preference {_PREFERENCE_BGP};
    import where ! refused();
    import keep filtered;
    import limit {MAX_ACCEPTED} action restart;
    receive limit {_MAX_RECEIVED} action restart;
    next hop self;
  }};
}}
"""


def _session(gateway: VpnGateway, connection: VpnConnection, tunnel: Tunnel) -> str:
    """Write a tunnel's session.

    With a device of the gateway's own ASN there is none: that would be another protocol (IBGP),
    and BIRD would refuse the whole configuration for it.
    """
    name = protocol(connection.id, tunnel.number)
    if connection.customer_asn == gateway.asn:
        return f"# No {name}: the device has the gateway's own ASN, {gateway.asn}.\n"
    neighbour = addressing.customer_inside_address(tunnel.inside)
    return f"""\
protocol bgp {name} from customer {{
  interface "{names.tunnel_interface(connection.id, tunnel.number)}";
  source address {addressing.our_inside_address(tunnel.inside)};
  neighbor {neighbour} as {connection.customer_asn};
  ipv4 {{ export where announced({_MED[tunnel.number]}); }};
}}
"""


def _static(connection: VpnConnection, tunnel: Tunnel) -> str:
    interface = names.tunnel_interface(connection.id, tunnel.number)
    routes = "".join(_static_routes(connection, interface))
    preference = _PREFERENCE_STATIC + 1 - tunnel.number
    return f"""\
protocol static s_{protocol(connection.id, tunnel.number)} {{
  ipv4 {{ table gateway4; preference {preference}; }};
{routes}}}
"""


def _static_routes(connection: VpnConnection, interface: str) -> Iterator[str]:
    for prefix in connection.static_routes:
        yield f'  route {prefix} via "{interface}";\n'
