"""Which route table a subnet uses, and which one a VPC's other subnets use: the main one.

Source: Amazon VPC User Guide, "Subnet route tables".
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from landbridge.aws.errors import ApiError, InvalidParameterValue, MissingParameter, not_found
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2.kinds import ROUTE_TABLE, SUBNET
from landbridge.services.ec2.resources import changed, row, states, unsupported
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import RouteTable, RouteTableAssociation, Subnet
from landbridge.vpn.lifecycle import State

PREFIX = "rtbassoc"
_ASSOCIATED, _ASSOCIATING = {"State": "associated"}, {"State": "associating"}


@operation("AssociateRouteTable")
def associate_route_table(ctx: Context, request: Request) -> Response:
    """Let a subnet use a route table; twice the same is once."""
    unsupported(request, {"RouteTableId", "SubnetId"})
    if not request.get("SubnetId"):
        raise MissingParameter("SubnetId")
    table = row(ctx, RouteTable, request["RouteTableId"], ROUTE_TABLE)
    subnet = row(ctx, Subnet, request["SubnetId"], SUBNET)
    if table.vpc_id != subnet.vpc_id:
        raise _different_networks(table.id, f"subnet {subnet.id}")
    existing = _of_subnet(ctx, subnet)
    if existing is None:
        existing = _add(table, subnet.id)
        changed(subnet)
        ctx.session.flush()
    elif existing.route_table_id != table.id:
        raise ApiError(
            f"the specified association for route table {table.id} conflicts with an existing "
            f"association: {existing.id} of {subnet.id} with {existing.route_table_id}",
            code="Resource.AlreadyAssociated",
        )
    state = association_states(ctx, [table])[existing.id]
    return {"AssociationId": existing.id, "AssociationState": state}


@operation("DisassociateRouteTable")
def disassociate_route_table(ctx: Context, request: Request) -> Response:
    """Let a subnet go back to the main route table."""
    association = _association(ctx, request["AssociationId"])
    if association.subnet_id is None:
        raise InvalidParameterValue(
            "AssociationId",
            association.id,
            message=f"cannot disassociate the main route table association {association.id}",
        )
    changed(row(ctx, Subnet, association.subnet_id, SUBNET))
    ctx.session.delete(association)
    return {}


@operation("ReplaceRouteTableAssociation")
def replace_route_table_association(ctx: Context, request: Request) -> Response:
    """Let a subnet use another table, or make another table the main one."""
    before = _association(ctx, request["AssociationId"])
    old = row(ctx, RouteTable, before.route_table_id, ROUTE_TABLE)
    new = row(ctx, RouteTable, request["RouteTableId"], ROUTE_TABLE)
    if old.vpc_id != new.vpc_id:
        raise _different_networks(new.id, f"network {old.vpc_id}")
    for subnet in _affected(ctx, before, old.vpc_id):
        changed(subnet)
    subnet_id = before.subnet_id
    old.associations.remove(before)
    ctx.session.flush()  # a subnet has one association at most
    after = _add(new, subnet_id)
    ctx.session.flush()
    state = association_states(ctx, [new])[after.id]
    return {"NewAssociationId": after.id, "AssociationState": state}


def association_states(ctx: Context, tables: Iterable[RouteTable]) -> Mapping[str, dict[str, str]]:
    """Compute the states of the associations of tables, by id.

    A subnet's is in effect when the subnet is; which table is the main one is so at once.
    """
    associations = [one for table in tables for one in table.associations]
    subnet_ids = {one.subnet_id for one in associations}
    subnets = list(ctx.session.scalars(select(Subnet).where(Subnet.id.in_(subnet_ids))))
    all_states = states(ctx, subnets)
    return {
        one.id: _ASSOCIATING
        if one.subnet_id and all_states[one.subnet_id] is State.PENDING
        else _ASSOCIATED
        for one in associations
    }


def _add(table: RouteTable, subnet_id: str | None) -> RouteTableAssociation:
    association = RouteTableAssociation(id=new_id(PREFIX), subnet_id=subnet_id)
    table.associations.append(association)
    return association


def _association(ctx: Context, association_id: str) -> RouteTableAssociation:
    found = ctx.session.get(RouteTableAssociation, association_id)
    if found is None:
        raise not_found("InvalidAssociationID.NotFound", "association", association_id)
    return found


def _of_subnet(ctx: Context, subnet: Subnet) -> RouteTableAssociation | None:
    return ctx.session.scalars(
        select(RouteTableAssociation).where(RouteTableAssociation.subnet_id == subnet.id)
    ).first()


def _affected(ctx: Context, association: RouteTableAssociation, vpc_id: str) -> list[Subnet]:
    """List the subnets whose routing an association decides."""
    if association.subnet_id is not None:
        return [row(ctx, Subnet, association.subnet_id, SUBNET)]
    explicit = select(RouteTableAssociation.id).where(RouteTableAssociation.subnet_id == Subnet.id)
    implicit = select(Subnet).where(
        Subnet.vpc_id == vpc_id, Subnet.deleted_at.is_(None), ~explicit.exists()
    )
    return list(ctx.session.scalars(implicit))


def _different_networks(table_id: str, other: str) -> InvalidParameterValue:
    return InvalidParameterValue(
        "RouteTableId",
        table_id,
        message=f"Route table {table_id} and {other} belong to different networks",
    )
