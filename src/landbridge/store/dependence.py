"""Whose part of the network depends on which resources.

A part is named by its resource: a VPN connection, a VPN gateway, a VPC or an instance.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from landbridge.store.tables import vpc, vpn
from landbridge.store.tables.base import Resource, resource_tables
from landbridge.store.tables.observed import ObservedResource

Ids = Collection[str]
_TABLES: dict[str, type[Resource]] = {
    "vpc": vpc.Vpc,
    "vgw": vpn.VpnGateway,
    "vpn": vpn.VpnConnection,
    "i": vpc.Instance,
}
"Of the resources that have parts, by the prefix of their ids; each after what it stands on."


def parts(session: Session) -> list[str]:
    """Name the parts of all that is not deleted, each after those that it stands on."""
    return [
        one
        for table in _TABLES.values()
        for one in session.scalars(
            select(table.id).where(table.deleted_at.is_(None)).order_by(table.id)
        )
    ]


def leaving(session: Session) -> set[str]:
    """Name the parts of what is deleted and has not been reported gone."""
    deleted = [
        one
        for table in resource_tables()
        for one in session.scalars(
            select(table.id)
            .join(ObservedResource, ObservedResource.id == table.id)
            .where(table.deleted_at.is_not(None))
        )
    ]
    return affected(session, deleted)


def resource(session: Session, prefix: str, digits: str) -> str | None:
    """Find the VPC, VPN gateway, VPN connection or instance whose id ends with these digits."""
    table = _TABLES[prefix]
    return session.scalar(select(table.id).where(table.id.endswith(digits)))


def dependants(session: Session, part: str | None) -> set[str]:
    """Name the parts that have links into one; None is the outside."""
    connections = select(vpn.VpnConnection.id).where(vpn.VpnConnection.deleted_at.is_(None))
    if part is None:
        return set(session.scalars(connections))
    if _prefix(part) not in {"vgw", "vpc"}:
        return set()
    instances = _instances_of(session, select(vpc.Vpc.id).where(vpc.Vpc.id == part))
    return {
        *session.scalars(connections.where(vpn.VpnConnection.vpn_gateway_id == part)),
        *attached(session, part),
        *(one.id for one in instances),
    }


def attached(session: Session, gateway: str) -> set[str]:
    """Name the VPCs that a gateway is attached to."""
    attachments = vpn.VpnGatewayAttachment
    return set(
        session.scalars(
            select(attachments.vpc_id).where(
                attachments.vpn_gateway_id == gateway, attachments.deleted_at.is_(None)
            )
        )
    )


def affected(session: Session, changed: Iterable[str]) -> set[str]:
    """Name the parts that depend on resources, deleted ones included; others are in no part."""
    found: set[str] = set()
    for prefix, ids in groupby(sorted(changed, key=_prefix), key=_prefix):
        if prefix in _DEPEND:
            found.update(one for one in _DEPEND[prefix](session, list(ids)) if one)
    return found


def _prefix(resource_id: str) -> str:
    return resource_id.rpartition("-")[0]


def _connections(session: Session, ids: Ids) -> Iterator[str | None]:
    yield from ids
    yield from session.scalars(
        select(vpn.VpnConnection.vpn_gateway_id).where(vpn.VpnConnection.id.in_(ids))
    )


def _connection_routes(session: Session, ids: Ids) -> Iterator[str | None]:
    routes = vpn.VpnConnectionRoute
    connections = session.scalars(select(routes.vpn_connection_id).where(routes.id.in_(ids)))
    yield from _connections(session, list(connections))


def _customer_gateways(session: Session, ids: Ids) -> Iterator[str | None]:
    connections = session.scalars(
        select(vpn.VpnConnection.id).where(
            vpn.VpnConnection.customer_gateway_id.in_(ids), vpn.VpnConnection.deleted_at.is_(None)
        )
    )
    yield from _connections(session, list(connections))


def _vpn_gateways(session: Session, ids: Ids) -> Iterator[str | None]:
    yield from ids
    attachments = vpn.VpnGatewayAttachment
    yield from session.scalars(
        select(attachments.vpc_id).where(attachments.vpn_gateway_id.in_(ids))
    )


def _attachments(session: Session, ids: Ids) -> Iterator[str | None]:
    attachments = vpn.VpnGatewayAttachment
    for row in session.scalars(select(attachments).where(attachments.id.in_(ids))):
        yield row.vpn_gateway_id
        yield row.vpc_id


def _vpcs(session: Session, ids: Ids) -> Iterator[str | None]:
    yield from ids
    attachments = vpn.VpnGatewayAttachment
    yield from session.scalars(
        select(attachments.vpn_gateway_id).where(
            attachments.vpc_id.in_(ids), attachments.deleted_at.is_(None)
        )
    )


def _subnets(session: Session, ids: Ids) -> Iterator[str | None]:
    yield from session.scalars(select(vpc.Subnet.vpc_id).where(vpc.Subnet.id.in_(ids)))


def _route_tables(session: Session, ids: Ids) -> Iterator[str | None]:
    yield from session.scalars(select(vpc.RouteTable.vpc_id).where(vpc.RouteTable.id.in_(ids)))


def _security_groups(session: Session, ids: Ids) -> Iterator[str | None]:
    groups = select(vpc.SecurityGroup.vpc_id).where(vpc.SecurityGroup.id.in_(ids))
    for one in _instances_of(session, groups):
        if not set(ids).isdisjoint(one.security_group_ids):
            yield one.id


def _instances(session: Session, ids: Ids) -> Iterator[str | None]:
    """An instance's address is in the rules of all whose groups refer to groups."""
    yield from ids
    vpcs = (
        select(vpc.Subnet.vpc_id)
        .join(vpc.Instance, vpc.Instance.subnet_id == vpc.Subnet.id)
        .where(vpc.Instance.id.in_(ids))
    )
    rules = vpc.SecurityGroupRule
    referring = set(
        session.scalars(
            select(rules.security_group_id)
            .join(vpc.SecurityGroup, vpc.SecurityGroup.id == rules.security_group_id)
            .where(vpc.SecurityGroup.vpc_id.in_(vpcs), rules.referenced_group_id.is_not(None))
        )
    )
    for one in _instances_of(session, vpcs):
        if not referring.isdisjoint(one.security_group_ids):
            yield one.id


def _instances_of(session: Session, vpcs: Select[Any]) -> Iterable[vpc.Instance]:
    subnets = select(vpc.Subnet.id).where(vpc.Subnet.vpc_id.in_(vpcs))
    return session.scalars(
        select(vpc.Instance).where(
            vpc.Instance.subnet_id.in_(subnets), vpc.Instance.deleted_at.is_(None)
        )
    )


_DEPEND: dict[str, Callable[[Session, Ids], Iterator[str | None]]] = {
    "cgw": _customer_gateways,
    "i": _instances,
    "rtb": _route_tables,
    "sg": _security_groups,
    "subnet": _subnets,
    "vgw": _vpn_gateways,
    "vgw-attach": _attachments,
    "vpc": _vpcs,
    "vpn": _connections,
    "vpn-route": _connection_routes,
}
"By the prefix of ids."
