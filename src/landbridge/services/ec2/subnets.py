"""Subnets.

Source: Amazon VPC User Guide, "Subnet CIDR blocks": the first four addresses and the last are
not given to instances.
"""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

from sqlalchemy import select

from landbridge.aws import filters
from landbridge.aws.errors import ApiError, DependencyViolation
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2 import tags
from landbridge.services.ec2.availability_zones import check_zone, zones
from landbridge.services.ec2.cidrs import network
from landbridge.services.ec2.kinds import SUBNET, VPC
from landbridge.services.ec2.resources import row, rows, states, unsupported, without_none
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import Instance, RouteTableAssociation, Subnet, Vpc

_SIZES = range(16, 29)
_RESERVED = 4
"Addresses at the beginning of a subnet: network, router, and two that AWS keeps."
_FILTERS: filters.Filters = {
    "availability-zone": lambda item: [item["AvailabilityZone"]],
    "available-ip-address-count": lambda item: [str(item["AvailableIpAddressCount"])],
    "cidr-block": lambda item: [item["CidrBlock"]],
    "default-for-az": lambda item: [str(item["DefaultForAz"]).lower()],
    "owner-id": lambda item: [item["OwnerId"]],
    "state": lambda item: [item["State"]],
    "subnet-id": lambda item: [item["SubnetId"]],
    "vpc-id": lambda item: [item["VpcId"]],
}


@operation("CreateSubnet")
def create_subnet(ctx: Context, request: Request) -> Response:
    """Create a subnet; it uses the VPC's main route table until it is associated with another."""
    unsupported(request, {"VpcId", "CidrBlock", "AvailabilityZone", "TagSpecifications"})
    vpc = row(ctx, Vpc, request["VpcId"], VPC)
    block = network("CidrBlock", request.get("CidrBlock") or "")
    if block.prefixlen not in _SIZES or not block.subnet_of(IPv4Network(vpc.cidr_block)):
        raise ApiError(
            f"The CIDR '{block}' is invalid: it must lie in {vpc.cidr_block} and be of size "
            f"/{_SIZES.start} to /{_SIZES.stop - 1}.",
            code="InvalidSubnet.Range",
        )
    for other in _in_vpc(ctx, vpc.id):
        if block.overlaps(IPv4Network(other.cidr_block)):
            raise ApiError(
                f"The CIDR '{block}' conflicts with another subnet: {other.id}, "
                f"{other.cidr_block}",
                code="InvalidSubnet.Conflict",
            )
    zone = request.get("AvailabilityZone") or zones(ctx)[0]
    check_zone(ctx, zone)
    created = Subnet(
        id=new_id(SUBNET.prefix),
        created_at=ctx.now,
        vpc_id=vpc.id,
        cidr_block=str(block),
        availability_zone=zone,
    )
    ctx.session.add(created)
    tags.create(ctx, created.id, tags.specified(request, SUBNET))
    ctx.session.flush()
    return {"Subnet": _describe(ctx, [created])[0]}


@operation("DescribeSubnets")
def describe_subnets(ctx: Context, request: Request) -> Response:
    """List subnets."""
    listed = rows(ctx, Subnet, request.get("SubnetIds") or [], SUBNET)
    return filters.paged(
        "Subnets", _describe(ctx, listed), request, _FILTERS, key=lambda one: one["SubnetId"]
    )


@operation("DeleteSubnet")
def delete_subnet(ctx: Context, request: Request) -> Response:
    """Delete a subnet without instances."""
    doomed = row(ctx, Subnet, request["SubnetId"], SUBNET)
    if used_addresses(ctx, doomed):
        raise DependencyViolation(
            f"The subnet '{doomed.id}' has dependencies and cannot be deleted."
        )
    for association in ctx.session.scalars(
        select(RouteTableAssociation).where(RouteTableAssociation.subnet_id == doomed.id)
    ):
        ctx.session.delete(association)
    doomed.deleted_at = ctx.now
    return {}


def used_addresses(ctx: Context, subnet: Subnet) -> set[IPv4Address]:
    """List the addresses of a subnet's instances, those not yet terminated included."""
    instances = list(
        ctx.session.scalars(select(Instance).where(Instance.subnet_id == subnet.id))
    )
    all_states = states(ctx, instances)
    return {
        IPv4Address(one.private_ip_address)
        for one in instances
        if all_states[one.id] != "deleted"
    }


def host_addresses(subnet: Subnet) -> list[IPv4Address]:
    """List the addresses that instances may have."""
    return list(IPv4Network(subnet.cidr_block))[_RESERVED:-1]


def _in_vpc(ctx: Context, vpc_id: str) -> list[Subnet]:
    return list(
        ctx.session.scalars(
            select(Subnet).where(Subnet.vpc_id == vpc_id, Subnet.deleted_at.is_(None))
        )
    )


def _describe(ctx: Context, listed: list[Subnet]) -> list[dict[str, Any]]:
    all_states = states(ctx, listed)
    all_tags = tags.tags_of(ctx, [one.id for one in listed])
    return [
        without_none(
            {
                "SubnetId": one.id,
                "SubnetArn": f"arn:aws:ec2:{ctx.region}:{ctx.account_id}:subnet/{one.id}",
                "State": all_states[one.id],
                "VpcId": one.vpc_id,
                "CidrBlock": one.cidr_block,
                "AvailabilityZone": one.availability_zone,
                "AvailableIpAddressCount": IPv4Network(one.cidr_block).num_addresses
                - _RESERVED
                - 1
                - len(used_addresses(ctx, one)),
                "DefaultForAz": False,
                "MapPublicIpOnLaunch": False,
                "OwnerId": ctx.account_id,
                "Ipv6CidrBlockAssociationSet": [],
                "AssignIpv6AddressOnCreation": False,
                "Tags": all_tags[one.id],
            }
        )
        for one in listed
    ]
