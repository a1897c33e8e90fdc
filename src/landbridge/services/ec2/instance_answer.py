"""Instances and their network interfaces as they are shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from landbridge.services.context import Context
from landbridge.services.ec2 import tags
from landbridge.services.ec2.availability_zones import zones
from landbridge.services.ec2.instance_states import (
    SHUTTING_DOWN,
    TERMINATED,
    instance_states,
    state_answer,
)
from landbridge.services.ec2.listing import public
from landbridge.store.tables.vpc import ClientToken, Instance, SecurityGroup, Subnet

RUN = "RunInstances"
_BY_USER = "Client.UserInitiatedShutdown"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What the answers about some instances need, each loaded at once."""

    ctx: Context
    states: Mapping[str, str]
    tags: Mapping[str, list[dict[str, str]]]
    subnets: Mapping[str, Subnet]
    group_names: Mapping[str, str]
    tokens: Mapping[str, str]
    "The client token of each reservation that has one."
    zone_ids: Mapping[str, str]


def described(ctx: Context, instances: Sequence[Instance]) -> list[dict[str, Any]]:
    """Show instances; members that begin with an underscore are for filters and keys."""
    facts = _load(ctx, instances)
    return [_instance(one, facts) for one in instances]


def reservations(instances: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Put shown instances together again that were launched by one request."""
    found: dict[str, dict[str, Any]] = {}
    for one in instances:
        reservation = found.setdefault(
            one["_ReservationId"],
            {
                "ReservationId": one["_ReservationId"],
                "OwnerId": one["_OwnerId"],
                "Groups": [],
                "Instances": [],
            },
        )
        reservation["Instances"].append(public(one))
    return list(found.values())


def interfaces(ctx: Context, instances: Sequence[Instance]) -> list[dict[str, Any]]:
    """Show the network interfaces of instances, each on its own."""
    facts = _load(ctx, instances)
    shown = []
    for one in instances:
        interface = _interface(one, facts)
        subnet = facts.subnets[one.subnet_id]
        interface["Attachment"] |= {"InstanceId": one.id, "InstanceOwnerId": ctx.account_id}
        shown.append(
            {
                **interface,
                "AvailabilityZone": subnet.availability_zone,
                "AvailabilityZoneId": facts.zone_ids[subnet.availability_zone],
                "RequesterManaged": False,
                "TagSet": [],
            }
        )
    return shown


def moment(time: datetime) -> str:
    """Write a time as filters have it: 2026-01-31T23:59:59.000Z."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _load(ctx: Context, instances: Sequence[Instance]) -> _Facts:
    session = ctx.session
    subnet_ids = {one.subnet_id for one in instances}
    group_ids = {group for one in instances for group in one.security_group_ids}
    launches = {one.reservation_id for one in instances}
    groups = session.scalars(select(SecurityGroup).where(SecurityGroup.id.in_(group_ids)))
    tokens = session.scalars(
        select(ClientToken).where(
            ClientToken.operation == RUN, ClientToken.resource_id.in_(launches)
        )
    )
    return _Facts(
        ctx=ctx,
        states=instance_states(ctx, instances),
        tags=tags.tags_of(ctx, [one.id for one in instances]),
        subnets={
            one.id: one for one in session.scalars(select(Subnet).where(Subnet.id.in_(subnet_ids)))
        },
        group_names={one.id: one.group_name for one in groups},
        tokens={one.resource_id: one.token for one in tokens},
        zone_ids=zones(ctx),
    )


def _instance(one: Instance, facts: _Facts) -> dict[str, Any]:
    state = facts.states[one.id]
    zone = facts.subnets[one.subnet_id].availability_zone
    return {
        "InstanceId": one.id,
        "ImageId": one.image_id,
        "InstanceType": one.instance_type,
        "State": state_answer(state),
        "LaunchTime": one.created_at,
        "AmiLaunchIndex": one.launch_index,
        "Architecture": "x86_64",
        "BlockDeviceMappings": [],
        "ClientToken": facts.tokens.get(one.reservation_id, ""),
        "EbsOptimized": False,
        "Hypervisor": "xen",
        "Monitoring": {"State": "disabled"},
        "Placement": {
            "AvailabilityZone": zone,
            "AvailabilityZoneId": facts.zone_ids[zone],
            "GroupName": "",
            "Tenancy": "default",
        },
        "PlatformDetails": "Linux/UNIX",
        "ProductCodes": [],
        "PublicDnsName": "",
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "Tags": facts.tags[one.id],
        "VirtualizationType": "hvm",
        **_ending(one, state),
        **_network(one, state, facts),
        "_ReservationId": one.reservation_id,
        "_OwnerId": facts.ctx.account_id,
        "_LaunchTime": moment(one.created_at),
        "_Place": f"{moment(one.created_at)} {one.id}",
    }


def _ending(one: Instance, state: str) -> dict[str, Any]:
    if state not in {SHUTTING_DOWN, TERMINATED} or one.deleted_at is None:
        return {"StateTransitionReason": ""}
    at = one.deleted_at.astimezone(UTC)
    return {
        "StateTransitionReason": f"User initiated ({at:%Y-%m-%d %H:%M:%S} GMT)",
        "StateReason": {"Code": _BY_USER, "Message": f"{_BY_USER}: User initiated shutdown"},
    }


def _network(one: Instance, state: str, facts: _Facts) -> dict[str, Any]:
    """Show where an instance is; one that is terminated is nowhere."""
    if state == TERMINATED:
        return {"NetworkInterfaces": [], "SecurityGroups": [], "PrivateDnsName": ""}
    interface = _interface(one, facts)
    return {
        "NetworkInterfaces": [interface],
        "PrivateDnsName": interface["PrivateDnsName"],
        "PrivateIpAddress": one.private_ip_address,
        "SecurityGroups": interface["Groups"],
        "SourceDestCheck": True,
        "SubnetId": one.subnet_id,
        "VpcId": interface["VpcId"],
    }


def _interface(one: Instance, facts: _Facts) -> dict[str, Any]:
    ending = facts.states[one.id] == SHUTTING_DOWN
    name = f"ip-{one.private_ip_address.replace('.', '-')}.{facts.ctx.region}.compute.internal"
    return {
        "NetworkInterfaceId": one.network_interface_id,
        "Attachment": {
            "AttachmentId": one.network_interface_id.replace("eni-", "eni-attach-", 1),
            "AttachTime": one.created_at,
            "DeleteOnTermination": True,
            "DeviceIndex": 0,
            "NetworkCardIndex": 0,
            "Status": "detaching" if ending else "attached",
        },
        "Description": "",
        "Groups": [
            {"GroupId": group, "GroupName": facts.group_names[group]}
            for group in one.security_group_ids
        ],
        "InterfaceType": "interface",
        "Ipv6Addresses": [],
        "MacAddress": one.mac_address,
        "OwnerId": facts.ctx.account_id,
        "PrivateDnsName": name,
        "PrivateIpAddress": one.private_ip_address,
        "PrivateIpAddresses": [
            {"Primary": True, "PrivateDnsName": name, "PrivateIpAddress": one.private_ip_address}
        ],
        "SourceDestCheck": True,
        "Status": "in-use",
        "SubnetId": one.subnet_id,
        "VpcId": facts.subnets[one.subnet_id].vpc_id,
    }
