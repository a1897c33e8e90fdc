"""What was asked for: customer gateways, VPN gateways, VPN connections."""

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from landbridge.store.tables.base import Base, Resource


class CustomerGateway(Resource, Base):
    """A customer gateway (API: CustomerGateway)."""

    __tablename__ = "intent_customer_gateways"

    type: Mapped[str]
    ip_address: Mapped[str] = mapped_column(index=True)
    bgp_asn: Mapped[int]
    device_name: Mapped[str | None]


class VpnGateway(Resource, Base):
    """A virtual private gateway (API: VpnGateway)."""

    __tablename__ = "intent_vpn_gateways"

    type: Mapped[str]
    amazon_side_asn: Mapped[int]
    availability_zone: Mapped[str | None]
    attachment: Mapped["VpnGatewayAttachment | None"] = relationship(lazy="selectin")


class VpnGatewayAttachment(Resource, Base):
    """A gateway's attachment to a VPC; once detached it stays listed until the next one."""

    __tablename__ = "intent_vpn_gateway_attachments"

    vpn_gateway_id: Mapped[str] = mapped_column(ForeignKey("intent_vpn_gateways.id"), unique=True)
    vpc_id: Mapped[str] = mapped_column(ForeignKey("intent_vpcs.id"), index=True)


class VpnConnection(Resource, Base):
    """A Site-to-Site VPN connection (API: VpnConnection)."""

    __tablename__ = "intent_vpn_connections"
    __table_args__ = (Index("ix_intent_vpn_connections_created_at", "created_at"),)

    type: Mapped[str]
    customer_gateway_id: Mapped[str] = mapped_column(
        ForeignKey("intent_customer_gateways.id"), index=True
    )
    vpn_gateway_id: Mapped[str | None] = mapped_column(
        ForeignKey("intent_vpn_gateways.id"), index=True
    )
    "None: not associated."
    static_routes_only: Mapped[bool]
    local_ipv4_network_cidr: Mapped[str]
    remote_ipv4_network_cidr: Mapped[str]
    tunnels: Mapped[list["VpnTunnel"]] = relationship(
        lazy="selectin", order_by="VpnTunnel.number", cascade="all, delete-orphan"
    )
    routes: Mapped[list["VpnConnectionRoute"]] = relationship(
        lazy="selectin",
        order_by="VpnConnectionRoute.destination_cidr_block",
        cascade="all, delete-orphan",
    )


class VpnTunnel(Base):
    """One of a connection's two tunnels."""

    __tablename__ = "intent_vpn_tunnels"

    vpn_connection_id: Mapped[str] = mapped_column(
        ForeignKey("intent_vpn_connections.id"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    outside_ip_address: Mapped[str] = mapped_column(index=True)
    "Another connection's too once this one is deleted and gone."
    tunnel_inside_cidr: Mapped[str] = mapped_column(index=True)
    pre_shared_key: Mapped[str]
    "Sealed (`landbridge.store.secrets`)."
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    "Only what the customer set, by the names of `landbridge.vpn.tunnel_options.OPTIONS`."


class VpnConnectionRoute(Resource, Base):
    """A static route of a connection; its id is ours alone."""

    __tablename__ = "intent_vpn_connection_routes"

    vpn_connection_id: Mapped[str] = mapped_column(
        ForeignKey("intent_vpn_connections.id"), index=True
    )
    destination_cidr_block: Mapped[str]
