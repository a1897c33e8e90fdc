"""What was seen, written by the agent only."""

from datetime import datetime

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from landbridge.store.tables.base import Base


class ObservedResource(Base):
    """A resource that the agent is building or has built; no row: nothing of it exists."""

    __tablename__ = "observed_resources"

    id: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int | None]
    "The last one fully in effect; None while first being built."


class ObservedTrouble(Base):
    """What the agent could not put right, and tries again (`landbridge.vpn.observed.Trouble`)."""

    __tablename__ = "observed_troubles"

    part: Mapped[str] = mapped_column(primary_key=True)
    "Of the network, in the agent's words."
    resource_id: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    message: Mapped[str]


class ObservedTunnel(Base):
    """The status of one tunnel (`landbridge.vpn.observed.TunnelStatus`)."""

    __tablename__ = "observed_tunnels"

    vpn_connection_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    up: Mapped[bool]
    message: Mapped[str]
    last_change: Mapped[datetime]
    accepted_routes: Mapped[int]
    refused_routes: Mapped[int] = mapped_column(default=0, server_default="0")


class ObservedCounters(Base):
    """What went through one tunnel (`landbridge.vpn.observed.Counters`)."""

    __tablename__ = "observed_counters"

    vpn_connection_id: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    packets_in: Mapped[int]
    bytes_in: Mapped[int]
    packets_out: Mapped[int]
    bytes_out: Mapped[int]
    drops: Mapped[dict[str, int]] = mapped_column(JSON)


class ObservedRoute(Base):
    """A prefix that a gateway reaches over its VPN connections at the moment."""

    __tablename__ = "observed_routes"

    gateway_id: Mapped[str] = mapped_column(primary_key=True)
    prefix: Mapped[str] = mapped_column(primary_key=True)
