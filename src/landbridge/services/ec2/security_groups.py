"""Security groups: create, describe, delete. Their rules: `security_group_rules`.

Source: Amazon VPC User Guide, "Control traffic to your AWS resources using security groups".
"""

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
from landbridge.services.ec2 import tags
from landbridge.services.ec2.instance_states import not_terminated
from landbridge.services.ec2.kinds import SECURITY_GROUP, VPC
from landbridge.services.ec2.listing import absent, listing, member
from landbridge.services.ec2.resources import row, rows, unsupported
from landbridge.services.ec2.security_group_permissions import ALL, Permission, check_text, shown
from landbridge.services.ec2.security_group_rules import grant, granted
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import Instance, SecurityGroup, SecurityGroupRule, Subnet, Vpc

DEFAULT_NAME = "default"
"Of the group that a VPC is born with, and that only goes with it."
_ANYWHERE = "0.0.0.0/0"
_LISTED = {"Filters", "GroupIds", "GroupNames", "MaxResults", "NextToken"}


def _permission_filters(prefix: str, name: str) -> Filters:
    return {
        f"{prefix}.cidr": member(f"{name}.IpRanges.CidrIp"),
        f"{prefix}.from-port": member(f"{name}.FromPort"),
        f"{prefix}.group-id": member(f"{name}.UserIdGroupPairs.GroupId"),
        f"{prefix}.protocol": member(f"{name}.IpProtocol"),
        f"{prefix}.to-port": member(f"{name}.ToPort"),
        f"{prefix}.user-id": member(f"{name}.UserIdGroupPairs.UserId"),
        **absent(f"{prefix}.group-name", f"{prefix}.ipv6-cidr", f"{prefix}.prefix-list-id"),
    }


_FILTERS: Filters = {
    "description": member("Description"),
    "group-id": member("GroupId"),
    "group-name": member("GroupName"),
    "owner-id": member("OwnerId"),
    "vpc-id": member("VpcId"),
    **_permission_filters("ip-permission", "IpPermissions"),
    **_permission_filters("egress.ip-permission", "IpPermissionsEgress"),
}


@operation("CreateSecurityGroup")
def create_security_group(ctx: Context, request: Request) -> Response:
    """Create a group from which everything may go out, and into which nothing may come."""
    unsupported(request, {"Description", "GroupName", "VpcId", "TagSpecifications"})
    if not request.get("VpcId"):
        raise ApiError("No default VPC for this user", code="VPCIdNotSpecified")
    vpc = row(ctx, Vpc, request["VpcId"], VPC)
    name = _name(request["GroupName"])
    same = select(SecurityGroup.id).where(
        SecurityGroup.vpc_id == vpc.id,
        SecurityGroup.group_name == name,
        SecurityGroup.deleted_at.is_(None),
    )
    if ctx.session.scalars(same).first() is not None:
        raise ApiError(
            f"The security group '{name}' already exists for VPC '{vpc.id}'",
            code="InvalidGroup.Duplicate",
        )
    wanted_tags = tags.specified(request, SECURITY_GROUP)
    description = check_text("GroupDescription", request["Description"])
    created = _create(ctx, vpc.id, name, description)
    tags.create(ctx, created.id, wanted_tags)
    ctx.session.flush()
    return {
        "GroupId": created.id,
        "SecurityGroupArn": _arn(ctx, created),
        "Tags": tags.tags_of(ctx, [created.id])[created.id],
    }


@operation("DescribeSecurityGroups")
def describe_security_groups(ctx: Context, request: Request) -> Response:
    """List security groups with their permissions."""
    unsupported(request, _LISTED)
    if request.get("GroupNames"):
        raise ApiError(
            f"The security group '{request['GroupNames'][0]}' does not exist in default VPC: "
            "there is none; use the filter group-name",
            code="InvalidGroup.NotFound",
        )
    listed = rows(ctx, SecurityGroup, request.get("GroupIds") or [], SECURITY_GROUP)
    described = _described(ctx, listed)
    return listing("SecurityGroups", described, request, _FILTERS, key="GroupId")


@operation("DeleteSecurityGroup")
def delete_security_group(ctx: Context, request: Request) -> Response:
    """Delete a group that no instance has and no other group's rule names."""
    unsupported(request, {"GroupId"})
    if not request.get("GroupId"):
        raise MissingParameter("GroupId")
    doomed = row(ctx, SecurityGroup, request["GroupId"], SECURITY_GROUP)
    if doomed.group_name == DEFAULT_NAME:
        raise ApiError(
            f'the specified group: "{doomed.id}" name: "{DEFAULT_NAME}" cannot be deleted by a '
            "user",
            code="CannotDelete",
        )
    if _in_use(ctx, doomed):
        raise DependencyViolation(f"resource {doomed.id} has a dependent object")
    discard(ctx, doomed)
    return {"Return": True, "GroupId": doomed.id}


def create_default(ctx: Context, vpc_id: str) -> SecurityGroup:
    """Create the group of instances that name none: its members may reach each other."""
    group = _create(ctx, vpc_id, DEFAULT_NAME, "default VPC security group")
    grant(ctx, group, _all_traffic(egress=False, group_id=group.id))
    return group


def default_of(ctx: Context, vpc_id: str) -> SecurityGroup:
    """Load a VPC's default group."""
    return ctx.session.scalars(
        select(SecurityGroup).where(
            SecurityGroup.vpc_id == vpc_id,
            SecurityGroup.group_name == DEFAULT_NAME,
            SecurityGroup.deleted_at.is_(None),
        )
    ).one()


def discard(ctx: Context, group: SecurityGroup) -> None:
    """Delete a group with its rules and tags."""
    tags.remove(ctx, [group.id, *(rule.id for rule in group.rules)])
    group.rules.clear()
    group.deleted_at = ctx.now


def _create(ctx: Context, vpc_id: str, name: str, description: str) -> SecurityGroup:
    group = SecurityGroup(
        id=new_id(SECURITY_GROUP.prefix),
        created_at=ctx.now,
        vpc_id=vpc_id,
        group_name=name,
        description=description,
    )
    ctx.session.add(group)
    grant(ctx, group, _all_traffic(egress=True, cidr=_ANYWHERE))
    return group


def _all_traffic(
    *, egress: bool, cidr: str | None = None, group_id: str | None = None
) -> Permission:
    return Permission(
        egress=egress, protocol=ALL, from_port=None, to_port=None, cidr=cidr, group_id=group_id
    )


def _name(given: str) -> str:
    name = check_text("GroupName", given.rstrip())
    if name.lower() == DEFAULT_NAME:
        raise InvalidParameterValue(
            "GroupName", name, message=f"Cannot use reserved security group name: {name}"
        )
    if not name or name.startswith(f"{SECURITY_GROUP.prefix}-"):
        raise InvalidParameterValue(
            "GroupName", name, allowed="a name that is not empty and does not begin with sg-"
        )
    return name


def _in_use(ctx: Context, group: SecurityGroup) -> bool:
    reference = select(SecurityGroupRule.id).where(
        SecurityGroupRule.referenced_group_id == group.id,
        SecurityGroupRule.security_group_id != group.id,
    )
    if ctx.session.scalars(reference).first() is not None:
        return True
    in_the_vpc = Instance.subnet_id.in_(select(Subnet.id).where(Subnet.vpc_id == group.vpc_id))
    return any(group.id in one.security_group_ids for one in not_terminated(ctx, in_the_vpc))


def _arn(ctx: Context, group: SecurityGroup) -> str:
    return f"arn:aws:ec2:{ctx.region}:{ctx.account_id}:security-group/{group.id}"


def _described(ctx: Context, listed: list[SecurityGroup]) -> list[dict[str, Any]]:
    all_tags = tags.tags_of(ctx, [one.id for one in listed])
    answer = []
    for one in listed:
        permissions = granted(one)
        incoming = [permission for permission in permissions if not permission.egress]
        outgoing = [permission for permission in permissions if permission.egress]
        answer.append(
            {
                "GroupId": one.id,
                "GroupName": one.group_name,
                "Description": one.description,
                "VpcId": one.vpc_id,
                "OwnerId": ctx.account_id,
                "SecurityGroupArn": _arn(ctx, one),
                "IpPermissions": shown(incoming, ctx.account_id),
                "IpPermissionsEgress": shown(outgoing, ctx.account_id),
                "Tags": all_tags[one.id],
            }
        )
    return answer
