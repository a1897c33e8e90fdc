"""Route tables: which subnet uses which, and what they show.

Source: Amazon VPC User Guide, "Configure route tables"; guide, "Route tables and VPN route
priority". Routes themselves: `routes`; propagation: `route_propagation`.
"""

from ipaddress import IPv4Network
from typing import Any

from sqlalchemy import select

from landbridge.aws import filters
from landbridge.aws.errors import ApiError, DependencyViolation, InvalidParameterValue
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2 import client_tokens, tags
from landbridge.services.ec2.kinds import ROUTE_TABLE, SUBNET, VPC
from landbridge.services.ec2.listing import listing
from landbridge.services.ec2.resources import changed, row, rows, unsupported, without_none
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.observed import ObservedRoute
from landbridge.store.tables.vpc import RouteTable, RouteTableAssociation, Subnet, Vpc
from landbridge.store.tables.vpn import VpnGatewayAttachment

_ASSOCIATED = {"State": "associated"}


def _of_associations(item: Any, name: str) -> list[str]:
    return [str(one[name]) for one in item["Associations"] if name in one]


def _of_routes(item: Any, name: str) -> list[str]:
    return [str(one[name]) for one in item["Routes"] if name in one]


_FILTERS: filters.Filters = {
    "association.gateway-id": lambda _: [],
    "association.main": lambda item: [str(one["Main"]).lower() for one in item["Associations"]],
    "association.route-table-association-id": lambda item: _of_associations(
        item, "RouteTableAssociationId"
    ),
    "association.route-table-id": lambda item: _of_associations(item, "RouteTableId"),
    "association.subnet-id": lambda item: _of_associations(item, "SubnetId"),
    "owner-id": lambda item: [item["OwnerId"]],
    "route-table-id": lambda item: [item["RouteTableId"]],
    "route.destination-cidr-block": lambda item: _of_routes(item, "DestinationCidrBlock"),
    "route.gateway-id": lambda item: _of_routes(item, "GatewayId"),
    "route.origin": lambda item: _of_routes(item, "Origin"),
    "route.state": lambda item: _of_routes(item, "State"),
    "vpc-id": lambda item: [item["VpcId"]],
}


@operation("CreateRouteTable")
def create_route_table(ctx: Context, request: Request) -> Response:
    """Create a route table."""
    unsupported(request, {"VpcId", "TagSpecifications", "ClientToken"})
    vpc = row(ctx, Vpc, request["VpcId"], VPC)
    earlier = client_tokens.earlier(ctx, "CreateRouteTable", request)
    if earlier is not None:
        return {"RouteTable": _describe(ctx, [row(ctx, RouteTable, earlier, ROUTE_TABLE)])[0]}
    created = RouteTable(id=new_id(ROUTE_TABLE.prefix), created_at=ctx.now, vpc_id=vpc.id)
    ctx.session.add(created)
    tags.create(ctx, created.id, tags.specified(request, ROUTE_TABLE))
    client_tokens.remember(ctx, "CreateRouteTable", request, created.id)
    ctx.session.flush()
    return {"RouteTable": _describe(ctx, [created])[0]}


@operation("DescribeRouteTables")
def describe_route_tables(ctx: Context, request: Request) -> Response:
    """List route tables with their local, created and propagated routes."""
    listed = rows(ctx, RouteTable, request.get("RouteTableIds") or [], ROUTE_TABLE)
    return listing(
        "RouteTables",
        _describe(ctx, listed),
        request,
        _FILTERS,
        key="RouteTableId",
    )


@operation("DeleteRouteTable")
def delete_route_table(ctx: Context, request: Request) -> Response:
    """Delete a route table that is not the main one and that no subnet uses."""
    doomed = row(ctx, RouteTable, request["RouteTableId"], ROUTE_TABLE)
    if doomed.associations:
        raise DependencyViolation(
            f"The routeTable '{doomed.id}' has dependencies and cannot be deleted."
        )
    doomed.deleted_at = ctx.now
    return {}


@operation("AssociateRouteTable")
def associate_route_table(ctx: Context, request: Request) -> Response:
    """Let a subnet use a route table."""
    unsupported(request, {"RouteTableId", "SubnetId"})
    table = row(ctx, RouteTable, request["RouteTableId"], ROUTE_TABLE)
    subnet = row(ctx, Subnet, request.get("SubnetId") or "", SUBNET)
    _check_same_vpc(table, subnet)
    existing = ctx.session.scalars(
        select(RouteTableAssociation).where(RouteTableAssociation.subnet_id == subnet.id)
    ).first()
    if existing is not None:
        if existing.route_table_id == table.id:
            return _associated(existing)
        raise ApiError(
            f"The specified association for subnet {subnet.id} conflicts with an existing "
            f"association: {existing.id}",
            code="Resource.AlreadyAssociated",
        )
    association = RouteTableAssociation(id=new_id("rtbassoc"), subnet_id=subnet.id)
    table.associations.append(association)
    changed(subnet)
    ctx.session.flush()
    return _associated(association)


@operation("DisassociateRouteTable")
def disassociate_route_table(ctx: Context, request: Request) -> Response:
    """Let a subnet go back to the main route table."""
    association = _association(ctx, request["AssociationId"])
    if association.subnet_id is None:
        raise InvalidParameterValue(
            "AssociationId",
            association.id,
            allowed="the association of a subnet; a main route table cannot be disassociated",
        )
    changed(row(ctx, Subnet, association.subnet_id, SUBNET))
    ctx.session.delete(association)
    return {}


@operation("ReplaceRouteTableAssociation")
def replace_route_table_association(ctx: Context, request: Request) -> Response:
    """Let a subnet, or as the main route table a VPC, use another table."""
    before = _association(ctx, request["AssociationId"])
    table = row(ctx, RouteTable, request["RouteTableId"], ROUTE_TABLE)
    old_table = row(ctx, RouteTable, before.route_table_id, ROUTE_TABLE)
    if old_table.vpc_id != table.vpc_id:
        raise InvalidParameterValue(
            "RouteTableId", table.id, allowed=f"a route table of {old_table.vpc_id}"
        )
    subnet_id = before.subnet_id
    old_table.associations.remove(before)
    ctx.session.flush()
    association = RouteTableAssociation(id=new_id("rtbassoc"), subnet_id=subnet_id)
    table.associations.append(association)
    for subnet in ctx.session.scalars(select(Subnet).where(Subnet.vpc_id == table.vpc_id)):
        if subnet_id in {None, subnet.id}:
            changed(subnet)
    ctx.session.flush()
    return {"NewAssociationId": association.id, "AssociationState": _ASSOCIATED}


def _association(ctx: Context, association_id: str) -> RouteTableAssociation:
    found = ctx.session.get(RouteTableAssociation, association_id)
    if found is None:
        raise ApiError(
            f"The association ID '{association_id}' does not exist",
            code="InvalidAssociationID.NotFound",
        )
    return found


def _associated(association: RouteTableAssociation) -> Response:
    return {"AssociationId": association.id, "AssociationState": _ASSOCIATED}


def _check_same_vpc(table: RouteTable, subnet: Subnet) -> None:
    if table.vpc_id != subnet.vpc_id:
        raise InvalidParameterValue(
            "SubnetId", subnet.id, allowed=f"a subnet of {table.vpc_id}, the VPC of {table.id}"
        )


def _describe(ctx: Context, listed: list[RouteTable]) -> list[dict[str, Any]]:
    all_tags = tags.tags_of(ctx, [one.id for one in listed])
    vpcs = {one.id: one for one in ctx.session.scalars(select(Vpc))}
    attached = {
        one.vpn_gateway_id: one.vpc_id
        for one in ctx.session.scalars(
            select(VpnGatewayAttachment).where(VpnGatewayAttachment.deleted_at.is_(None))
        )
    }
    learnt: dict[str, list[str]] = {}
    for route in ctx.session.scalars(select(ObservedRoute).order_by(ObservedRoute.prefix)):
        learnt.setdefault(route.gateway_id, []).append(route.prefix)
    return [
        without_none(
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
                            "AssociationState": _ASSOCIATED,
                        }
                    )
                    for association in one.associations
                ],
                "PropagatingVgws": [
                    {"GatewayId": propagation.vpn_gateway_id} for propagation in one.propagations
                ],
                "Routes": _routes(one, IPv4Network(vpcs[one.vpc_id].cidr_block), attached, learnt),
                "Tags": all_tags[one.id],
            }
        )
        for one in listed
    ]


def _routes(
    table: RouteTable,
    vpc_cidr: IPv4Network,
    attached: dict[str, str],
    learnt: dict[str, list[str]],
) -> list[dict[str, str]]:
    """List routes as they are in effect (`landbridge.network.plan.vpcs` says it to Linux)."""
    created = {
        route.destination_cidr_block: {
            "DestinationCidrBlock": route.destination_cidr_block,
            "GatewayId": route.gateway_id,
            "Origin": "CreateRoute",
            "State": "active" if attached.get(route.gateway_id) == table.vpc_id else "blackhole",
        }
        for route in table.routes
    }
    propagated = [
        {
            "DestinationCidrBlock": prefix,
            "GatewayId": propagation.vpn_gateway_id,
            "Origin": "EnableVgwRoutePropagation",
            "State": "active",
        }
        for propagation in table.propagations
        for prefix in learnt.get(propagation.vpn_gateway_id, [])
        if prefix not in created and not IPv4Network(prefix).subnet_of(vpc_cidr)
    ]
    local = {
        "DestinationCidrBlock": str(vpc_cidr),
        "GatewayId": "local",
        "Origin": "CreateRouteTable",
        "State": "active",
    }
    return [local, *created.values(), *propagated]
