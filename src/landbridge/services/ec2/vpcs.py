"""VPCs: routers with subnets, here as far as Site-to-Site VPN needs them.

Source: Amazon VPC User Guide, "VPC CIDR blocks". A new VPC has a main route table and a default
security group; network ACLs and DHCP option sets are not built.
"""

from ipaddress import IPv4Network
from typing import Any

from sqlalchemy import select

from landbridge.aws.errors import (
    ApiError,
    DependencyViolation,
    InvalidParameterValue,
    MissingParameter,
)
from landbridge.aws.filters import Filters
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2 import route_tables, security_groups, tags
from landbridge.services.ec2.cidrs import canonical
from landbridge.services.ec2.kinds import VPC
from landbridge.services.ec2.listing import absent, listing, member
from landbridge.services.ec2.resources import row, rows, states, still_there, unsupported
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import RouteTable, SecurityGroup, Subnet, Vpc
from landbridge.store.tables.vpn import VpnGatewayAttachment

SIZES = range(16, 29)
"Allowed prefix lengths of VPCs and subnets."
_FORBIDDEN = tuple(
    IPv4Network(block) for block in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
)
"This host, loopback, link-local (inside tunnel addresses are there), multicast and class E."
_TENANCY = "default"
_DHCP_OPTIONS = "default"
"What EC2 shows of a VPC without a set of DHCP options."
_LISTED = {"Filters", "VpcIds", "MaxResults", "NextToken"}
_FILTERS: Filters = {
    "cidr": member("CidrBlock"),
    "cidr-block": member("CidrBlock"),
    "cidr-block-association.association-id": member("CidrBlockAssociationSet.AssociationId"),
    "cidr-block-association.cidr-block": member("CidrBlockAssociationSet.CidrBlock"),
    "cidr-block-association.state": member("CidrBlockAssociationSet.CidrBlockState.State"),
    "dhcp-options-id": member("DhcpOptionsId"),
    "is-default": member("IsDefault"),
    "isDefault": member("IsDefault"),
    "owner-id": member("OwnerId"),
    "state": member("State"),
    "vpc-id": member("VpcId"),
    **absent(
        "ipv6-cidr-block-association.association-id",
        "ipv6-cidr-block-association.ipv6-cidr-block",
        "ipv6-cidr-block-association.ipv6-pool",
        "ipv6-cidr-block-association.state",
    ),
}


@operation("CreateVpc")
def create_vpc(ctx: Context, request: Request) -> Response:
    """Create a VPC with its main route table and default security group."""
    unsupported(request, {"CidrBlock", "InstanceTenancy", "TagSpecifications"})
    if request.get("InstanceTenancy", _TENANCY) != _TENANCY:
        raise InvalidParameterValue("InstanceTenancy", request["InstanceTenancy"], allowed=_TENANCY)
    block = _block(request)
    created = Vpc(id=new_id(VPC.prefix), created_at=ctx.now, cidr_block=str(block))
    wanted_tags = tags.specified(request, VPC)
    ctx.session.add(created)
    tags.create(ctx, created.id, wanted_tags)
    ctx.session.flush()
    route_tables.create_main(ctx, created.id)
    security_groups.create_default(ctx, created.id)
    ctx.session.flush()
    return {"Vpc": _described(ctx, [created])[0]}


@operation("DescribeVpcs")
def describe_vpcs(ctx: Context, request: Request) -> Response:
    """List VPCs."""
    unsupported(request, _LISTED)
    listed = rows(ctx, Vpc, request.get("VpcIds") or [], VPC)
    return listing("Vpcs", _described(ctx, listed), request, _FILTERS, key="VpcId")


@operation("DeleteVpc")
def delete_vpc(ctx: Context, request: Request) -> Response:
    """Delete a VPC with nothing left in it but its main route table and default group."""
    doomed = row(ctx, Vpc, request["VpcId"], VPC)
    tables = _alive(ctx, RouteTable, doomed)
    groups = _alive(ctx, SecurityGroup, doomed)
    others = [
        *_alive(ctx, Subnet, doomed),
        *_attachments(ctx, doomed),
        *(one for one in tables if not route_tables.is_main(one)),
        *(one for one in groups if one.group_name != security_groups.DEFAULT_NAME),
    ]
    if others:
        raise DependencyViolation(
            f"The vpc '{doomed.id}' has dependencies and cannot be deleted: '{others[0].id}'."
        )
    for table in tables:
        route_tables.discard(ctx, table)
    for group in groups:
        security_groups.discard(ctx, group)
    tags.remove(ctx, [doomed.id])
    doomed.deleted_at = ctx.now
    return {}


def _block(request: Request) -> IPv4Network:
    if not request.get("CidrBlock"):
        raise MissingParameter("CidrBlock")
    block = canonical("CidrBlock", request["CidrBlock"])
    if block.prefixlen not in SIZES or any(block.overlaps(one) for one in _FORBIDDEN):
        raise ApiError(
            f"The CIDR '{block}' is invalid. Allowed are sizes from /{SIZES.start} to "
            f"/{SIZES.stop - 1} outside {', '.join(map(str, _FORBIDDEN))}.",
            code="InvalidVpc.Range",
        )
    return block


def _alive(ctx: Context, table: Any, vpc: Vpc) -> list[Any]:
    query = select(table).where(table.vpc_id == vpc.id, table.deleted_at.is_(None))
    return list(ctx.session.scalars(query.order_by(table.id)))


def _attachments(ctx: Context, vpc: Vpc) -> list[VpnGatewayAttachment]:
    """List the attachments of gateways, those included that are being detached."""
    query = select(VpnGatewayAttachment).where(
        VpnGatewayAttachment.vpc_id == vpc.id, still_there(VpnGatewayAttachment)
    )
    return list(ctx.session.scalars(query))


def _described(ctx: Context, listed: list[Vpc]) -> list[dict[str, Any]]:
    all_states = states(ctx, listed)
    all_tags = tags.tags_of(ctx, [one.id for one in listed])
    return [
        {
            "VpcId": one.id,
            "State": all_states[one.id],
            "CidrBlock": one.cidr_block,
            "CidrBlockAssociationSet": [
                {
                    "AssociationId": one.id.replace("vpc-", "vpc-cidr-assoc-", 1),
                    "CidrBlock": one.cidr_block,
                    "CidrBlockState": {"State": "associated"},
                }
            ],
            "DhcpOptionsId": _DHCP_OPTIONS,
            "InstanceTenancy": _TENANCY,
            "IsDefault": False,
            "OwnerId": ctx.account_id,
            "Tags": all_tags[one.id],
        }
        for one in listed
    ]
