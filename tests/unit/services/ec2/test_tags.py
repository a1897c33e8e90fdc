"""Tags of every kind of resource."""

from datetime import timedelta

import pytest

from unit.services.ec2.cloud import tagged, where


@pytest.fixture
def vpc(cloud):
    return cloud.vpc()


def listed(cloud, *filters):
    found = cloud("DescribeTags", Filters=list(filters))["Tags"]
    return [(one["ResourceId"], one["Key"], one["Value"]) for one in found]


def test_tags_come_change_and_go(cloud, vpc):
    cloud("CreateTags", Resources=[vpc], Tags=[{"Key": "a", "Value": "1"}, {"Key": "b"}])
    cloud("CreateTags", Resources=[vpc], Tags=[{"Key": "a", "Value": "2"}])
    assert listed(cloud) == [(vpc, "a", "2"), (vpc, "b", "")]
    cloud("DeleteTags", Resources=[vpc], Tags=[{"Key": "a", "Value": "1"}])
    assert len(listed(cloud)) == 2
    cloud("DeleteTags", Resources=[vpc], Tags=[{"Key": "a"}, {"Key": "b", "Value": ""}])
    assert listed(cloud) == []
    cloud("CreateTags", Resources=[vpc], Tags=[{"Key": "a", "Value": "1"}, {"Key": "b"}])
    cloud("DeleteTags", Resources=[vpc])
    assert listed(cloud) == []


def test_every_kind_can_be_tagged(cloud, vpc):
    subnet = cloud.subnet(vpc)
    group = cloud.default_group(vpc)["GroupId"]
    filters = [where("group-id", group)]
    rules = cloud("DescribeSecurityGroupRules", Filters=filters)["SecurityGroupRules"]
    gateway = cloud("CreateCustomerGateway", Type="ipsec.1", IpAddress="198.51.100.2", BgpAsn=65000)
    ids = {
        "vpc": vpc,
        "subnet": subnet,
        "route-table": cloud.main_table(vpc)["RouteTableId"],
        "security-group": group,
        "security-group-rule": rules[0]["SecurityGroupRuleId"],
        "instance": cloud.run(subnet)["InstanceId"],
        "vpn-gateway": cloud.gateway(vpc),
        "customer-gateway": gateway["CustomerGateway"]["CustomerGatewayId"],
    }
    cloud("CreateTags", Resources=list(ids.values()), Tags=[{"Key": "a", "Value": "1"}])
    found = cloud("DescribeTags")["Tags"]
    assert {one["ResourceType"]: one["ResourceId"] for one in found} == ids


def test_filters_of_tags(cloud, vpc):
    other = cloud.vpc("10.1.0.0/16")
    cloud("CreateTags", Resources=[vpc, other], Tags=[{"Key": "a", "Value": "1"}])
    cloud("CreateTags", Resources=[other], Tags=[{"Key": "b", "Value": "2"}])
    assert listed(cloud, where("resource-id", vpc)) == [(vpc, "a", "1")]
    assert listed(cloud, where("tag:b", "2")) == [(other, "b", "2")]
    assert listed(cloud, where("key", "b"), where("value", "*")) == [(other, "b", "2")]
    assert len(listed(cloud, where("resource-type", "vpc"))) == 3
    page = cloud("DescribeTags", MaxResults=2)
    assert len(page["Tags"]) == 2
    assert len(cloud("DescribeTags", NextToken=page["NextToken"])["Tags"]) == 1


@pytest.mark.parametrize(
    ("tags", "code", "word"),
    [
        ([{"Key": "aws:x", "Value": "1"}], "InvalidParameterValue", "reserved"),
        ([{"Key": "AWS:x", "Value": "1"}], "InvalidParameterValue", "reserved"),
        ([{"Key": "", "Value": "1"}], "InvalidParameterValue", "empty"),
        ([{"Key": "k" * 129, "Value": "1"}], "InvalidParameterValue", "128"),
        ([{"Key": "k", "Value": "v" * 257}], "InvalidParameterValue", "256"),
        ([{"Key": "k"}, {"Key": "k"}], "InvalidParameterValue", "Duplicate"),
        ([{"Key": str(number)} for number in range(51)], "TagLimitExceeded", "50"),
    ],
)
def test_tags_that_are_refused(cloud, vpc, tags, code, word):
    cloud.refuses("CreateTags", code, word, Resources=[vpc], Tags=tags)
    cloud.refuses(
        "CreateVpc",
        code,
        word,
        CidrBlock="10.1.0.0/16",
        TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}],
    )
    assert listed(cloud) == []


def test_the_limit_counts_the_tags_that_are_there(cloud, vpc):
    many = [{"Key": str(number), "Value": ""} for number in range(50)]
    cloud("CreateTags", Resources=[vpc], Tags=many)
    cloud("CreateTags", Resources=[vpc], Tags=many[:1])
    cloud.refuses("CreateTags", "TagLimitExceeded", Resources=[vpc], Tags=[{"Key": "x"}])


def test_a_specification_for_another_type_is_refused(cloud):
    cloud.refuses(
        "CreateVpc",
        "InvalidParameterValue",
        "subnet",
        CidrBlock="10.0.0.0/16",
        TagSpecifications=tagged("subnet", a="b"),
    )


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        ("vpc-12345678", "InvalidVpcID.NotFound"),
        ("vpc-x", "InvalidVpcID.Malformed"),
        ("sg-12345678", "InvalidGroup.NotFound"),
        ("vpn-12345678", "InvalidVpnConnectionID.NotFound"),
        ("vol-12345678", "InvalidID"),
        ("x", "InvalidID"),
    ],
)
def test_only_what_exists_is_tagged(cloud, vpc, resource, code):
    request = {"Resources": [vpc, resource], "Tags": [{"Key": "a", "Value": "b"}]}
    cloud.refuses("CreateTags", code, **request)
    cloud.refuses("DeleteTags", code, **request)
    assert listed(cloud) == []


def test_tags_of_what_is_deleted_are_listed_as_long_as_it_is(cloud):
    created = cloud(
        "CreateVpnGateway", Type="ipsec.1", TagSpecifications=tagged("vpn-gateway", a="b")
    )
    gateway = created["VpnGateway"]["VpnGatewayId"]
    cloud("DeleteVpnGateway", VpnGatewayId=gateway)
    assert listed(cloud) == [(gateway, "a", "b")]
    cloud.refuses(
        "CreateTags", "InvalidVpnGatewayID.NotFound", Resources=[gateway], Tags=[{"Key": "c"}]
    )
    cloud.now += timedelta(hours=1)
    assert listed(cloud) == []
