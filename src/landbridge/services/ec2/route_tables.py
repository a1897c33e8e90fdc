"""Route tables and what they show: local, created and propagated routes.

Source: Amazon VPC User Guide, "Configure route tables"; guide, "Route tables and VPN route
priority". Which subnet uses which table: `route_table_associations`; the customer's routes:
`routes`; propagation: `route_propagation`.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from sqlalchemy import select

from landbridge.aws.errors import DependencyViolation
from landbridge.aws.filters import Filters
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2 import client_tokens, tags
from landbridge.services.ec2.kinds import ROUTE_TABLE, VPC
from landbridge.services.ec2.listing import absent, listing, member
from landbridge.services.ec2.resources import row, rows, states, unsupported, without_none
from landbridge.services.ec2.route_table_associations import PREFIX, association_states
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.observed import ObservedRoute
from landbridge.store.tables.vpc import RouteTable, RouteTableAssociation, Vpc
from landbridge.store.tables.vpn import VpnGatewayAttachment
from landbridge.vpn.lifecycle import State

_LISTED = {"Filters", "RouteTableIds", "MaxResults", "NextToken"}
_FILTERS: Filters = {
    "association.main": member("Associations.Main"),
    "association.route-table-association-id": member("Associations.RouteTableAssociationId"),
    "association.route-table-id": member("Associations.RouteTableId"),
    "association.subnet-id": member("Associations.SubnetId"),
    "owner-id": member("OwnerId"),
    "route-table-id": member("RouteTableId"),
    "route.destination-cidr-block": member("Routes.DestinationCidrBlock"),
    "route.gateway-id": member("Routes.GatewayId"),
    "route.origin": member("Routes.Origin"),
    "route.state": member("Routes.State"),
    "vpc-id": member("VpcId"),
    **absent(
        "association.gateway-id",
        "route.destination-ipv6-cidr-block",
        "route.destination-prefix-list-id",
        "route.egress-only-internet-gateway-id",
        "route.instance-id",
        "route.nat-gateway-id",
        "route.transit-gateway-id",
        "route.vpc-peering-connection-id",
        "transit-gateway-id",
    ),
}


@operation("CreateRouteTable")
def create_route_table(ctx: Context, request: Request) -> Response:
    """Create a route table."""
    unsupported(request, {"VpcId", "TagSpecifications", "ClientToken"})
    vpc = row(ctx, Vpc, request["VpcId"], VPC)
    earlier = client_tokens.earlier(ctx, "CreateRouteTable", request)
    if earlier is not None:
        return _created(ctx, request, row(ctx, RouteTable, earlier, ROUTE_TABLE))
    created = RouteTable(id=new_id(ROUTE_TABLE.prefix), created_at=ctx.now, vpc_id=vpc.id)
    wanted_tags = tags.specified(request, ROUTE_TABLE)
    ctx.session.add(created)
    tags.create(ctx, created.id, wanted_tags)
    client_tokens.remember(ctx, "CreateRouteTable", request, created.id)
    ctx.session.flush()
    return _created(ctx, request, created)


@operation("DescribeRouteTables")
def describe_route_tables(ctx: Context, request: Request) -> Response:
    """List route tables."""
    unsupported(request, _LISTED)
    listed = rows(ctx, RouteTable, request.get("RouteTableIds") or [], ROUTE_TABLE)
    return listing("RouteTables", _described(ctx, listed), request, _FILTERS, key="RouteTableId")


@operation("DeleteRouteTable")
def delete_route_table(ctx: Context, request: Request) -> Response:
    """Delete a route table that is not the main one and that no subnet uses."""
    doomed = row(ctx, RouteTable, request["RouteTableId"], ROUTE_TABLE)
    if doomed.associations:
        raise DependencyViolation(
            f"The routeTable '{doomed.id}' has dependencies and cannot be deleted: "
            f"'{doomed.associations[0].id}'."
        )
    discard(ctx, doomed)
    return {}


def create_main(ctx: Context, vpc_id: str) -> RouteTable:
    """Create the table of the subnets that name none."""
    table = RouteTable(
        id=new_id(ROUTE_TABLE.prefix),
        created_at=ctx.now,
        vpc_id=vpc_id,
        associations=[RouteTableAssociation(id=new_id(PREFIX), subnet_id=None)],
    )
    ctx.session.add(table)
    return table


def is_main(table: RouteTable) -> bool:
    """Tell whether a table is its VPC's main one."""
    return any(one.subnet_id is None for one in table.associations)


def discard(ctx: Context, table: RouteTable) -> None:
    """Delete a table with all that is in it."""
    table.associations.clear()
    table.routes.clear()
    table.propagations.clear()
    tags.remove(ctx, [table.id])
    table.deleted_at = ctx.now


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gateways:
    """What the routes of tables depend on."""

    attached: Mapping[str, str]
    "The VPC of each gateway whose attachment is in effect."
    reached: Mapping[str, Collection[str]]
    "The prefixes that each gateway reaches over its VPN connections."


def _created(ctx: Context, request: Request, table: RouteTable) -> Response:
    answer = {
        "RouteTable": _described(ctx, [table])[0],
        "ClientToken": request.get("ClientToken"),
    }
    return without_none(answer)


def _described(ctx: Context, listed: list[RouteTable]) -> list[dict[str, Any]]:
    all_tags = tags.tags_of(ctx, [one.id for one in listed])
    blocks = {
        one.id: IPv4Network(one.cidr_block)
        for one in ctx.session.scalars(
            select(Vpc).where(Vpc.id.in_({one.vpc_id for one in listed}))
        )
    }
    gateways = _gateways(ctx, listed)
    associations = association_states(ctx, listed)
    return [
        {
            "RouteTableId": one.id,
            "VpcId": one.vpc_id,
            "OwnerId": ctx.account_id,
            "Associations": [
                without_none(
                    {
                        "RouteTableAssociationId": association.id,
                        "RouteTableId": one.id,
                        "SubnetId": association.subnet_id,
                        "Main": association.subnet_id is None,
                        "AssociationState": associations[association.id],
                    }
                )
                for association in one.associations
            ],
            "PropagatingVgws": [{"GatewayId": each.vpn_gateway_id} for each in one.propagations],
            "Routes": _routes(one, blocks[one.vpc_id], gateways),
            "Tags": all_tags[one.id],
        }
        for one in listed
    ]


def _gateways(ctx: Context, listed: Iterable[RouteTable]) -> _Gateways:
    propagating = {each.vpn_gateway_id for one in listed for each in one.propagations}
    targets = {route.gateway_id for one in listed for route in one.routes}
    attachments = list(
        ctx.session.scalars(
            select(VpnGatewayAttachment).where(
                VpnGatewayAttachment.vpn_gateway_id.in_(propagating | targets),
                VpnGatewayAttachment.deleted_at.is_(None),
            )
        )
    )
    all_states = states(ctx, attachments)
    prefixes = (
        select(ObservedRoute)
        .where(ObservedRoute.gateway_id.in_(propagating))
        .order_by(ObservedRoute.prefix)
    )
    reached: dict[str, list[str]] = {}
    for route in ctx.session.scalars(prefixes):
        reached.setdefault(route.gateway_id, []).append(route.prefix)
    return _Gateways(
        attached={
            one.vpn_gateway_id: one.vpc_id
            for one in attachments
            if all_states[one.id] is State.AVAILABLE
        },
        reached=reached,
    )


def _routes(table: RouteTable, vpc_block: IPv4Network, gateways: _Gateways) -> list[dict[str, str]]:
    """List routes as they are in effect (`landbridge.network.plan.vpcs` says it to Linux).

    A created route hides a propagated one with its destination; the VPC's block hides what is
    within it.
    """
    created = {
        route.destination_cidr_block: _route(
            route.destination_cidr_block,
            route.gateway_id,
            "CreateRoute",
            active=gateways.attached.get(route.gateway_id) == table.vpc_id,
        )
        for route in table.routes
    }
    propagated = [
        _route(prefix, one.vpn_gateway_id, "EnableVgwRoutePropagation")
        for one in table.propagations
        if gateways.attached.get(one.vpn_gateway_id) == table.vpc_id
        for prefix in gateways.reached.get(one.vpn_gateway_id, ())
        if prefix not in created and not IPv4Network(prefix).subnet_of(vpc_block)
    ]
    return [_route(str(vpc_block), "local", "CreateRouteTable"), *created.values(), *propagated]


def _route(
    destination: str, gateway_id: str, origin: str, *, active: bool = True
) -> dict[str, str]:
    return {
        "DestinationCidrBlock": destination,
        "GatewayId": gateway_id,
        "Origin": origin,
        "State": "active" if active else "blackhole",
    }
