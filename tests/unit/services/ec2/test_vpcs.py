"""VPCs, their attributes, subnets and Availability Zones."""

import pytest

from unit.services.ec2.cloud import ACCOUNT, tagged, where


def test_a_vpc_is_pending_until_it_is_built(cloud):
    vpc = cloud("CreateVpc", CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc", Name="a"))
    vpc = vpc["Vpc"]
    assert vpc["State"] == "pending"
    assert vpc["OwnerId"] == ACCOUNT
    assert vpc["Tags"] == [{"Key": "Name", "Value": "a"}]
    assert vpc["IsDefault"] is False
    cloud.build()
    (described,) = cloud("DescribeVpcs", VpcIds=[vpc["VpcId"]])["Vpcs"]
    assert described == {**vpc, "State": "available"}


def test_a_vpc_is_born_with_a_main_route_table_and_a_default_group(cloud):
    vpc = cloud.vpc()
    table = cloud.main_table(vpc)
    assert table["Routes"] == [
        {
            "DestinationCidrBlock": "10.0.0.0/16",
            "GatewayId": "local",
            "Origin": "CreateRouteTable",
            "State": "active",
        }
    ]
    (association,) = table["Associations"]
    assert association["Main"] is True
    assert "SubnetId" not in association
    assert association["AssociationState"] == {"State": "associated"}
    group = cloud.default_group(vpc)
    (incoming,), (outgoing,) = group["IpPermissions"], group["IpPermissionsEgress"]
    assert incoming["UserIdGroupPairs"] == [{"GroupId": group["GroupId"], "UserId": ACCOUNT}]
    assert outgoing["IpRanges"] == [{"CidrIp": "0.0.0.0/0"}]
    assert incoming["IpProtocol"] == outgoing["IpProtocol"] == "-1"
    assert "FromPort" not in incoming


@pytest.mark.parametrize(
    "block",
    ["10.0.0.0/15", "10.0.0.0/29", "127.1.0.0/16", "169.254.0.0/16", "224.0.0.0/16", "0.0.0.0/16"],
)
def test_a_block_that_no_vpc_may_have(cloud, block):
    cloud.refuses("CreateVpc", "InvalidVpc.Range", block, CidrBlock=block)


@pytest.mark.parametrize("block", ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/255.255.0.0", "::/64", "x"])
def test_text_that_is_no_block(cloud, block):
    cloud.refuses("CreateVpc", "InvalidParameterValue", "cidrBlock", block, CidrBlock=block)


def test_host_bits_are_cleared(cloud):
    assert cloud("CreateVpc", CidrBlock="10.0.3.4/16")["Vpc"]["CidrBlock"] == "10.0.0.0/16"


@pytest.mark.parametrize(
    ("member", "value", "code"),
    [
        ("AmazonProvidedIpv6CidrBlock", True, "UnsupportedOperation"),
        ("Ipv4IpamPoolId", "ipam-pool-1", "UnsupportedOperation"),
        ("InstanceTenancy", "dedicated", "InvalidParameterValue"),
    ],
)
def test_what_a_vpc_is_not(cloud, member, value, code):
    cloud.refuses("CreateVpc", code, CidrBlock="10.0.0.0/16", **{member: value})
    assert cloud("DescribeVpcs")["Vpcs"] == []


def test_what_clients_send_without_need_is_taken(cloud):
    cloud(
        "CreateVpc",
        CidrBlock="10.0.0.0/16",
        AmazonProvidedIpv6CidrBlock=False,
        InstanceTenancy="default",
    )


def test_a_vpc_goes_with_what_it_was_born_with(cloud):
    vpc = cloud.vpc()
    cloud("CreateTags", Resources=[vpc], Tags=[{"Key": "Name", "Value": "a"}])
    cloud.build()
    cloud("DeleteVpc", VpcId=vpc)
    assert cloud("DescribeVpcs")["Vpcs"] == []
    assert cloud("DescribeRouteTables")["RouteTables"] == []
    assert cloud("DescribeSecurityGroups")["SecurityGroups"] == []
    assert cloud("DescribeTags")["Tags"] == []
    cloud.refuses("DescribeVpcs", "InvalidVpcID.NotFound", f"'{vpc}'", VpcIds=[vpc])
    cloud.refuses("DeleteVpc", "InvalidVpcID.NotFound", VpcId=vpc)


def test_a_vpc_in_use_stays(cloud):
    vpc = cloud.vpc()

    def stays() -> None:
        cloud.refuses("DeleteVpc", "DependencyViolation", f"The vpc '{vpc}' has", VpcId=vpc)

    subnet = cloud.subnet(vpc)
    stays()
    cloud("DeleteSubnet", SubnetId=subnet)
    table = cloud("CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]
    stays()
    cloud("DeleteRouteTable", RouteTableId=table)
    group = cloud("CreateSecurityGroup", VpcId=vpc, GroupName="a", Description="b")["GroupId"]
    stays()
    cloud("DeleteSecurityGroup", GroupId=group)
    gateway = cloud.gateway(vpc)
    stays()
    cloud("DetachVpnGateway", VpcId=vpc, VpnGatewayId=gateway)
    stays()  # it is still being detached
    cloud.build()
    cloud("DeleteVpc", VpcId=vpc)


def test_filters_and_pages_of_vpcs(cloud):
    vpcs = [cloud.vpc(f"10.{number}.0.0/16") for number in range(7)]
    by_block = cloud("DescribeVpcs", Filters=[where("cidr", "10.3.*", "10.4.0.0/16")])["Vpcs"]
    assert [one["VpcId"] for one in by_block] == vpcs[3:5]
    assert cloud("DescribeVpcs", Filters=[where("is-default", "true")])["Vpcs"] == []
    found, request = [], {"MaxResults": 5}
    while True:
        answer = cloud("DescribeVpcs", **request)
        found += [one["VpcId"] for one in answer["Vpcs"]]
        if "NextToken" not in answer:
            break
        request["NextToken"] = answer["NextToken"]
    assert sorted(found) == sorted(vpcs)
    cloud.refuses("DescribeVpcs", "InvalidParameterValue", "'x'", Filters=[where("x", "y")])


def test_attributes_are_kept(cloud):
    vpc = cloud.vpc()

    def value(attribute: str) -> bool:
        answer = cloud("DescribeVpcAttribute", VpcId=vpc, Attribute=attribute)
        return answer[attribute[0].upper() + attribute[1:]]["Value"]

    assert value("enableDnsSupport") is True
    assert value("enableDnsHostnames") is False
    assert value("enableNetworkAddressUsageMetrics") is False
    cloud("ModifyVpcAttribute", VpcId=vpc, EnableDnsHostnames={"Value": True})
    assert value("enableDnsHostnames") is True
    cloud.refuses(
        "ModifyVpcAttribute",
        "UnsupportedOperation",
        VpcId=vpc,
        EnableNetworkAddressUsageMetrics={"Value": True},
    )
    cloud.refuses("ModifyVpcAttribute", "MissingParameter", VpcId=vpc)


def test_a_subnet(cloud):
    vpc = cloud.vpc()
    subnet = cloud(
        "CreateSubnet",
        VpcId=vpc,
        CidrBlock="10.0.1.0/24",
        AvailabilityZone="us-east-1b",
        TagSpecifications=tagged("subnet", Name="s"),
    )["Subnet"]
    assert subnet["State"] == "pending"
    assert subnet["AvailableIpAddressCount"] == 251
    assert (subnet["AvailabilityZone"], subnet["AvailabilityZoneId"]) == ("us-east-1b", "lb-az2")
    cloud.build()
    filters = [where("vpc-id", vpc), where("tag:Name", "s"), where("state", "available")]
    (described,) = cloud("DescribeSubnets", Filters=filters)["Subnets"]
    assert described == {**subnet, "State": "available"}


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ("10.1.0.0/24", "InvalidSubnet.Range"),
        ("10.0.0.0/15", "InvalidSubnet.Range"),
        ("10.0.2.0/29", "InvalidSubnet.Range"),
        ("10.0.1.128/25", "InvalidSubnet.Conflict"),
        ("10.0.0.0/16", "InvalidSubnet.Conflict"),
        ("10.0.1.0", "InvalidParameterValue"),
        ("", "MissingParameter"),
    ],
)
def test_a_block_that_a_subnet_cannot_have(cloud, block, code):
    vpc = cloud.vpc()
    cloud.subnet(vpc, "10.0.1.0/24")
    cloud.refuses("CreateSubnet", code, VpcId=vpc, CidrBlock=block)


def test_a_deleted_subnet_frees_its_block_and_its_association(cloud):
    vpc = cloud.vpc()
    subnet = cloud.subnet(vpc)
    table = cloud("CreateRouteTable", VpcId=vpc)["RouteTable"]["RouteTableId"]
    cloud("AssociateRouteTable", SubnetId=subnet, RouteTableId=table)
    cloud("DeleteSubnet", SubnetId=subnet)
    cloud.refuses("DeleteSubnet", "InvalidSubnetID.NotFound", SubnetId=subnet)
    cloud.subnet(vpc)
    cloud("DeleteRouteTable", RouteTableId=table)


def test_a_subnet_with_an_instance_stays_until_it_is_terminated(cloud):
    subnet = cloud.subnet(cloud.vpc())
    instance = cloud.run(subnet)["InstanceId"]
    cloud.build()
    cloud("TerminateInstances", InstanceIds=[instance])
    cloud.refuses("DeleteSubnet", "DependencyViolation", instance, SubnetId=subnet)
    cloud.build()
    cloud("DeleteSubnet", SubnetId=subnet)


def test_zones(cloud):
    zones = cloud("DescribeAvailabilityZones")["AvailabilityZones"]
    assert [one["ZoneName"] for one in zones] == ["us-east-1a", "us-east-1b", "us-east-1c"]
    (zone,) = cloud("DescribeAvailabilityZones", ZoneIds=["lb-az3"])["AvailabilityZones"]
    assert zone["ZoneName"] == "us-east-1c"
    cloud.refuses("DescribeAvailabilityZones", "InvalidParameterValue", ZoneNames=["us-east-1d"])
    cloud.refuses(
        "CreateSubnet",
        "InvalidParameterValue",
        "us-east-1a",
        VpcId=cloud.vpc(),
        CidrBlock="10.0.1.0/24",
        AvailabilityZone="eu-west-1a",
    )


def test_a_dry_run_writes_nothing(cloud):
    cloud.refuses("CreateVpc", "DryRunOperation", CidrBlock="10.0.0.0/16", DryRun=True)
    assert cloud("DescribeVpcs")["Vpcs"] == []
