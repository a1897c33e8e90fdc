"""VPCs: a router each, with a bridge per subnet and a kernel table per route table.

Source: guide, "Route tables and VPN route priority": the VPC's own block is most preferred, a
created route beats a propagated one with the same destination.
"""

from collections.abc import Iterator
from ipaddress import IPv4Interface, IPv4Network, IPv6Address, IPv6Interface

from landbridge.network import names
from landbridge.network.model import Address, Bridge, Namespace, Route, Rule, Thing, Veth
from landbridge.network.plan.endpoints import MAIN_TABLE
from landbridge.network.plan.outside import ROUTER_SYSCTLS
from landbridge.network.plan.site import Site
from landbridge.vpn.intent import Intent, RouteTable, Subnet, Vpc, VpnGateway
from landbridge.vpn.observed import LearntRoute

GATEWAY_SIDE = IPv6Address("fe80::1")
VPC_SIDE = IPv6Address("fe80::2")
"""The two ends of the link between a gateway and its VPC. IPv4 is routed over IPv6 next hops
(RFC 5549), so that no customer's IPv4 range can collide with the link."""


def things(vpc: Vpc, intent: Intent, learnt: frozenset[LearntRoute], site: Site) -> Iterator[Thing]:
    """Plan a VPC, with its link to the gateway that is attached."""
    namespace = site.names.vpc(vpc.id)
    subnets = [one for one in intent.subnets if one.vpc_id == vpc.id]
    gateway = next((one for one in intent.vpn_gateways if one.vpc_id == vpc.id), None)
    yield Namespace(name=namespace, sysctls=ROUTER_SYSCTLS, owner=vpc.id)
    for subnet in subnets:
        yield from _subnet(subnet, namespace)
    if gateway:
        yield from _attachment(gateway, vpc, site)
    for table in (one for one in intent.route_tables if one.vpc_id == vpc.id):
        yield from _local_routes(vpc, subnets, table, namespace)
        yield from _gateway_routes(vpc, table, gateway.id if gateway else None, learnt, namespace)


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


def _subnet(subnet: Subnet, namespace: str) -> Iterator[Thing]:
    bridge = names.subnet_bridge(subnet.id)
    yield Bridge(namespace=namespace, name=bridge, owner=subnet.id)
    yield Address(
        namespace=namespace,
        link=bridge,
        address=IPv4Interface((subnet.cidr[1], subnet.cidr.prefixlen)),
        owner=subnet.id,
    )
    yield Rule(
        namespace=namespace,
        link=bridge,
        table=names.kernel_table(subnet.route_table_id),
        owner=subnet.id,
    )


def _local_routes(
    vpc: Vpc, subnets: list[Subnet], table: RouteTable, namespace: str
) -> Iterator[Thing]:
    kernel_table = names.kernel_table(table.id)
    for subnet in subnets:
        if subnet.cidr != vpc.cidr:
            yield Route(
                namespace=namespace,
                destination=subnet.cidr,
                table=kernel_table,
                link=names.subnet_bridge(subnet.id),
                owner=table.id,
            )
    whole = next((one for one in subnets if one.cidr == vpc.cidr), None)
    yield Route(
        namespace=namespace,
        destination=vpc.cidr,
        table=kernel_table,
        link=names.subnet_bridge(whole.id) if whole else None,
        owner=table.id,
    )


def _gateway_routes(
    vpc: Vpc,
    table: RouteTable,
    gateway_id: str | None,
    learnt: frozenset[LearntRoute],
    namespace: str,
) -> Iterator[Thing]:
    """Routes to the attached gateway; those to another one are blackholes."""
    ways: dict[IPv4Network, bool] = {
        route.prefix: True
        for route in learnt
        if route.gateway_id == gateway_id
        and gateway_id in table.propagating
        and not route.prefix.subnet_of(vpc.cidr)
    }
    ways |= {destination: target == gateway_id for destination, target in table.routes}
    for destination, reachable in ways.items():
        yield Route(
            namespace=namespace,
            destination=destination,
            table=names.kernel_table(table.id),
            link=names.GATEWAY_LINK if reachable else None,
            via=GATEWAY_SIDE if reachable else None,
            owner=table.id,
        )
