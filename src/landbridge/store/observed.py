"""Write and read the agent's report.

The agent works on parts of the network, each named by the resource whose it is: a VPN connection,
a VPN gateway, a VPC or an instance. What else belongs to a part follows from the tables.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from landbridge.store.tables import vpc, vpn
from landbridge.store.tables.base import Resource
from landbridge.store.tables.observed import (
    ObservedCounters,
    ObservedResource,
    ObservedRoute,
    ObservedTrouble,
    ObservedTunnel,
)
from landbridge.vpn.observed import Counters, LearntRoute, Trouble, TunnelStatus


@dataclass(frozen=True, slots=True)
class Wanted:
    """A resource as it was asked for when its part was read."""

    id: str
    generation: int
    deleted: bool
    claimed: bool
    "The agent has said that it builds it, or has built it."


def resources(session: Session, part: str) -> tuple[Wanted, ...]:
    """List the resources that exist through a part, those that are to go included."""
    return tuple(
        Wanted(one.id, one.generation, one.deleted_at is not None, one.seen is not None)
        for table, condition in _BELONG[part.rpartition("-")[0]](part)
        for one in session.execute(
            select(table.id, table.generation, table.deleted_at, ObservedResource.id.label("seen"))
            .outerjoin(ObservedResource, ObservedResource.id == table.id)
            .where(condition)
            .where(or_(table.deleted_at.is_(None), ObservedResource.id.is_not(None)))
        )
    )


Belonging = Iterator[tuple[type[Resource], ColumnElement[bool]]]


def _of_connection(part: str) -> Belonging:
    """Static routes without a gateway have no other part to be in."""
    yield vpn.VpnConnection, vpn.VpnConnection.id == part
    alone = select(vpn.VpnConnection.id).where(
        vpn.VpnConnection.id == part, vpn.VpnConnection.vpn_gateway_id.is_(None)
    )
    yield vpn.VpnConnectionRoute, vpn.VpnConnectionRoute.vpn_connection_id.in_(alone)


def _of_gateway(part: str) -> Belonging:
    yield vpn.VpnGateway, vpn.VpnGateway.id == part
    its = select(vpn.VpnConnection.id).where(vpn.VpnConnection.vpn_gateway_id == part)
    yield vpn.VpnConnectionRoute, vpn.VpnConnectionRoute.vpn_connection_id.in_(its)


def _of_vpc(part: str) -> Belonging:
    yield vpc.Vpc, vpc.Vpc.id == part
    yield vpc.Subnet, vpc.Subnet.vpc_id == part
    yield vpc.RouteTable, vpc.RouteTable.vpc_id == part
    yield vpn.VpnGatewayAttachment, vpn.VpnGatewayAttachment.vpc_id == part


def _of_instance(part: str) -> Belonging:
    yield vpc.Instance, vpc.Instance.id == part


_BELONG = {"vpn": _of_connection, "vgw": _of_gateway, "vpc": _of_vpc, "i": _of_instance}


def claim(session: Session, wanted: Iterable[Wanted]) -> None:
    """Note that the agent begins to build these, so that none is deleted behind its back."""
    session.add_all(
        ObservedResource(id=one.id, generation=None)
        for one in wanted
        if not one.deleted and not one.claimed
    )


def report(
    session: Session, wanted: Iterable[Wanted], *, failed: Collection[str], gone: bool
) -> None:
    """Write which generation of each resource of a part is in effect.

    `failed` are the ids of those that could not be built as asked for; `gone` says that everything
    which is not wanted has been removed from the machine.
    """
    for one in wanted:
        row = session.get(ObservedResource, one.id)
        if row is not None and one.deleted and gone:
            session.delete(row)
        elif row is not None and not one.deleted and one.id not in failed:
            row.generation = one.generation


def report_troubles(
    session: Session, part: str, messages: Mapping[str, str], now: datetime
) -> None:
    """Write what is wrong in a part, by resource; what is no longer wrong goes."""
    known = {
        row.resource_id: row
        for row in session.scalars(select(ObservedTrouble).where(ObservedTrouble.part == part))
    }
    for resource_id in known.keys() - messages.keys():
        session.delete(known[resource_id])
    for resource_id, message in messages.items():
        if resource_id in known:
            known[resource_id].message = message
        else:
            session.add(
                ObservedTrouble(part=part, resource_id=resource_id, since=now, message=message)
            )


def forget_troubles(session: Session) -> None:
    """Drop all troubles: who looks at everything anew finds those that last."""
    session.execute(delete(ObservedTrouble))


def troubles(session: Session) -> list[Trouble]:
    """Read what is wrong, the oldest first."""
    rows = session.scalars(
        select(ObservedTrouble).order_by(ObservedTrouble.since, ObservedTrouble.resource_id)
    )
    return [Trouble(resource=row.resource_id, since=row.since, message=row.message) for row in rows]


def report_routes(
    session: Session, gateways: Collection[str], learnt: Collection[LearntRoute]
) -> None:
    """Write which prefixes these gateways reach; what is attached to no VPC reaches nothing."""
    attached = select(vpn.VpnGatewayAttachment.vpn_gateway_id).where(
        vpn.VpnGatewayAttachment.deleted_at.is_(None)
    )
    session.execute(delete(ObservedRoute).where(ObservedRoute.gateway_id.not_in(attached)))
    wanted = {(route.gateway_id, str(route.prefix)) for route in learnt}
    for row in session.scalars(select(ObservedRoute).where(ObservedRoute.gateway_id.in_(gateways))):
        key = row.gateway_id, row.prefix
        if key in wanted:
            wanted.discard(key)
        else:
            session.delete(row)
    session.add_all(ObservedRoute(gateway_id=one, prefix=prefix) for one, prefix in sorted(wanted))


def report_tunnels(session: Session, statuses: Iterable[TunnelStatus]) -> None:
    """Write the status of tunnels that changed."""
    _write(
        session,
        ObservedTunnel,
        [
            {
                "vpn_connection_id": status.connection_id,
                "number": status.number,
                "up": status.up,
                "message": status.message,
                "last_change": status.last_change,
                "accepted_routes": status.accepted_routes,
                "refused_routes": status.refused_routes,
            }
            for status in statuses
        ],
    )


def report_counters(session: Session, counted: Mapping[tuple[str, int], Counters]) -> None:
    """Write the counters of tunnels, by connection id and number."""
    _write(
        session,
        ObservedCounters,
        [
            {
                "vpn_connection_id": connection_id,
                "number": number,
                "packets_in": one.packets_in,
                "bytes_in": one.bytes_in,
                "packets_out": one.packets_out,
                "bytes_out": one.bytes_out,
                "drops": dict(one.drops),
            }
            for (connection_id, number), one in counted.items()
        ],
    )


def _write(session: Session, table: Any, rows: list[dict[str, Any]]) -> None:
    """Write rows of tunnels in the place of those that are there, in three statements at most."""
    connections = {row["vpn_connection_id"] for row in rows}
    keys = select(table.vpn_connection_id, table.number)
    known = {
        (row.vpn_connection_id, row.number)
        for row in session.execute(keys.where(table.vpn_connection_id.in_(connections)))
    }
    there = [row for row in rows if (row["vpn_connection_id"], row["number"]) in known]
    for statement, some in (
        (update(table), there),
        (insert(table), [row for row in rows if row not in there]),
    ):
        if some:
            session.execute(statement, some)


def forget_tunnels(session: Session, connection_id: str) -> None:
    """Drop what was seen of a connection's tunnels."""
    for table in (ObservedTunnel, ObservedCounters):
        session.execute(delete(table).where(table.vpn_connection_id == connection_id))


def tunnels(session: Session, connections: Collection[str] | None = None) -> list[TunnelStatus]:
    """Read the last status of tunnels: of these connections, or of all."""
    query = select(*ObservedTunnel.__table__.columns)
    if connections is not None:
        query = query.where(ObservedTunnel.vpn_connection_id.in_(connections))
    return [
        TunnelStatus(
            connection_id=row.vpn_connection_id,
            number=row.number,
            up=row.up,
            message=row.message,
            last_change=row.last_change,
            accepted_routes=row.accepted_routes,
            refused_routes=row.refused_routes,
        )
        for row in session.execute(query)
    ]


def counters(session: Session) -> dict[tuple[str, int], Counters]:
    """Read the counters of all tunnels, by connection id and number."""
    return {
        (row.vpn_connection_id, row.number): Counters(
            packets_in=row.packets_in,
            bytes_in=row.bytes_in,
            packets_out=row.packets_out,
            bytes_out=row.bytes_out,
            drops=MappingProxyType(row.drops),
        )
        for row in session.scalars(select(ObservedCounters))
    }


def forget_all(session: Session) -> None:
    """Report that nothing exists any more."""
    for table in (
        ObservedResource,
        ObservedRoute,
        ObservedTrouble,
        ObservedTunnel,
        ObservedCounters,
    ):
        session.execute(delete(table))
