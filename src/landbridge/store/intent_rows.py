"""From rows of the api's tables to values of `landbridge.vpn.intent`."""

from ipaddress import IPv4Address, IPv4Network

from landbridge.store.secrets import Sealer, fingerprint
from landbridge.store.tables import vpc as vpc_tables
from landbridge.store.tables import vpn as vpn_tables
from landbridge.vpn import intent, tunnel_options


def vpc(row: vpc_tables.Vpc) -> intent.Vpc:
    """Read a VPC."""
    return intent.Vpc(id=row.id, cidr=IPv4Network(row.cidr_block))


def subnet(row: vpc_tables.Subnet, route_table_id: str) -> intent.Subnet:
    """Read a subnet that is routed by this route table."""
    return intent.Subnet(
        id=row.id,
        vpc_id=row.vpc_id,
        cidr=IPv4Network(row.cidr_block),
        route_table_id=route_table_id,
    )


def route_table(row: vpc_tables.RouteTable) -> intent.RouteTable:
    """Read a route table."""
    return intent.RouteTable(
        id=row.id,
        vpc_id=row.vpc_id,
        routes=tuple(
            (IPv4Network(route.destination_cidr_block), route.gateway_id) for route in row.routes
        ),
        propagating=tuple(one.vpn_gateway_id for one in row.propagations),
    )


def security_group(row: vpc_tables.SecurityGroup) -> intent.SecurityGroup:
    """Read a security group."""
    return intent.SecurityGroup(
        id=row.id,
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


def instance(row: vpc_tables.Instance) -> intent.Instance:
    """Read an instance."""
    return intent.Instance(
        id=row.id,
        subnet_id=row.subnet_id,
        address=IPv4Address(row.private_ip_address),
        mac=row.mac_address,
        security_group_ids=tuple(row.security_group_ids),
    )


def vpn_gateway(row: vpn_tables.VpnGateway) -> intent.VpnGateway:
    """Read a VPN gateway with its attachment, if it has one."""
    attachment = row.attachment
    attached = attachment is not None and attachment.deleted_at is None
    return intent.VpnGateway(
        id=row.id,
        asn=row.amazon_side_asn,
        vpc_id=attachment.vpc_id if attachment and attached else None,
        attachment_id=attachment.id if attachment and attached else None,
    )


def vpn_connection(
    row: vpn_tables.VpnConnection, customer: vpn_tables.CustomerGateway, sealer: Sealer | None
) -> intent.VpnConnection:
    """Read a VPN connection; without a sealer its keys stay unread."""
    first, second = (_tunnel(tunnel, sealer) for tunnel in row.tunnels)
    return intent.VpnConnection(
        id=row.id,
        gateway_id=row.vpn_gateway_id,
        customer_address=IPv4Address(customer.ip_address),
        customer_asn=customer.bgp_asn,
        static_routes_only=row.static_routes_only,
        static_routes=tuple(
            IPv4Network(route.destination_cidr_block)
            for route in row.routes
            if route.deleted_at is None
        ),
        local_cidr=IPv4Network(row.local_ipv4_network_cidr),
        remote_cidr=IPv4Network(row.remote_ipv4_network_cidr),
        tunnels=(first, second),
    )


def _tunnel(row: vpn_tables.VpnTunnel, sealer: Sealer | None) -> intent.Tunnel:
    psk = None
    if sealer:
        psk = sealer.open(row.pre_shared_key, purpose=row.vpn_connection_id)
    return intent.Tunnel(
        number=row.number,
        outside_address=IPv4Address(row.outside_ip_address),
        inside=IPv4Network(row.tunnel_inside_cidr),
        psk=psk,
        psk_id=fingerprint(row.pre_shared_key),
        options=tunnel_options.effective(row.options),
    )
