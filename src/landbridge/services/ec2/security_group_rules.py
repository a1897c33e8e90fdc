"""Rules of security groups: authorise, revoke, describe.

Source: Amazon VPC User Guide, "Security group rules".
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from landbridge.aws.errors import ApiError, InvalidParameterCombination, MissingParameter
from landbridge.aws.filters import Filters
from landbridge.aws.ids import new_id
from landbridge.services.context import Context
from landbridge.services.ec2 import tags
from landbridge.services.ec2.kinds import SECURITY_GROUP, SECURITY_GROUP_RULE
from landbridge.services.ec2.listing import listing, member
from landbridge.services.ec2.resources import changed, row, unsupported, without_none
from landbridge.services.ec2.security_group_permissions import Permission, not_found, read
from landbridge.services.registry import Request, Response, operation
from landbridge.store.tables.vpc import SecurityGroup, SecurityGroupRule

_PERMISSIONS = {
    "GroupId",
    "IpPermissions",
    "IpProtocol",
    "FromPort",
    "ToPort",
    "CidrIp",
    "SourceSecurityGroupName",
    "SourceSecurityGroupOwnerId",
}
_LISTED = {"Filters", "SecurityGroupRuleIds", "MaxResults", "NextToken"}
_FILTERS: Filters = {
    "group-id": member("GroupId"),
    "security-group-rule-id": member("SecurityGroupRuleId"),
}


@operation("AuthorizeSecurityGroupIngress")
def authorize_security_group_ingress(ctx: Context, request: Request) -> Response:
    """Let traffic in."""
    return _authorize(ctx, request, egress=False)


@operation("AuthorizeSecurityGroupEgress")
def authorize_security_group_egress(ctx: Context, request: Request) -> Response:
    """Let traffic out."""
    return _authorize(ctx, request, egress=True)


@operation("RevokeSecurityGroupIngress")
def revoke_security_group_ingress(ctx: Context, request: Request) -> Response:
    """Let traffic in no longer."""
    return _revoke(ctx, request, egress=False)


@operation("RevokeSecurityGroupEgress")
def revoke_security_group_egress(ctx: Context, request: Request) -> Response:
    """Let traffic out no longer."""
    return _revoke(ctx, request, egress=True)


@operation("DescribeSecurityGroupRules")
def describe_security_group_rules(ctx: Context, request: Request) -> Response:
    """List rules of all security groups."""
    unsupported(request, _LISTED)
    wanted = request.get("SecurityGroupRuleIds") or []
    query = (
        select(SecurityGroupRule)
        .join(SecurityGroup, SecurityGroup.id == SecurityGroupRule.security_group_id)
        .where(SecurityGroup.deleted_at.is_(None))
        .order_by(SecurityGroupRule.security_group_id, SecurityGroupRule.id)
    )
    if wanted:
        query = query.where(SecurityGroupRule.id.in_(wanted))
    found = list(ctx.session.scalars(query))
    missing = set(wanted) - {one.id for one in found}
    if missing:
        raise SECURITY_GROUP_RULE.missing(min(missing))
    return listing(
        "SecurityGroupRules", _described(ctx, found), request, _FILTERS, key="SecurityGroupRuleId"
    )


def granted(group: SecurityGroup) -> list[Permission]:
    """List what a group permits, in a stable order."""
    permissions = [_permission(rule) for rule in group.rules]
    return sorted(permissions, key=lambda one: (one.protocol, one.from_port or 0, str(one)))


def grant(ctx: Context, group: SecurityGroup, permission: Permission) -> SecurityGroupRule:
    """Add a rule to a group."""
    if permission.group_id not in {None, group.id}:
        _check_reference(ctx, group, str(permission.group_id))
    rule = SecurityGroupRule(
        id=new_id(SECURITY_GROUP_RULE.prefix),
        is_egress=permission.egress,
        ip_protocol=permission.protocol,
        from_port=permission.from_port,
        to_port=permission.to_port,
        cidr_ipv4=permission.cidr,
        referenced_group_id=permission.group_id,
        description=permission.description,
    )
    group.rules.append(rule)
    return rule


def _authorize(ctx: Context, request: Request, *, egress: bool) -> Response:
    unsupported(request, {*_PERMISSIONS, "TagSpecifications"})
    group = _group(ctx, request)
    wanted = read(request, egress=egress, account_id=ctx.account_id, revoking=False)
    rule_tags = tags.specified(request, SECURITY_GROUP_RULE)
    present = set(granted(group))
    added = []
    for permission in wanted:
        if permission in present:
            raise ApiError(
                f'the specified rule "{permission}" already exists',
                code="InvalidPermission.Duplicate",
            )
        added.append(grant(ctx, group, permission))
        tags.create(ctx, added[-1].id, rule_tags)
    changed(group)
    ctx.session.flush()
    return {"Return": True, "SecurityGroupRules": _described(ctx, added)}


def _revoke(ctx: Context, request: Request, *, egress: bool) -> Response:
    unsupported(request, {*_PERMISSIONS, "SecurityGroupRuleIds"})
    group = _group(ctx, request)
    doomed = _doomed(ctx, group, request, egress=egress)
    tags.remove(ctx, [rule.id for rule in doomed])
    for rule in doomed:
        group.rules.remove(rule)
    changed(group)
    return {
        "Return": True,
        "UnknownIpPermissions": [],
        "RevokedSecurityGroupRules": [_revoked(rule, group.id) for rule in doomed],
    }


def _doomed(
    ctx: Context, group: SecurityGroup, request: Request, *, egress: bool
) -> list[SecurityGroupRule]:
    rules = [rule for rule in group.rules if rule.is_egress is egress]
    ids = request.get("SecurityGroupRuleIds") or []
    if not ids:
        by_permission = {_permission(rule): rule for rule in rules}
        wanted = read(request, egress=egress, account_id=ctx.account_id, revoking=True)
        if any(one not in by_permission for one in wanted):
            raise not_found()
        return [by_permission[one] for one in wanted]
    if any(request.get(name) is not None for name in _PERMISSIONS - {"GroupId", "IpPermissions"}):
        raise InvalidParameterCombination(_RULE_IDS_ALONE)
    if request.get("IpPermissions"):
        raise InvalidParameterCombination(_RULE_IDS_ALONE)
    by_id = {rule.id: rule for rule in rules}
    for one in ids:
        if one not in by_id:
            raise SECURITY_GROUP_RULE.missing(one)
    return [by_id[one] for one in dict.fromkeys(ids)]


_RULE_IDS_ALONE = "The parameter securityGroupRuleIds must not be used together with permissions."


def _group(ctx: Context, request: Request) -> SecurityGroup:
    """Load the group; one of a VPC is named by its id, and there is no default VPC."""
    if not request.get("GroupId"):
        raise MissingParameter("GroupId")
    return row(ctx, SecurityGroup, request["GroupId"], SECURITY_GROUP)


def _check_reference(ctx: Context, group: SecurityGroup, referenced_id: str) -> None:
    referenced = row(ctx, SecurityGroup, referenced_id, SECURITY_GROUP)
    if referenced.vpc_id != group.vpc_id:
        raise ApiError(
            "You have specified two resources that belong to different networks: "
            f"{group.id} is in {group.vpc_id}, {referenced.id} in {referenced.vpc_id}.",
            code="InvalidGroup.NotFound",
        )


def _permission(rule: SecurityGroupRule) -> Permission:
    return Permission(
        egress=rule.is_egress,
        protocol=rule.ip_protocol,
        from_port=rule.from_port,
        to_port=rule.to_port,
        cidr=rule.cidr_ipv4,
        group_id=rule.referenced_group_id,
        description=rule.description,
    )


def _facts(rule: SecurityGroupRule, group_id: str) -> dict[str, Any]:
    """List what all answers tell of a rule; without ports they say -1."""
    return {
        "SecurityGroupRuleId": rule.id,
        "GroupId": group_id,
        "IsEgress": rule.is_egress,
        "IpProtocol": rule.ip_protocol,
        "FromPort": -1 if rule.from_port is None else rule.from_port,
        "ToPort": -1 if rule.to_port is None else rule.to_port,
        "CidrIpv4": rule.cidr_ipv4,
        "Description": rule.description,
    }


def _revoked(rule: SecurityGroupRule, group_id: str) -> dict[str, Any]:
    return without_none({**_facts(rule, group_id), "ReferencedGroupId": rule.referenced_group_id})


def _described(ctx: Context, rules: Sequence[SecurityGroupRule]) -> list[dict[str, Any]]:
    all_tags = tags.tags_of(ctx, [one.id for one in rules])
    arn = f"arn:aws:ec2:{ctx.region}:{ctx.account_id}:security-group-rule"
    return [
        without_none(
            {
                **_facts(one, one.security_group_id),
                "GroupOwnerId": ctx.account_id,
                "ReferencedGroupInfo": {
                    "GroupId": one.referenced_group_id,
                    "UserId": ctx.account_id,
                }
                if one.referenced_group_id
                else None,
                "SecurityGroupRuleArn": f"{arn}/{one.id}",
                "Tags": all_tags[one.id],
            }
        )
        for one in rules
    ]
