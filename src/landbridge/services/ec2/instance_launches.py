"""What a RunInstances request asks for, read and checked.

The first network interface may be written into the request itself (SubnetId, SecurityGroupIds,
PrivateIpAddress) or as NetworkInterfaces.1 with DeviceIndex 0. There is no other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from itertools import islice
from typing import Any

from landbridge.aws import ids
from landbridge.aws.errors import (
    ApiError,
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
    UnsupportedOperation,
    malformed_id,
)
from landbridge.services.context import Context
from landbridge.services.ec2 import tags
from landbridge.services.ec2.cidrs import address
from landbridge.services.ec2.kinds import INSTANCE, SECURITY_GROUP, SUBNET
from landbridge.services.ec2.resources import row, rows
from landbridge.services.ec2.security_groups import default_of
from landbridge.services.ec2.subnets import free_addresses, is_reserved, used_addresses
from landbridge.services.registry import Request
from landbridge.store.tables.vpc import SecurityGroup, Subnet

DEFAULT_TYPE = "t3.micro"
_TENANCY = "default"
_SUPPORTED = {
    "ClientToken",
    "ImageId",
    "InstanceType",
    "MaxCount",
    "MinCount",
    "NetworkInterfaces",
    "Placement",
    "PrivateIpAddress",
    "SecurityGroupIds",
    "SecurityGroups",
    "SubnetId",
    "TagSpecifications",
}
_INTERFACE = {
    "AssociatePublicIpAddress",
    "DeleteOnTermination",
    "DeviceIndex",
    "Groups",
    "PrivateIpAddress",
    "SubnetId",
}
_WITHIN_INTERFACE = {
    "SubnetId": "an instance-level subnet ID",
    "SecurityGroupIds": "instance-level security groups",
    "PrivateIpAddress": "an instance-level private IP address",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """Instances to be launched, all checked."""

    image_id: str
    instance_type: str
    subnet_id: str
    addresses: tuple[IPv4Address, ...]
    "One per instance."
    security_group_ids: tuple[str, ...]
    tags: Mapping[str, str]


def read(ctx: Context, request: Request) -> Launch:
    """Read a request; what has no effect here is refused unless it asks for nothing."""
    _refuse_unsupported(request, _SUPPORTED, "")
    _check_image(request.get("ImageId"))
    _check_counts(request)
    place = _interface(request)
    if not place.get("SubnetId"):
        raise ApiError(
            "No default VPC for this user: the request must contain the parameter subnetId",
            code="VPCIdNotSpecified",
        )
    subnet = row(ctx, Subnet, place["SubnetId"], SUBNET)
    _check_placement(request.get("Placement") or {}, subnet)
    return Launch(
        image_id=request["ImageId"],
        instance_type=request.get("InstanceType") or DEFAULT_TYPE,
        subnet_id=subnet.id,
        addresses=_addresses(ctx, request, place.get("PrivateIpAddress"), subnet),
        security_group_ids=security_group_ids(ctx, place.get("Groups") or (), subnet.vpc_id),
        tags=tags.specified(request, INSTANCE),
    )


def security_group_ids(ctx: Context, chosen: Sequence[str], vpc_id: str) -> tuple[str, ...]:
    """Check the groups that a network interface is to have; the VPC's default one without any."""
    if not chosen:
        return (default_of(ctx, vpc_id).id,)
    for group in rows(ctx, SecurityGroup, chosen, SECURITY_GROUP):
        if group.vpc_id != vpc_id:
            raise ApiError(
                f"Security group {group.id} and {vpc_id} belong to different networks.",
                code="InvalidParameter",
            )
    return tuple(dict.fromkeys(chosen))


def _check_image(image_id: str | None) -> None:
    if not image_id:
        raise MissingParameter("ImageId")
    if not ids.has_prefix(image_id, "ami"):
        raise malformed_id("InvalidAMIID.Malformed", image_id, "ami")


def _check_counts(request: Request) -> None:
    least, most = request["MinCount"], request["MaxCount"]
    if least < 1:
        raise InvalidParameterValue("MinCount", least, allowed="an integer of 1 or more")
    if most < least:
        raise InvalidParameterValue(
            "MaxCount", most, allowed=f"an integer of minCount, {least}, or more"
        )


def _interface(request: Request) -> dict[str, Any]:
    """Find what the request says of the one network interface, in either form."""
    if request.get("SecurityGroups"):
        raise InvalidParameterCombination(
            "The parameter groupName cannot be used with the parameter subnet, use "
            "SecurityGroupIds."
        )
    listed: list[dict[str, Any]] = request.get("NetworkInterfaces") or []
    if not listed:
        return {
            "SubnetId": request.get("SubnetId"),
            "PrivateIpAddress": request.get("PrivateIpAddress"),
            "Groups": request.get("SecurityGroupIds"),
        }
    for name, words in _WITHIN_INTERFACE.items():
        if request.get(name):
            raise InvalidParameterCombination(
                f"Network interfaces and {words} may not be specified on the same request"
            )
    if len(listed) > 1 or listed[0].get("DeviceIndex") != 0:
        raise UnsupportedOperation(
            "NetworkInterfaces must have one element, with DeviceIndex 0: an instance has one "
            "network interface."
        )
    _refuse_unsupported(listed[0], _INTERFACE, "NetworkInterfaces.1.")
    if listed[0].get("AssociatePublicIpAddress"):
        raise UnsupportedOperation(
            "NetworkInterfaces.1.AssociatePublicIpAddress true is not supported, use false."
        )
    if listed[0].get("DeleteOnTermination") is False:
        raise UnsupportedOperation(
            "NetworkInterfaces.1.DeleteOnTermination false is not supported, use true."
        )
    return listed[0]


def _check_placement(placement: Mapping[str, Any], subnet: Subnet) -> None:
    _refuse_unsupported(placement, {"AvailabilityZone", "Tenancy"}, "Placement.")
    for name, only in (("AvailabilityZone", subnet.availability_zone), ("Tenancy", _TENANCY)):
        if (placement.get(name) or only) != only:
            raise InvalidParameterValue(f"Placement.{name}", placement[name], allowed=only)


def _addresses(
    ctx: Context, request: Request, text: str | None, subnet: Subnet
) -> tuple[IPv4Address, ...]:
    if text:
        if request["MaxCount"] > 1:
            raise InvalidParameterCombination(
                "The parameter privateIpAddress is for one instance, not for maxCount "
                f"{request['MaxCount']}."
            )
        return (_chosen_address(ctx, text, subnet),)
    free = tuple(islice(free_addresses(ctx, subnet), request["MaxCount"]))
    if len(free) < request["MinCount"]:
        raise ApiError(
            f"There are not enough free addresses in subnet '{subnet.id}' to satisfy the "
            f"requested number of instances: {len(free)} for {request['MinCount']}.",
            code="InsufficientFreeAddressesInSubnet",
        )
    return free


def _chosen_address(ctx: Context, text: str, subnet: Subnet) -> IPv4Address:
    chosen = address("PrivateIpAddress", text)
    why = None
    if chosen not in IPv4Network(subnet.cidr_block):
        why = f"Address {chosen} does not fall within the subnet's address range"
    elif is_reserved(subnet, chosen):
        why = f"Address {chosen} is in subnet's reserved address range"
    if why:
        raise InvalidParameterValue(
            "PrivateIpAddress", chosen, message=f"{why}, {subnet.cidr_block}"
        )
    if chosen in used_addresses(ctx, subnet):
        raise ApiError(f"Address {chosen} is in use.", code="InvalidIPAddress.InUse")
    return chosen


def _refuse_unsupported(given: Mapping[str, Any], supported: set[str], path: str) -> None:
    for name, value in given.items():
        if name not in supported and _asks_for_something(value):
            raise UnsupportedOperation(f"The parameter {path}{name} is not supported.")


def _asks_for_something(value: Any) -> bool:
    """Tell a wish from a structure in which everything is off, such as Monitoring.Enabled false."""
    if isinstance(value, dict):
        return any(map(_asks_for_something, value.values()))
    if isinstance(value, list):
        return any(map(_asks_for_something, value))
    return value not in (None, "", False)
