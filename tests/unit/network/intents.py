"""A small installation as intent: one VPC, one gateway, one connection."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from landbridge.vpn.intent import (
    Instance,
    Intent,
    RouteTable,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Tunnel,
    Vpc,
    VpnConnection,
    VpnGateway,
)
from landbridge.vpn.tunnel_options import TunnelOptions

VPC_ID = "vpc-000000000000000a1"
SUBNET_ID = "subnet-000000000000000b1"
TABLE_ID = "rtb-000000000000000c1"
GROUP_ID = "sg-000000000000000d1"
INSTANCE_ID = "i-000000000000000e1"
GATEWAY_ID = "vgw-000000000000000f1"
CONNECTION_ID = "vpn-00000000000000aa1"

CONNECTION = VpnConnection(
    id=CONNECTION_ID,
    gateway_id=GATEWAY_ID,
    customer_address=IPv4Address("198.51.100.2"),
    customer_asn=65000,
    static_routes_only=False,
    static_routes=(),
    local_cidr=IPv4Network("0.0.0.0/0"),
    remote_cidr=IPv4Network("0.0.0.0/0"),
    tunnels=(
        Tunnel(
            number=1,
            outside_address=IPv4Address("203.0.113.2"),
            inside=IPv4Network("169.254.10.0/30"),
            psk="first.secret",
            psk_id="1111",
            options=TunnelOptions(),
        ),
        Tunnel(
            number=2,
            outside_address=IPv4Address("203.0.113.3"),
            inside=IPv4Network("169.254.10.4/30"),
            psk="second.secret",
            psk_id="2222",
            options=TunnelOptions(),
        ),
    ),
)

INTENT = Intent(
    vpcs=(Vpc(id=VPC_ID, cidr=IPv4Network("10.0.0.0/16")),),
    subnets=(
        Subnet(
            id=SUBNET_ID,
            vpc_id=VPC_ID,
            cidr=IPv4Network("10.0.1.0/24"),
            route_table_id=TABLE_ID,
        ),
    ),
    route_tables=(RouteTable(id=TABLE_ID, vpc_id=VPC_ID, routes=(), propagating=(GATEWAY_ID,)),),
    security_groups=(
        SecurityGroup(
            id=GROUP_ID,
            vpc_id=VPC_ID,
            rules=(
                SecurityGroupRule(egress=True, protocol="-1", cidr=IPv4Network("0.0.0.0/0")),
                SecurityGroupRule(
                    egress=False,
                    protocol="icmp",
                    from_port=-1,
                    to_port=-1,
                    cidr=IPv4Network("192.168.0.0/16"),
                ),
                SecurityGroupRule(egress=False, protocol="-1", group_id=GROUP_ID),
            ),
        ),
    ),
    instances=(
        Instance(
            id=INSTANCE_ID,
            subnet_id=SUBNET_ID,
            address=IPv4Address("10.0.1.4"),
            mac="02:00:0a:00:01:04",
            security_group_ids=(GROUP_ID,),
        ),
    ),
    vpn_gateways=(
        VpnGateway(
            id=GATEWAY_ID,
            asn=64512,
            vpc_id=VPC_ID,
            attachment_id="vgw-attach-1",
        ),
    ),
    vpn_connections=(CONNECTION,),
)


def with_connection(**changes: object) -> Intent:
    """The installation with another connection."""
    return replace(INTENT, vpn_connections=(replace(CONNECTION, **changes),))
