"""Read the desired state: from the api's tables to `landbridge.vpn.intent`."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from landbridge.store.secrets import Sealer, fingerprint
from landbridge.store.tables import vpc, vpn
from landbridge.vpn import intent, tunnel_options

R = TypeVar(
    "R",
    vpc.Vpc,
    vpc.Subnet,
    vpc.RouteTable,
    vpc.SecurityGroup,
    vpc.Instance,
    vpn.VpnGateway,
    vpn.VpnConnection,
)


def read_intent(session: Session, sealer: Sealer) -> intent.Intent:
    """Read all that is not deleted, in the order of ids."""
    return intent.Intent(
        vpcs=tuple(_vpc(row) for row in _alive(session, vpc.Vpc)),
        subnets=tuple(_subnets(session)),
        route_tables=tuple(_route_table(row) for row in _alive(session, vpc.RouteTable)),
        security_groups=tuple(_security_group(row) for row in _alive(session, vpc.SecurityGroup)),
        instances=tuple(_instance(row) for row in _alive(session, vpc.Instance)),
        vpn_gateways=tuple(_vpn_gateway(row) for row in _alive(session, vpn.VpnGateway)),
        vpn_connections=tuple(_vpn_connections(session, sealer)),
    )


def _alive(session: Session, table: type[R]) -> Iterable[R]:
    return session.scalars(select(table).where(table.deleted_at.is_(None)).order_by(table.id))


def _vpc(row: vpc.Vpc) -> intent.Vpc:
    return intent.Vpc(id=row.id, generation=row.generation, cidr=IPv4Network(row.cidr_block))


def _subnets(session: Session) -> Iterable[intent.Subnet]:
    by_subnet: dict[str, str] = {}
    main: dict[str, str] = {}
    for table in _alive(session, vpc.RouteTable):
        for association in table.associations:
            if association.subnet_id is None:
                main[table.vpc_id] = table.id
            else:
                by_subnet[association.subnet_id] = table.id
    for row in _alive(session, vpc.Subnet):
        yield intent.Subnet(
            id=row.id,
            generation=row.generation,
            vpc_id=row.vpc_id,
            cidr=IPv4Network(row.cidr_block),
            route_table_id=by_subnet.get(row.id) or main[row.vpc_id],
        )


def _route_table(row: vpc.RouteTable) -> intent.RouteTable:
    return intent.RouteTable(
        id=row.id,
        generation=row.generation,
        vpc_id=row.vpc_id,
        routes=tuple(
            (IPv4Network(route.destination_cidr_block), route.gateway_id) for route in row.routes
        ),
        propagating=tuple(one.vpn_gateway_id for one in row.propagations),
    )


def _security_group(row: vpc.SecurityGroup) -> intent.SecurityGroup:
    return intent.SecurityGroup(
        id=row.id,
        generation=row.generation,
        vpc_id=row.vpc_id,
        rules=tuple(
            intent.SecurityGroupRule(
                egress=rule.is_egress,
                protocol=rule.ip_protocol,
                from_port=rule.from_port,
                to_port=rule.to_port,
                cidr=IPv4Network(rule.cidr_ipv4) if rule.cidr_ipv4 else None,
                group_id=rule.referenced_group_id,
            )
            for rule in row.rules
        ),
    )


def _instance(row: vpc.Instance) -> intent.Instance:
    return intent.Instance(
        id=row.id,
        generation=row.generation,
        subnet_id=row.subnet_id,
        address=IPv4Address(row.private_ip_address),
        mac=row.mac_address,
        security_group_ids=tuple(row.security_group_ids),
    )


def _vpn_gateway(row: vpn.VpnGateway) -> intent.VpnGateway:
    attachment = row.attachment
    attached = attachment is not None and attachment.deleted_at is None
    return intent.VpnGateway(
        id=row.id,
        generation=row.generation,
        asn=row.amazon_side_asn,
        vpc_id=attachment.vpc_id if attachment and attached else None,
        attachment_id=attachment.id if attachment and attached else None,
        attachment_generation=attachment.generation if attachment and attached else 0,
    )


def _vpn_connections(session: Session, sealer: Sealer) -> Iterable[intent.VpnConnection]:
    customers = {row.id: row for row in session.scalars(select(vpn.CustomerGateway))}
    for row in _alive(session, vpn.VpnConnection):
        customer = customers[row.customer_gateway_id]
        routes = [route for route in row.routes if route.deleted_at is None]
        first, second = (_tunnel(tunnel, sealer) for tunnel in row.tunnels)
        yield intent.VpnConnection(
            id=row.id,
            generation=row.generation,
            gateway_id=row.vpn_gateway_id,
            customer_address=IPv4Address(customer.ip_address),
            customer_asn=customer.bgp_asn,
            static_routes_only=row.static_routes_only,
            static_routes=tuple(IPv4Network(route.destination_cidr_block) for route in routes),
            static_route_generations=tuple((route.id, route.generation) for route in routes),
            local_cidr=IPv4Network(row.local_ipv4_network_cidr),
            remote_cidr=IPv4Network(row.remote_ipv4_network_cidr),
            tunnels=(first, second),
        )


def _tunnel(row: vpn.VpnTunnel, sealer: Sealer) -> intent.Tunnel:
    assert row.outside_ip_address is not None, "a connection that is not deleted has addresses"
    return intent.Tunnel(
        number=row.number,
        outside_address=IPv4Address(row.outside_ip_address),
        inside=IPv4Network(row.tunnel_inside_cidr),
        psk=sealer.open(row.pre_shared_key, purpose=row.vpn_connection_id),
        psk_id=fingerprint(row.pre_shared_key),
        options=tunnel_options.effective(row.options),
    )
