"""What was asked for: VPCs and what is in them."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from landbridge.store.tables.base import Base, Resource


class Vpc(Resource, Base):
    """A virtual private cloud (API: Vpc)."""

    __tablename__ = "intent_vpcs"

    cidr_block: Mapped[str]
    enable_dns_support: Mapped[bool] = mapped_column(default=True, server_default=true())
    enable_dns_hostnames: Mapped[bool] = mapped_column(default=False, server_default=false())


class Subnet(Resource, Base):
    """A subnet (API: Subnet)."""

    __tablename__ = "intent_subnets"

    vpc_id: Mapped[str] = mapped_column(ForeignKey("intent_vpcs.id"), index=True)
    cidr_block: Mapped[str]
    availability_zone: Mapped[str]


class RouteTable(Resource, Base):
    """A route table of a VPC (API: RouteTable)."""

    __tablename__ = "intent_route_tables"

    vpc_id: Mapped[str] = mapped_column(ForeignKey("intent_vpcs.id"), index=True)
    associations: Mapped[list["RouteTableAssociation"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="RouteTableAssociation.id"
    )
    routes: Mapped[list["Route"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="Route.destination_cidr_block"
    )
    propagations: Mapped[list["RoutePropagation"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="RoutePropagation.vpn_gateway_id"
    )


class RouteTableAssociation(Base):
    """Which route table a subnet uses; without a subnet: the VPC's main route table."""

    __tablename__ = "intent_route_table_associations"

    id: Mapped[str] = mapped_column(primary_key=True)
    route_table_id: Mapped[str] = mapped_column(ForeignKey("intent_route_tables.id"), index=True)
    subnet_id: Mapped[str | None] = mapped_column(ForeignKey("intent_subnets.id"), unique=True)


class Route(Base):
    """A route that the customer created (API: Route with Origin CreateRoute)."""

    __tablename__ = "intent_routes"

    route_table_id: Mapped[str] = mapped_column(
        ForeignKey("intent_route_tables.id"), primary_key=True
    )
    destination_cidr_block: Mapped[str] = mapped_column(primary_key=True)
    gateway_id: Mapped[str]
    "A VPN gateway."


class RoutePropagation(Base):
    """A gateway that may propagate its routes into a route table."""

    __tablename__ = "intent_route_propagations"

    route_table_id: Mapped[str] = mapped_column(
        ForeignKey("intent_route_tables.id"), primary_key=True
    )
    vpn_gateway_id: Mapped[str] = mapped_column(
        ForeignKey("intent_vpn_gateways.id"), primary_key=True, index=True
    )


class SecurityGroup(Resource, Base):
    """A security group (API: SecurityGroup)."""

    __tablename__ = "intent_security_groups"

    vpc_id: Mapped[str] = mapped_column(ForeignKey("intent_vpcs.id"), index=True)
    group_name: Mapped[str]
    description: Mapped[str]
    rules: Mapped[list["SecurityGroupRule"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="SecurityGroupRule.id"
    )


class SecurityGroupRule(Base):
    """One permission of a security group (API: SecurityGroupRule)."""

    __tablename__ = "intent_security_group_rules"

    id: Mapped[str] = mapped_column(primary_key=True)
    security_group_id: Mapped[str] = mapped_column(
        ForeignKey("intent_security_groups.id"), index=True
    )
    is_egress: Mapped[bool]
    ip_protocol: Mapped[str]
    from_port: Mapped[int | None]
    to_port: Mapped[int | None]
    cidr_ipv4: Mapped[str | None]
    referenced_group_id: Mapped[str | None] = mapped_column(index=True)
    description: Mapped[str | None]


class Instance(Resource, Base):
    """An instance (API: Instance); `deleted_at` is when it was terminated."""

    __tablename__ = "intent_instances"

    subnet_id: Mapped[str] = mapped_column(ForeignKey("intent_subnets.id"), index=True)
    private_ip_address: Mapped[str]
    mac_address: Mapped[str]
    network_interface_id: Mapped[str] = mapped_column(index=True)
    image_id: Mapped[str]
    instance_type: Mapped[str]
    reservation_id: Mapped[str] = mapped_column(index=True)
    launch_index: Mapped[int]
    security_group_ids: Mapped[list[str]] = mapped_column(JSON)


class Tag(Base):
    """A tag of any resource."""

    __tablename__ = "intent_tags"

    resource_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]


class ClientToken(Base):
    """A request that may be repeated with the same outcome (API: ClientToken)."""

    __tablename__ = "intent_client_tokens"

    operation: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(primary_key=True)
    request_digest: Mapped[str]
    resource_id: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime]
