"""VPCs and what is in them, as boto3 sees them: waiters, paginators, errors."""

import pytest
from botocore.exceptions import ClientError

AT_ONCE = {"Delay": 0, "MaxAttempts": 1}


@pytest.fixture
def vpc(ec2):
    return ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]


@pytest.fixture
def subnet(ec2, vpc):
    return ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]


def wait(ec2, waiter, **request):
    ec2.get_waiter(waiter).wait(**request, WaiterConfig=AT_ONCE)


def test_the_waiters_of_a_vpc_and_its_subnets(ec2, api, build, vpc, subnet):
    assert len(api.rings) == 2
    build()
    wait(ec2, "vpc_exists", VpcIds=[vpc])
    wait(ec2, "vpc_available", VpcIds=[vpc])
    wait(ec2, "subnet_available", SubnetIds=[subnet])
    (group,) = ec2.describe_security_groups()["SecurityGroups"]
    wait(ec2, "security_group_exists", GroupIds=[group["GroupId"]])


def test_the_waiters_of_an_instance(ec2, build, subnet):
    (launched,) = ec2.run_instances(
        ImageId="ami-12345678",
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
        TagSpecifications=[
            {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "host"}]}
        ],
    )["Instances"]
    assert launched["State"] == {"Code": 0, "Name": "pending"}
    ids = [launched["InstanceId"]]
    wait(ec2, "instance_exists", InstanceIds=ids)
    build()
    wait(ec2, "instance_running", InstanceIds=ids)
    wait(ec2, "instance_status_ok", InstanceIds=ids)
    wait(ec2, "system_status_ok", InstanceIds=ids)
    (interface,) = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert interface["Attachment"]["InstanceId"] == ids[0]
    ec2.terminate_instances(InstanceIds=ids)
    build()
    wait(ec2, "instance_terminated", InstanceIds=ids)


def test_route_tables_and_routes(ec2, build, vpc, subnet):
    gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpcId=vpc, VpnGatewayId=gateway)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    answer = ec2.create_route(
        RouteTableId=table, DestinationCidrBlock="192.168.0.0/16", GatewayId=gateway
    )
    assert answer["Return"] is True
    build()
    (shown,) = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"]
    assert [one["State"] for one in shown["Routes"]] == ["active", "active"]
    assert shown["Associations"][0]["AssociationState"]["State"] == "associated"
    assert shown["PropagatingVgws"] == []
    ec2.delete_route(RouteTableId=table, DestinationCidrBlock="192.168.0.0/16")


def test_rules_of_security_groups(ec2, vpc):
    group = ec2.create_security_group(VpcId=vpc, GroupName="a", Description="b")["GroupId"]
    answer = ec2.authorize_security_group_ingress(
        GroupId=group,
        IpPermissions=[
            {
                "IpProtocol": "icmp",
                "FromPort": -1,
                "ToPort": -1,
                "IpRanges": [{"CidrIp": "192.168.0.0/16", "Description": "lan"}],
                "UserIdGroupPairs": [{"GroupId": group}],
            }
        ],
    )
    assert len(answer["SecurityGroupRules"]) == 2
    pages = ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [group]}]
    )
    rules = [one for page in pages for one in page["SecurityGroupRules"]]
    assert len(rules) == 3
    incoming = [one["SecurityGroupRuleId"] for one in rules if not one["IsEgress"]]
    revoked = ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=incoming)
    assert revoked["Return"] is True
    assert ec2.delete_security_group(GroupId=group)["GroupId"] == group


def test_paginators_go_through_all(ec2, vpc):
    for number in range(12):
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")
    pages = list(ec2.get_paginator("describe_subnets").paginate(PaginationConfig={"PageSize": 5}))
    assert [len(page["Subnets"]) for page in pages] == [5, 5, 2]
    assert len({one["SubnetId"] for page in pages for one in page["Subnets"]}) == 12


def test_tags_over_the_wire(ec2, vpc):
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "Name", "Value": "é<&>"}])
    (shown,) = ec2.describe_vpcs(Filters=[{"Name": "tag:Name", "Values": ["é*"]}])["Vpcs"]
    assert shown["Tags"] == [{"Key": "Name", "Value": "é<&>"}]
    (tag,) = ec2.describe_tags()["Tags"]
    assert tag == {"Key": "Name", "Value": "é<&>", "ResourceId": vpc, "ResourceType": "vpc"}
    ec2.delete_tags(Resources=[vpc], Tags=[{"Key": "Name"}])
    assert ec2.describe_tags()["Tags"] == []


def test_attributes_of_a_vpc(ec2, vpc):
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    answer = ec2.describe_vpc_attribute(VpcId=vpc, Attribute="enableDnsHostnames")
    assert answer["EnableDnsHostnames"] == {"Value": True}


@pytest.mark.parametrize(
    ("operation", "request_", "code"),
    [
        ("delete_vpc", {"VpcId": "vpc-12345678"}, "InvalidVpcID.NotFound"),
        ("describe_subnets", {"SubnetIds": ["subnet-12345678"]}, "InvalidSubnetID.NotFound"),
        (
            "describe_route_tables",
            {"RouteTableIds": ["rtb-12345678"]},
            "InvalidRouteTableID.NotFound",
        ),
        ("describe_security_groups", {"GroupIds": ["sg-12345678"]}, "InvalidGroup.NotFound"),
        ("describe_security_groups", {"GroupIds": ["x"]}, "InvalidGroupId.Malformed"),
        ("describe_instances", {"InstanceIds": ["i-12345678"]}, "InvalidInstanceID.NotFound"),
    ],
)
def test_what_is_not_there(ec2, operation, request_, code):
    with pytest.raises(ClientError) as refusal:
        getattr(ec2, operation)(**request_)
    assert refusal.value.response["Error"]["Code"] == code
