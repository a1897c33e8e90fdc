"""VPCs, as far as Site-to-Site VPN needs them.

Source: Amazon VPC User Guide, "VPC CIDR blocks". A new VPC has a main route table and a default
security group; network ACLs and DHCP options are not built.
"""

from ipaddress import IPv4Network
from typing import Any

from sqlalchemy import select

from landbridge.aws import filters
from landbridge.aws.errors import ApiError, DependencyViolation
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2 import security_groups, tags
from landbridge.services.ec2.cidrs import network
from landbridge.services.ec2.kinds import ROUTE_TABLE, VPC
from landbridge.services.ec2.resources import row, rows, states, unsupported, without_none
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import (
    RouteTable,
    RouteTableAssociation,
    SecurityGroup,
    Subnet,
    Vpc,
)
from landbridge.store.tables.vpn import VpnGatewayAttachment

SIZES = range(16, 29)
"Allowed prefix lengths of VPCs and subnets."
_FORBIDDEN = tuple(
    IPv4Network(block) for block in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
)
_FILTERS: filters.Filters = {
    "cidr": lambda item: [item["CidrBlock"]],
    "cidr-block-association.cidr-block": lambda item: [item["CidrBlock"]],
    "is-default": lambda item: [str(item["IsDefault"]).lower()],
    "owner-id": lambda item: [item["OwnerId"]],
    "state": lambda item: [item["State"]],
    "vpc-id": lambda item: [item["VpcId"]],
}


@operation("CreateVpc")
def create_vpc(ctx: Context, request: Request) -> Response:
    """Create a VPC with its main route table and default security group."""
    unsupported(request, {"CidrBlock", "InstanceTenancy", "TagSpecifications"})
    if request.get("InstanceTenancy", "default") != "default":
        unsupported(request, {"CidrBlock", "TagSpecifications"})
    block = network("CidrBlock", request.get("CidrBlock") or "")
    if block.prefixlen not in SIZES or any(block.overlaps(one) for one in _FORBIDDEN):
        raise ApiError(
            f"The CIDR '{block}' is invalid: allowed are sizes from /{SIZES.start} to "
            f"/{SIZES.stop - 1} outside {', '.join(map(str, _FORBIDDEN))}.",
            code="InvalidVpc.Range",
        )
    created = Vpc(id=new_id(VPC.prefix), created_at=ctx.now, cidr_block=str(block))
    ctx.session.add(created)
    tags.create(ctx, created.id, tags.specified(request, VPC))
    ctx.session.flush()
    ctx.session.add(
        RouteTable(
            id=new_id(ROUTE_TABLE.prefix),
            created_at=ctx.now,
            vpc_id=created.id,
            associations=[RouteTableAssociation(id=new_id("rtbassoc"), subnet_id=None)],
        )
    )
    security_groups.create_default(ctx, created.id)
    ctx.session.flush()
    return {"Vpc": _describe(ctx, [created])[0]}


@operation("DescribeVpcs")
def describe_vpcs(ctx: Context, request: Request) -> Response:
    """List VPCs."""
    listed = rows(ctx, Vpc, request.get("VpcIds") or [], VPC)
    return filters.paged(
        "Vpcs", _describe(ctx, listed), request, _FILTERS, key=lambda one: one["VpcId"]
    )


@operation("DeleteVpc")
def delete_vpc(ctx: Context, request: Request) -> Response:
    """Delete a VPC with nothing left in it but its main route table and default group."""
    doomed = row(ctx, Vpc, request["VpcId"], VPC)
    for table in (Subnet, VpnGatewayAttachment):
        if ctx.session.scalars(
            select(table.id).where(table.vpc_id == doomed.id, table.deleted_at.is_(None))
        ).first():
            raise _in_use(doomed)
    route_tables = _of_vpc(ctx, RouteTable, doomed)
    groups = _of_vpc(ctx, SecurityGroup, doomed)
    main = [one for one in route_tables if any(a.subnet_id is None for a in one.associations)]
    default = [one for one in groups if one.group_name == security_groups.DEFAULT_NAME]
    if len(route_tables) > len(main) or len(groups) > len(default):
        raise _in_use(doomed)
    for one in (doomed, *main, *default):
        one.deleted_at = ctx.now
    return {}


@operation("DescribeVpcAttribute")
def describe_vpc_attribute(ctx: Context, request: Request) -> Response:
    """Show an attribute: there is no DNS here."""
    found = row(ctx, Vpc, request["VpcId"], VPC)
    names = {
        "enableDnsSupport": "EnableDnsSupport",
        "enableDnsHostnames": "EnableDnsHostnames",
        "enableNetworkAddressUsageMetrics": "EnableNetworkAddressUsageMetrics",
    }
    return {"VpcId": found.id, names[request["Attribute"]]: {"Value": False}}


def _of_vpc(ctx: Context, table: Any, vpc: Vpc) -> list[Any]:
    return list(
        ctx.session.scalars(
            select(table).where(table.vpc_id == vpc.id, table.deleted_at.is_(None))
        )
    )


def _in_use(vpc: Vpc) -> DependencyViolation:
    return DependencyViolation(f"The vpc '{vpc.id}' has dependencies and cannot be deleted.")


def _describe(ctx: Context, listed: list[Vpc]) -> list[dict[str, Any]]:
    all_states = states(ctx, listed)
    all_tags = tags.tags_of(ctx, [one.id for one in listed])
    return [
        without_none(
            {
                "VpcId": one.id,
                "State": all_states[one.id],
                "CidrBlock": one.cidr_block,
                "CidrBlockAssociationSet": [
                    {
                        "AssociationId": one.id.replace("vpc-", "vpc-cidr-assoc-"),
                        "CidrBlock": one.cidr_block,
                        "CidrBlockState": {"State": "associated"},
                    }
                ],
                "InstanceTenancy": "default",
                "IsDefault": False,
                "OwnerId": ctx.account_id,
                "Tags": all_tags[one.id],
            }
        )
        for one in listed
    ]
