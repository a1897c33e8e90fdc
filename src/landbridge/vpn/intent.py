"""What ought to be: the desired state as the agent reads it, frozen, free of SQL and of AWS.

Ids are the API's.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from landbridge.vpn.tunnel_options import TunnelOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc:
    """A virtual private cloud: a router with subnets."""

    id: str
    cidr: IPv4Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A segment of a VPC, routed by one route table."""

    id: str
    vpc_id: str
    cidr: IPv4Network
    route_table_id: str
    "The associated one, or the VPC's main route table."


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable:
    """Where packets leaving its subnets go, besides the VPC itself."""

    id: str
    vpc_id: str
    routes: tuple[tuple[IPv4Network, str], ...]
    "Destination and id of the VPN gateway that is the target, as created by the customer."
    propagating: tuple[str, ...]
    "Ids of VPN gateways whose learnt and static VPN routes enter this table."


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroupRule:
    """One permission; a packet passes if any rule of any of the instance's groups matches."""

    egress: bool
    protocol: str
    "`-1` for all, `tcp`, `udp`, `icmp`, or an IP protocol number."
    from_port: int | None = None
    "For icmp the type; None or -1 is any."
    to_port: int | None = None
    "For icmp the code; None or -1 is any."
    cidr: IPv4Network | None = None
    group_id: str | None = None
    "The other side is an instance of this group; exactly one of cidr and group_id is set."


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup:
    """A set of permissions for the instances that belong to it."""

    id: str
    vpc_id: str
    rules: tuple[SecurityGroupRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A host in a subnet that answers pings: a network namespace."""

    id: str
    subnet_id: str
    address: IPv4Address
    mac: str
    security_group_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VpnGateway:
    """A virtual private gateway: the router where tunnels end."""

    id: str
    asn: int
    vpc_id: str | None
    "The attached VPC."
    attachment_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnel:
    """One of a connection's two tunnels."""

    number: int
    "1 or 2."
    outside_address: IPv4Address
    "Our endpoint; tunnel 1's sorts before tunnel 2's."
    inside: IPv4Network
    "A /30: our address is the first host, the customer's the second."
    psk: str | None
    "None where it is not needed and was left sealed."
    psk_id: str
    "Changes when the key changes and tells nothing about it."
    options: TunnelOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class VpnConnection:
    """Two tunnels between a gateway of ours and a customer gateway device."""

    id: str
    gateway_id: str | None
    "A VPN gateway, or none while not associated."
    customer_address: IPv4Address
    "The device, or the NAT device before it."
    customer_asn: int
    static_routes_only: bool
    static_routes: tuple[IPv4Network, ...]
    local_cidr: IPv4Network
    "The customer's side (guide, Local IPv4 Network CIDR)."
    remote_cidr: IPv4Network
    "Our side."
    tunnels: tuple[Tunnel, Tunnel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """All that one agent is responsible for."""

    vpcs: tuple[Vpc, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    route_tables: tuple[RouteTable, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()
    instances: tuple[Instance, ...] = ()
    vpn_gateways: tuple[VpnGateway, ...] = ()
    vpn_connections: tuple[VpnConnection, ...] = ()
