"""Subnets, and which of their addresses instances may have.

Source: Amazon VPC User Guide, "Subnet CIDR blocks": the first four addresses and the last are
not given to instances.
"""

from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from sqlalchemy import select

from landbridge.aws.errors import ApiError, DependencyViolation, MissingParameter
from landbridge.aws.filters import Filters
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2 import tags
from landbridge.services.ec2.availability_zones import chosen_zone, zones
from landbridge.services.ec2.cidrs import canonical
from landbridge.services.ec2.instance_states import not_terminated
from landbridge.services.ec2.kinds import SUBNET, VPC
from landbridge.services.ec2.listing import absent, listing, member
from landbridge.services.ec2.resources import row, rows, states, unsupported
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import Instance, RouteTableAssociation, Subnet, Vpc

_SIZES = range(16, 29)
"Allowed prefix lengths."
_RESERVED_FIRST, _RESERVED_LAST = 4, 1
"Addresses kept: the network, the router, two that AWS keeps; and the broadcast address."
_CREATED = {"VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId", "TagSpecifications"}
_LISTED = {"Filters", "SubnetIds", "MaxResults", "NextToken"}
_FILTERS: Filters = {
    "availability-zone": member("AvailabilityZone"),
    "availabilityZone": member("AvailabilityZone"),
    "availability-zone-id": member("AvailabilityZoneId"),
    "availabilityZoneId": member("AvailabilityZoneId"),
    "available-ip-address-count": member("AvailableIpAddressCount"),
    "cidr": member("CidrBlock"),
    "cidr-block": member("CidrBlock"),
    "cidrBlock": member("CidrBlock"),
    "default-for-az": member("DefaultForAz"),
    "defaultForAz": member("DefaultForAz"),
    "enable-dns64": member("EnableDns64"),
    "ipv6-native": member("Ipv6Native"),
    "map-customer-owned-ip-on-launch": member("MapCustomerOwnedIpOnLaunch"),
    "map-public-ip-on-launch": member("MapPublicIpOnLaunch"),
    "owner-id": member("OwnerId"),
    "state": member("State"),
    "subnet-arn": member("SubnetArn"),
    "subnet-id": member("SubnetId"),
    "vpc-id": member("VpcId"),
    **absent(
        "customer-owned-ipv4-pool",
        "enable-lni-at-device-index",
        "ipv6-cidr-block-association.association-id",
        "ipv6-cidr-block-association.ipv6-cidr-block",
        "ipv6-cidr-block-association.state",
        "outpost-arn",
    ),
}


@operation("CreateSubnet")
def create_subnet(ctx: Context, request: Request) -> Response:
    """Create a subnet; it uses the VPC's main route table until it is associated with another."""
    unsupported(request, _CREATED)
    vpc = row(ctx, Vpc, request["VpcId"], VPC)
    block = _block(ctx, request, vpc)
    created = Subnet(
        id=new_id(SUBNET.prefix),
        created_at=ctx.now,
        vpc_id=vpc.id,
        cidr_block=str(block),
        availability_zone=chosen_zone(ctx, request),
    )
    wanted_tags = tags.specified(request, SUBNET)
    ctx.session.add(created)
    tags.create(ctx, created.id, wanted_tags)
    ctx.session.flush()
    return {"Subnet": _described(ctx, [created])[0]}


@operation("DescribeSubnets")
def describe_subnets(ctx: Context, request: Request) -> Response:
    """List subnets."""
    unsupported(request, _LISTED)
    listed = rows(ctx, Subnet, request.get("SubnetIds") or [], SUBNET)
    return listing("Subnets", _described(ctx, listed), request, _FILTERS, key="SubnetId")


@operation("DeleteSubnet")
def delete_subnet(ctx: Context, request: Request) -> Response:
    """Delete a subnet whose instances are all terminated."""
    doomed = row(ctx, Subnet, request["SubnetId"], SUBNET)
    instances = not_terminated(ctx, Instance.subnet_id == doomed.id)
    if instances:
        raise DependencyViolation(
            f"The subnet '{doomed.id}' has dependencies and cannot be deleted: '{instances[0].id}'."
        )
    query = select(RouteTableAssociation).where(RouteTableAssociation.subnet_id == doomed.id)
    for association in ctx.session.scalars(query):
        ctx.session.delete(association)
    tags.remove(ctx, [doomed.id])
    doomed.deleted_at = ctx.now
    return {}


def is_reserved(subnet: Subnet, address: IPv4Address) -> bool:
    """Tell whether an address of a subnet is kept from instances."""
    block = IPv4Network(subnet.cidr_block)
    place = int(address) - int(block.network_address)
    return not _RESERVED_FIRST <= place < block.num_addresses - _RESERVED_LAST


def used_addresses(ctx: Context, subnet: Subnet) -> set[IPv4Address]:
    """List the addresses that instances have, until they are terminated."""
    instances = not_terminated(ctx, Instance.subnet_id == subnet.id)
    return {IPv4Address(one.private_ip_address) for one in instances}


def free_addresses(ctx: Context, subnet: Subnet) -> Iterator[IPv4Address]:
    """Yield the addresses that a new instance may have, the lowest first."""
    used = used_addresses(ctx, subnet)
    block = IPv4Network(subnet.cidr_block)
    for place in range(_RESERVED_FIRST, block.num_addresses - _RESERVED_LAST):
        if block[place] not in used:
            yield block[place]


def _block(ctx: Context, request: Request, vpc: Vpc) -> IPv4Network:
    if not request.get("CidrBlock"):
        raise MissingParameter("CidrBlock")
    block = canonical("CidrBlock", request["CidrBlock"])
    if block.prefixlen not in _SIZES or not block.subnet_of(IPv4Network(vpc.cidr_block)):
        raise ApiError(
            f"The CIDR '{block}' is invalid. Allowed are blocks of {vpc.cidr_block}, of sizes "
            f"from /{_SIZES.start} to /{_SIZES.stop - 1}.",
            code="InvalidSubnet.Range",
        )
    others = select(Subnet).where(Subnet.vpc_id == vpc.id, Subnet.deleted_at.is_(None))
    for other in ctx.session.scalars(others):
        if block.overlaps(IPv4Network(other.cidr_block)):
            raise ApiError(
                f"The CIDR '{block}' conflicts with another subnet: '{other.id}' with "
                f"{other.cidr_block}",
                code="InvalidSubnet.Conflict",
            )
    return block


def _described(ctx: Context, listed: list[Subnet]) -> list[dict[str, Any]]:
    ids = [one.id for one in listed]
    all_states = states(ctx, listed, stay_available=True)
    all_tags = tags.tags_of(ctx, ids)
    used = Counter(one.subnet_id for one in not_terminated(ctx, Instance.subnet_id.in_(ids)))
    zone_ids = zones(ctx)
    return [
        {
            "SubnetId": one.id,
            "SubnetArn": f"arn:aws:ec2:{ctx.region}:{ctx.account_id}:subnet/{one.id}",
            "State": all_states[one.id],
            "VpcId": one.vpc_id,
            "CidrBlock": one.cidr_block,
            "AvailabilityZone": one.availability_zone,
            "AvailabilityZoneId": zone_ids[one.availability_zone],
            "AvailableIpAddressCount": IPv4Network(one.cidr_block).num_addresses
            - _RESERVED_FIRST
            - _RESERVED_LAST
            - used[one.id],
            "AssignIpv6AddressOnCreation": False,
            "DefaultForAz": False,
            "EnableDns64": False,
            "Ipv6CidrBlockAssociationSet": [],
            "Ipv6Native": False,
            "MapCustomerOwnedIpOnLaunch": False,
            "MapPublicIpOnLaunch": False,
            "OwnerId": ctx.account_id,
            "Tags": all_tags[one.id],
        }
        for one in listed
    ]
