"""Write and read the agent's report."""

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from landbridge.store.tables.observed import ObservedResource, ObservedRoute, ObservedTunnel
from landbridge.vpn.intent import Intent
from landbridge.vpn.observed import LearntRoute, TunnelStatus


def generations(intent: Intent) -> dict[str, int]:
    """List all resources of an intent with their generations, by id."""
    resources = {
        one.id: one.generation
        for family in (
            intent.vpcs,
            intent.subnets,
            intent.route_tables,
            intent.security_groups,
            intent.instances,
            intent.vpn_gateways,
            intent.vpn_connections,
        )
        for one in family
    }
    for connection in intent.vpn_connections:
        resources.update(connection.static_route_generations)
    for gateway in intent.vpn_gateways:
        if gateway.attachment_id:
            resources[gateway.attachment_id] = gateway.attachment_generation
    return resources


def claim(session: Session, wanted: Iterable[str]) -> None:
    """Note that the agent begins to build these, so that none is deleted behind its back."""
    known = set(session.scalars(select(ObservedResource.id)))
    session.add_all(
        ObservedResource(id=one, generation=None) for one in sorted(set(wanted) - known)
    )


def report(session: Session, in_effect: Mapping[str, int], *, gone: bool, wanted: set[str]) -> None:
    """Write which generation of each resource is in effect.

    `gone` says that everything which is not wanted has been removed from the machine.
    """
    for row in session.scalars(select(ObservedResource)):
        if row.id in in_effect:
            row.generation = in_effect[row.id]
        elif gone and row.id not in wanted:
            session.delete(row)


def report_routes(session: Session, learnt: frozenset[LearntRoute]) -> None:
    """Write which prefixes the gateways reach."""
    wanted = {(route.gateway_id, str(route.prefix)) for route in learnt}
    for row in session.scalars(select(ObservedRoute)):
        key = row.gateway_id, row.prefix
        if key in wanted:
            wanted.discard(key)
        else:
            session.delete(row)
    session.add_all(ObservedRoute(gateway_id=one, prefix=prefix) for one, prefix in sorted(wanted))


def report_tunnels(session: Session, statuses: Iterable[TunnelStatus]) -> None:
    """Write the status of tunnels that changed."""
    for status in statuses:
        session.merge(
            ObservedTunnel(
                vpn_connection_id=status.connection_id,
                number=status.number,
                up=status.up,
                message=status.message,
                last_change=status.last_change,
                accepted_routes=status.accepted_routes,
                packets_in=status.packets_in,
                bytes_in=status.bytes_in,
                packets_out=status.packets_out,
                bytes_out=status.bytes_out,
                drops=dict(status.drops),
            )
        )


def forget_tunnels(session: Session, connections: set[str]) -> None:
    """Drop the status of tunnels whose connection is none of these."""
    session.execute(
        delete(ObservedTunnel).where(ObservedTunnel.vpn_connection_id.not_in(connections))
    )


def tunnels(session: Session, connections: Collection[str] | None = None) -> list[TunnelStatus]:
    """Read the last status of every tunnel, or of those of some connections."""
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
            packets_in=row.packets_in,
            bytes_in=row.bytes_in,
            packets_out=row.packets_out,
            bytes_out=row.bytes_out,
            drops=MappingProxyType(row.drops),
        )
        for row in session.execute(query)
    ]


def forget_all(session: Session) -> None:
    """Report that nothing exists any more."""
    for table in (ObservedResource, ObservedRoute, ObservedTunnel):
        session.execute(delete(table))
