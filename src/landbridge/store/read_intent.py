"""Read the desired state: from the api's tables to `landbridge.vpn.intent`.

All of it, or what planning one resource's part of the network needs and no more, so that a look
at one costs the same however many there are:

    VPN connection   itself, with its keys
    VPN gateway      itself, its VPC, its connections without their keys
    VPC              itself, its subnets, route tables and gateways
    instance         itself, its subnet, the security groups of its VPC and their members
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import ColumnElement, false, select, true
from sqlalchemy.orm import Session

from landbridge.store import intent_rows
from landbridge.store.secrets import Sealer
from landbridge.store.tables import vpc, vpn
from landbridge.store.tables.base import Resource
from landbridge.vpn import intent

R = TypeVar("R", bound=Resource)
Condition = ColumnElement[bool]
_ALL: Condition = true()
_NONE: Condition = false()
"Not asked of the database at all."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """Which rows of each table are to be read."""

    vpcs: Condition
    subnets: Condition
    route_tables: Condition
    security_groups: Condition
    instances: Condition
    vpn_gateways: Condition
    vpn_connections: Condition
    keys: bool
    "Whether the pre-shared keys are to be opened."


def read_intent(session: Session, sealer: Sealer, of: str | None = None) -> intent.Intent:
    """Read what is not deleted, in the order of ids: all, or what planning the resource `of` needs.

    Raises `SealBrokenError` when a key that is needed cannot be opened.
    """
    scope = _scope(of)
    opener = sealer if scope.keys else None
    return intent.Intent(
        vpcs=tuple(map(intent_rows.vpc, _alive(session, vpc.Vpc, scope.vpcs))),
        subnets=tuple(_subnets(session, scope.subnets)),
        route_tables=tuple(
            map(intent_rows.route_table, _alive(session, vpc.RouteTable, scope.route_tables))
        ),
        security_groups=tuple(
            map(
                intent_rows.security_group,
                _alive(session, vpc.SecurityGroup, scope.security_groups),
            )
        ),
        instances=tuple(map(intent_rows.instance, _alive(session, vpc.Instance, scope.instances))),
        vpn_gateways=tuple(
            map(intent_rows.vpn_gateway, _alive(session, vpn.VpnGateway, scope.vpn_gateways))
        ),
        vpn_connections=tuple(
            intent_rows.vpn_connection(row, customer, opener)
            for row, customer in _connections(session, scope.vpn_connections)
        ),
    )


def _scope(of: str | None) -> _Scope:
    conditions: dict[str, Condition] = {
        name: _ALL if of is None else _NONE for name in _Scope.__annotations__ if name != "keys"
    }
    if of is not None:
        conditions |= dict(_SCOPES[of.rpartition("-")[0]](of))
    return _Scope(keys=of is None or of.startswith("vpn-"), **conditions)


def _of_connection(one: str) -> Iterator[tuple[str, Condition]]:
    yield "vpn_connections", vpn.VpnConnection.id == one


def _of_gateway(one: str) -> Iterator[tuple[str, Condition]]:
    attached = select(vpn.VpnGatewayAttachment.vpc_id).where(
        vpn.VpnGatewayAttachment.vpn_gateway_id == one,
        vpn.VpnGatewayAttachment.deleted_at.is_(None),
    )
    yield "vpn_gateways", vpn.VpnGateway.id == one
    yield "vpn_connections", vpn.VpnConnection.vpn_gateway_id == one
    yield "vpcs", vpc.Vpc.id.in_(attached)


def _of_vpc(one: str) -> Iterator[tuple[str, Condition]]:
    attached = select(vpn.VpnGatewayAttachment.vpn_gateway_id).where(
        vpn.VpnGatewayAttachment.vpc_id == one, vpn.VpnGatewayAttachment.deleted_at.is_(None)
    )
    yield "vpcs", vpc.Vpc.id == one
    yield "subnets", vpc.Subnet.vpc_id == one
    yield "route_tables", vpc.RouteTable.vpc_id == one
    yield "vpn_gateways", vpn.VpnGateway.id.in_(attached)


def _of_instance(one: str) -> Iterator[tuple[str, Condition]]:
    its_vpc = (
        select(vpc.Subnet.vpc_id)
        .join(vpc.Instance, vpc.Instance.subnet_id == vpc.Subnet.id)
        .where(vpc.Instance.id == one)
        .scalar_subquery()
    )
    subnets = select(vpc.Subnet.id).where(vpc.Subnet.vpc_id == its_vpc)
    yield "instances", vpc.Instance.subnet_id.in_(subnets)
    yield "subnets", vpc.Subnet.vpc_id == its_vpc
    yield "security_groups", vpc.SecurityGroup.vpc_id == its_vpc


_SCOPES = {"vpn": _of_connection, "vgw": _of_gateway, "vpc": _of_vpc, "i": _of_instance}


def _alive(session: Session, table: type[R], condition: Condition) -> Iterable[R]:
    if condition is _NONE:
        return ()
    return session.scalars(
        select(table).where(table.deleted_at.is_(None), condition).order_by(table.id)
    )


def _connections(
    session: Session, condition: Condition
) -> Iterable[tuple[vpn.VpnConnection, vpn.CustomerGateway]]:
    if condition is _NONE:
        return ()
    connections, customers = vpn.VpnConnection, vpn.CustomerGateway
    return session.execute(
        select(connections, customers)
        .join(customers, connections.customer_gateway_id == customers.id)
        .where(connections.deleted_at.is_(None), condition)
        .order_by(connections.id)
    )


def _subnets(session: Session, condition: Condition) -> Iterator[intent.Subnet]:
    """Read subnets with their route tables: the associated one, or the VPC's main one."""
    table, association = vpc.RouteTable, vpc.RouteTableAssociation
    rows = list(_alive(session, vpc.Subnet, condition))
    if not rows:
        return
    by_subnet: dict[str, str] = {}
    main: dict[str, str] = {}
    for vpc_id, one in session.execute(
        select(table.vpc_id, association)
        .join(association, association.route_table_id == table.id)
        .where(table.deleted_at.is_(None), table.vpc_id.in_({row.vpc_id for row in rows}))
    ):
        if one.subnet_id is None:
            main[vpc_id] = one.route_table_id
        else:
            by_subnet[one.subnet_id] = one.route_table_id
    for row in rows:
        yield intent_rows.subnet(row, by_subnet.get(row.id) or main[row.vpc_id])
