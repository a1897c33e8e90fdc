"""Security groups and their rules."""

import pytest

from landbridge.store.tables.vpc import SecurityGroup
from unit.services.ec2.cloud import ACCOUNT, tagged, where

TCP = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22}
ANYWHERE = [{"CidrIp": "0.0.0.0/0"}]


@pytest.fixture
def vpc(cloud):
    return cloud.vpc()


@pytest.fixture
def group(cloud, vpc):
    return cloud("CreateSecurityGroup", VpcId=vpc, GroupName="web", Description="w")["GroupId"]


def described(cloud, group):
    return cloud("DescribeSecurityGroups", GroupIds=[group])["SecurityGroups"][0]


def allow(cloud, group, **permission):
    return cloud("AuthorizeSecurityGroupIngress", GroupId=group, IpPermissions=[permission])


def test_a_new_group_lets_everything_out_and_nothing_in(cloud, vpc):
    answer = cloud(
        "CreateSecurityGroup",
        VpcId=vpc,
        GroupName="web ",
        Description="for the web",
        TagSpecifications=tagged("security-group", a="b"),
    )
    shown = described(cloud, answer["GroupId"])
    assert shown["GroupName"] == "web"
    assert shown["SecurityGroupArn"] == answer["SecurityGroupArn"]
    assert shown["IpPermissions"] == []
    assert shown["IpPermissionsEgress"][0]["IpRanges"] == ANYWHERE
    assert shown["Tags"] == answer["Tags"] == [{"Key": "a", "Value": "b"}]


@pytest.mark.parametrize(
    ("name", "description", "code"),
    [
        ("web", "w", "InvalidGroup.Duplicate"),
        ("default", "w", "InvalidParameterValue"),
        ("sg-web", "w", "InvalidParameterValue"),
        ("wéb", "w", "InvalidParameterValue"),
        ("other", "<", "InvalidParameterValue"),
        ("x" * 256, "w", "InvalidParameterValue"),
    ],
)
@pytest.mark.usefixtures("group")
def test_names_that_a_group_may_not_have(cloud, vpc, name, description, code):
    cloud.refuses("CreateSecurityGroup", code, VpcId=vpc, GroupName=name, Description=description)


def test_a_group_needs_a_vpc(cloud):
    cloud.refuses("CreateSecurityGroup", "VPCIdNotSpecified", GroupName="a", Description="b")


def test_permissions_are_shown_together_by_protocol_and_ports(cloud, group):
    ranges = [{"CidrIp": "10.0.0.0/8", "Description": "inside"}, {"CidrIp": "100.68.0.18/18"}]
    answer = allow(cloud, group, **TCP, IpRanges=ranges, UserIdGroupPairs=[{"GroupId": group}])
    assert answer["Return"] is True
    assert [one["FromPort"] for one in answer["SecurityGroupRules"]] == [22, 22, 22]
    (permission,) = described(cloud, group)["IpPermissions"]
    assert permission == {
        **TCP,
        "IpRanges": [ranges[0], {"CidrIp": "100.68.0.0/18"}],
        "Ipv6Ranges": [],
        "PrefixListIds": [],
        "UserIdGroupPairs": [{"GroupId": group, "UserId": ACCOUNT}],
    }
    assert cloud.generation(SecurityGroup, group) == 2


def test_the_flat_form(cloud, group):
    request = {"GroupId": group, "IpProtocol": "6", "FromPort": 80, "ToPort": 81}
    request["CidrIp"] = "10.0.0.0/8"
    (rule,) = cloud("AuthorizeSecurityGroupIngress", **request)["SecurityGroupRules"]
    assert (rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("tcp", 80, 81)
    assert rule["CidrIpv4"] == "10.0.0.0/8"
    assert rule["IsEgress"] is False
    cloud("RevokeSecurityGroupIngress", **request)
    assert described(cloud, group)["IpPermissions"] == []
    cloud.refuses(
        "AuthorizeSecurityGroupIngress",
        "InvalidParameterCombination",
        **request,
        IpPermissions=[{**TCP, "IpRanges": ANYWHERE}],
    )
    cloud.refuses("AuthorizeSecurityGroupIngress", "MissingParameter", GroupId=group)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"IpProtocol": "-1", "FromPort": 0, "ToPort": 0}, {"IpProtocol": "-1"}),
        ({"IpProtocol": "50", "FromPort": 1, "ToPort": 2}, {"IpProtocol": "50"}),
        ({"IpProtocol": "icmp"}, {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1}),
        (
            {"IpProtocol": "1", "FromPort": 8, "ToPort": -1},
            {"IpProtocol": "icmp", "FromPort": 8, "ToPort": -1},
        ),
        (
            {"IpProtocol": "UDP", "FromPort": 0, "ToPort": 65535},
            {"IpProtocol": "udp", "FromPort": 0, "ToPort": 65535},
        ),
    ],
)
def test_protocols_and_ports(cloud, group, given, shown):
    allow(cloud, group, **given, IpRanges=ANYWHERE)
    (permission,) = described(cloud, group)["IpPermissions"]
    kept = {name: permission.get(name) for name in ("IpProtocol", "FromPort", "ToPort")}
    assert {name: value for name, value in kept.items() if value is not None} == shown


@pytest.mark.parametrize(
    ("permission", "code", "word"),
    [
        ({**TCP, "IpRanges": [{"CidrIp": "10.0.0.0/33"}]}, "InvalidParameterValue", "malformed"),
        ({**TCP, "IpRanges": [{"CidrIp": "::/0"}]}, "InvalidParameterValue", "malformed"),
        ({**TCP, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}, "UnsupportedOperation", "Ipv6Ranges"),
        (
            {**TCP, "PrefixListIds": [{"PrefixListId": "pl-1"}]},
            "UnsupportedOperation",
            "PrefixListIds",
        ),
        (TCP, "InvalidParameterValue", "IpRanges"),
        ({"IpProtocol": "tcp", "IpRanges": ANYWHERE}, "InvalidParameterValue", "both from and to"),
        ({**TCP, "ToPort": 21, "IpRanges": ANYWHERE}, "InvalidParameterValue", "22-21"),
        ({**TCP, "ToPort": 65536, "IpRanges": ANYWHERE}, "InvalidParameterValue", "65535"),
        ({"IpProtocol": "xyz", "IpRanges": ANYWHERE}, "InvalidParameterValue", "xyz"),
        ({"IpProtocol": "256", "IpRanges": ANYWHERE}, "InvalidParameterValue", "256"),
        ({"IpProtocol": "58", "IpRanges": ANYWHERE}, "UnsupportedOperation", "icmpv6"),
        ({"IpRanges": ANYWHERE}, "MissingParameter", "pProtocol"),
        (
            {"IpProtocol": "icmp", "FromPort": -1, "ToPort": 3, "IpRanges": ANYWHERE},
            "InvalidParameterValue",
            "ICMP",
        ),
        (
            {**TCP, "UserIdGroupPairs": [{"GroupId": "sg-12345678"}]},
            "InvalidGroup.NotFound",
            "sg-12345678",
        ),
        (
            {**TCP, "UserIdGroupPairs": [{"GroupId": "sg-12345678", "UserId": "210987654321"}]},
            "UnsupportedOperation",
            "account",
        ),
        ({**TCP, "IpRanges": [*ANYWHERE, *ANYWHERE]}, "InvalidParameterValue", "multiple times"),
    ],
)
def test_permissions_that_are_refused(cloud, group, permission, code, word):
    cloud.refuses(
        "AuthorizeSecurityGroupIngress", code, word, GroupId=group, IpPermissions=[permission]
    )
    assert described(cloud, group)["IpPermissions"] == []


def test_a_permission_is_granted_once(cloud, group):
    allow(cloud, group, **TCP, IpRanges=ANYWHERE)
    cloud.refuses(
        "AuthorizeSecurityGroupIngress",
        "InvalidPermission.Duplicate",
        'the specified rule "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW"',
        GroupId=group,
        IpPermissions=[{**TCP, "IpRanges": [{"CidrIp": "0.0.0.0/0", "Description": "again"}]}],
    )


def test_terraform_revokes_what_a_group_is_born_with(cloud, group):
    everything = {"IpProtocol": "-1", "FromPort": 0, "ToPort": 0}
    cloud(
        "RevokeSecurityGroupEgress",
        GroupId=group,
        IpPermissions=[{**everything, "IpRanges": ANYWHERE}],
    )
    cloud.refuses(
        "RevokeSecurityGroupEgress",
        "InvalidPermission.NotFound",
        GroupId=group,
        IpPermissions=[{**everything, "Ipv6Ranges": [{"CidrIpv6": "::/0"}]}],
    )
    assert described(cloud, group)["IpPermissionsEgress"] == []


def test_rules_by_their_ids(cloud, group):
    tags = tagged("security-group-rule", a="b")
    (rule,) = cloud(
        "AuthorizeSecurityGroupEgress",
        GroupId=group,
        IpPermissions=[{**TCP, "IpRanges": ANYWHERE}],
        TagSpecifications=tags,
    )["SecurityGroupRules"]
    rule_id = rule["SecurityGroupRuleId"]
    assert rule["IsEgress"] is True
    assert rule["Tags"] == [{"Key": "a", "Value": "b"}]
    filters = [where("group-id", group), where("tag:a", "b")]
    assert cloud("DescribeSecurityGroupRules", Filters=filters)["SecurityGroupRules"] == [rule]
    for operation, request in (
        ("RevokeSecurityGroupIngress", {"SecurityGroupRuleIds": [rule_id]}),
        ("RevokeSecurityGroupEgress", {"SecurityGroupRuleIds": ["sgr-12345678"]}),
    ):
        cloud.refuses(operation, "InvalidSecurityGroupRuleId.NotFound", GroupId=group, **request)
    answer = cloud(
        "RevokeSecurityGroupEgress", GroupId=group, SecurityGroupRuleIds=[rule_id, rule_id]
    )
    assert [one["SecurityGroupRuleId"] for one in answer["RevokedSecurityGroupRules"]] == [rule_id]
    cloud.refuses(
        "DescribeSecurityGroupRules",
        "InvalidSecurityGroupRuleId.NotFound",
        SecurityGroupRuleIds=[rule_id],
    )
    assert cloud("DescribeTags")["Tags"] == []


def test_revoking_what_was_not_granted(cloud, group):
    cloud.refuses(
        "RevokeSecurityGroupIngress",
        "InvalidPermission.NotFound",
        GroupId=group,
        IpPermissions=[{**TCP, "IpRanges": ANYWHERE}],
    )
    cloud.refuses(
        "RevokeSecurityGroupEgress",
        "InvalidParameterCombination",
        GroupId=group,
        SecurityGroupRuleIds=["sgr-12345678"],
        CidrIp="0.0.0.0/0",
    )


def test_a_group_of_another_vpc_is_no_peer(cloud, group):
    foreign = cloud.default_group(cloud.vpc("10.1.0.0/16"))["GroupId"]
    cloud.refuses(
        "AuthorizeSecurityGroupIngress",
        "InvalidGroup.NotFound",
        "different networks",
        GroupId=group,
        IpPermissions=[{**TCP, "UserIdGroupPairs": [{"GroupId": foreign}]}],
    )


def test_a_group_in_use_stays(cloud, vpc, group):
    default = cloud.default_group(vpc)["GroupId"]
    cloud.refuses("DeleteSecurityGroup", "CannotDelete", default, GroupId=default)
    allow(cloud, default, **TCP, UserIdGroupPairs=[{"GroupId": group}])
    cloud.refuses("DeleteSecurityGroup", "DependencyViolation", group, GroupId=group)
    cloud(
        "RevokeSecurityGroupIngress",
        GroupId=default,
        IpPermissions=[{**TCP, "UserIdGroupPairs": [{"GroupId": group}]}],
    )
    instance = cloud.run(cloud.subnet(vpc), SecurityGroupIds=[group])["InstanceId"]
    cloud.build()
    cloud("TerminateInstances", InstanceIds=[instance])
    cloud.refuses("DeleteSecurityGroup", "DependencyViolation", GroupId=group)
    cloud.build()
    assert cloud("DeleteSecurityGroup", GroupId=group) == {"Return": True, "GroupId": group}
    cloud.refuses(
        "DescribeSecurityGroups",
        "InvalidGroup.NotFound",
        f"The security group '{group}' does not exist",
        GroupIds=[group],
    )


def test_filters_of_groups(cloud, vpc, group):
    allow(cloud, group, **TCP, IpRanges=[{"CidrIp": "10.0.0.0/8"}])

    def found(*filters):
        groups = cloud("DescribeSecurityGroups", Filters=list(filters))["SecurityGroups"]
        return [one["GroupId"] for one in groups]

    assert found(where("ip-permission.cidr", "10.0.0.0/8")) == [group]
    assert found(where("ip-permission.from-port", "22"), where("group-name", "w*")) == [group]
    assert len(found(where("egress.ip-permission.protocol", "-1"), where("vpc-id", vpc))) == 2
    assert found(where("ip-permission.ipv6-cidr", "*")) == []
    cloud.refuses("DescribeSecurityGroups", "InvalidGroup.NotFound", GroupNames=["web"])
