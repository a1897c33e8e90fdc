"""Instances and their network interfaces."""

from datetime import timedelta

import pytest

from landbridge.store.tables.vpc import Instance
from unit.services.ec2.cloud import ACCOUNT, tagged, where


@pytest.fixture
def vpc(cloud):
    return cloud.vpc()


@pytest.fixture
def subnet(cloud, vpc):
    return cloud.subnet(vpc)


def instances(cloud, **request):
    answer = cloud("DescribeInstances", **request)
    return [one for each in answer["Reservations"] for one in each["Instances"]]


def test_the_life_of_an_instance(cloud, vpc, subnet):
    launched = cloud(
        "RunInstances",
        ImageId="ami-12345678",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
        ClientToken="once",
        TagSpecifications=tagged("instance", Name="host"),
    )
    assert launched["OwnerId"] == ACCOUNT
    (instance,) = launched["Instances"]
    assert instance["State"] == {"Code": 0, "Name": "pending"}
    assert instance["PrivateIpAddress"] == "10.0.1.4"
    assert instance["InstanceType"] == "t3.micro"
    assert (instance["VpcId"], instance["SubnetId"]) == (vpc, subnet)
    assert instance["Placement"]["AvailabilityZone"] == "us-east-1a"
    assert [one["GroupName"] for one in instance["SecurityGroups"]] == ["default"]
    (interface,) = instance["NetworkInterfaces"]
    assert interface["PrivateIpAddress"] == "10.0.1.4"
    assert interface["MacAddress"].startswith("02:")
    assert interface["MacAddress"].replace(":", "")[2:] == instance["InstanceId"][-10:]
    assert instance["Tags"] == [{"Key": "Name", "Value": "host"}]
    assert instance["ClientToken"] == "once"
    cloud.build()
    (running,) = instances(cloud, InstanceIds=[instance["InstanceId"]])
    assert running == {**instance, "State": {"Code": 16, "Name": "running"}}
    answer = cloud("TerminateInstances", InstanceIds=[instance["InstanceId"]])
    assert answer["TerminatingInstances"] == [
        {
            "InstanceId": instance["InstanceId"],
            "PreviousState": {"Code": 16, "Name": "running"},
            "CurrentState": {"Code": 32, "Name": "shutting-down"},
        }
    ]
    cloud.build()
    (terminated,) = instances(cloud)
    assert terminated["State"] == {"Code": 48, "Name": "terminated"}
    assert terminated["NetworkInterfaces"] == []
    assert "PrivateIpAddress" not in terminated
    assert terminated["StateTransitionReason"].startswith("User initiated (2026-01-02")
    cloud("TerminateInstances", InstanceIds=[instance["InstanceId"]])
    cloud.now += timedelta(hours=1)
    assert instances(cloud) == []
    cloud.refuses(
        "TerminateInstances",
        "InvalidInstanceID.NotFound",
        InstanceIds=[instance["InstanceId"]],
    )


def test_addresses_are_given_out_from_the_lowest(cloud, vpc):
    subnet = cloud.subnet(vpc, "10.0.2.0/28")
    first = cloud("RunInstances", ImageId="ami-12345678", MinCount=2, MaxCount=3, SubnetId=subnet)[
        "Instances"
    ]
    assert [one["PrivateIpAddress"] for one in first] == ["10.0.2.4", "10.0.2.5", "10.0.2.6"]
    assert [one["AmiLaunchIndex"] for one in first] == [0, 1, 2]
    cloud.build()
    cloud("TerminateInstances", InstanceIds=[first[1]["InstanceId"]])
    assert cloud.run(subnet)["PrivateIpAddress"] == "10.0.2.7"  # 10.0.2.5 is still there
    cloud.build()
    assert cloud.run(subnet)["PrivateIpAddress"] == "10.0.2.5"
    (described,) = cloud("DescribeSubnets", SubnetIds=[subnet])["Subnets"]
    assert described["AvailableIpAddressCount"] == 11 - 4
    rest = cloud("RunInstances", ImageId="ami-12345678", MinCount=1, MaxCount=100, SubnetId=subnet)[
        "Instances"
    ]
    assert len(rest) == 7
    assert rest[-1]["PrivateIpAddress"] == "10.0.2.14"
    cloud.refuses(
        "RunInstances",
        "InsufficientFreeAddressesInSubnet",
        ImageId="ami-12345678",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
    )


def test_a_chosen_address(cloud, subnet):
    assert cloud.run(subnet, PrivateIpAddress="10.0.1.77")["PrivateIpAddress"] == "10.0.1.77"
    request = {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet}
    for address, code in {
        "10.0.1.77": "InvalidIPAddress.InUse",
        "10.0.1.3": "InvalidParameterValue",
        "10.0.1.255": "InvalidParameterValue",
        "10.0.2.4": "InvalidParameterValue",
        "x": "InvalidParameterValue",
    }.items():
        cloud.refuses("RunInstances", code, address, **request, PrivateIpAddress=address)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"ImageId": None}, "MissingParameter"),
        ({"ImageId": "x"}, "InvalidAMIID.Malformed"),
        ({"SubnetId": None}, "VPCIdNotSpecified"),
        ({"SubnetId": "subnet-12345678"}, "InvalidSubnetID.NotFound"),
        ({"MinCount": 0}, "InvalidParameterValue"),
        ({"MinCount": 2}, "InvalidParameterValue"),
        ({"KeyName": "k"}, "UnsupportedOperation"),
        ({"UserData": "eA=="}, "UnsupportedOperation"),
        ({"Monitoring": {"Enabled": True}}, "UnsupportedOperation"),
        ({"BlockDeviceMappings": [{"DeviceName": "/dev/sda"}]}, "UnsupportedOperation"),
        ({"SecurityGroups": ["default"]}, "InvalidParameterCombination"),
        ({"SecurityGroupIds": ["sg-12345678"]}, "InvalidGroup.NotFound"),
        ({"Placement": {"AvailabilityZone": "us-east-1b"}}, "InvalidParameterValue"),
        ({"Placement": {"Tenancy": "host"}}, "InvalidParameterValue"),
        ({"TagSpecifications": tagged("volume", a="b")}, "InvalidParameterValue"),
        ({"NetworkInterfaces": [{"DeviceIndex": 0}]}, "InvalidParameterCombination"),
        (
            {"SubnetId": None, "NetworkInterfaces": [{"DeviceIndex": 1}]},
            "UnsupportedOperation",
        ),
    ],
)
def test_launches_that_are_refused(cloud, subnet, change, code):
    request = {"ImageId": "ami-12345678", "MinCount": 1, "MaxCount": 1, "SubnetId": subnet}
    cloud.refuses("RunInstances", code, **{**request, **change})
    assert instances(cloud) == []


def test_a_group_of_another_vpc_is_refused(cloud, subnet):
    foreign = cloud.default_group(cloud.vpc("10.1.0.0/16"))["GroupId"]
    cloud.refuses(
        "RunInstances",
        "InvalidParameter",
        foreign,
        ImageId="ami-12345678",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
        SecurityGroupIds=[foreign],
    )


def test_what_clients_send_without_need_is_taken(cloud, subnet):
    cloud.run(
        subnet,
        DisableApiTermination=False,
        EbsOptimized=False,
        Monitoring={"Enabled": False},
        Placement={"AvailabilityZone": "us-east-1a", "Tenancy": "default"},
    )


def test_the_network_interface_form(cloud, vpc, subnet):
    group = cloud.default_group(vpc)["GroupId"]
    interface = {
        "DeviceIndex": 0,
        "SubnetId": subnet,
        "Groups": [group],
        "PrivateIpAddress": "10.0.1.9",
        "AssociatePublicIpAddress": False,
        "DeleteOnTermination": True,
    }
    launched = cloud.run(None, NetworkInterfaces=[interface])
    assert launched["PrivateIpAddress"] == "10.0.1.9"
    for change in ({"AssociatePublicIpAddress": True}, {"DeleteOnTermination": False}):
        cloud.refuses(
            "RunInstances",
            "UnsupportedOperation",
            next(iter(change)),
            ImageId="ami-12345678",
            MinCount=1,
            MaxCount=1,
            NetworkInterfaces=[{**interface, **change}],
        )


def test_one_token_launches_once(cloud, subnet):
    first, second = (cloud.run(subnet, ClientToken="t") for _ in range(2))
    assert first == second
    cloud.refuses(
        "RunInstances",
        "IdempotentParameterMismatch",
        ImageId="ami-87654321",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
        ClientToken="t",
    )


def test_filters_and_pages_of_instances(cloud, subnet):
    launched = [cloud.run(subnet)["InstanceId"] for _ in range(6)]
    cloud.build()
    cloud("TerminateInstances", InstanceIds=launched[:1])
    running = instances(cloud, Filters=[where("instance-state-name", "pending", "running")])
    assert [one["InstanceId"] for one in running] == launched[1:]
    (found,) = instances(cloud, Filters=[where("private-ip-address", "10.0.1.6")])
    assert found["InstanceId"] == launched[2]
    assert len(instances(cloud, Filters=[where("network-interface.subnet-id", subnet)])) == 6
    assert instances(cloud, Filters=[where("key-name", "*")]) == []
    page = cloud("DescribeInstances", MaxResults=5)
    shown = [one["InstanceId"] for each in page["Reservations"] for one in each["Instances"]]
    assert shown == launched[:5]
    (last,) = instances(cloud, NextToken=page["NextToken"])
    assert last["InstanceId"] == launched[5]
    cloud.refuses(
        "DescribeInstances", "InvalidParameterCombination", MaxResults=5, InstanceIds=launched
    )
    cloud.refuses("DescribeInstances", "InvalidParameterValue", "5 to 1000", MaxResults=4)


def test_one_reservation_holds_what_was_launched_together(cloud, subnet):
    cloud("RunInstances", ImageId="ami-12345678", MinCount=2, MaxCount=2, SubnetId=subnet)
    cloud.run(subnet)
    sizes = [len(one["Instances"]) for one in cloud("DescribeInstances")["Reservations"]]
    assert sizes == [2, 1]


def test_instance_status(cloud, subnet):
    instance = cloud.run(subnet)["InstanceId"]
    assert cloud("DescribeInstanceStatus")["InstanceStatuses"] == []
    (status,) = cloud("DescribeInstanceStatus", IncludeAllInstances=True)["InstanceStatuses"]
    assert status["InstanceStatus"]["Status"] == "initializing"
    cloud.build()
    (status,) = cloud("DescribeInstanceStatus", InstanceIds=[instance])["InstanceStatuses"]
    assert status["InstanceStatus"]["Status"] == status["SystemStatus"]["Status"] == "ok"
    assert status["InstanceState"]["Name"] == "running"


def test_network_interfaces(cloud, vpc, subnet):
    launched = cloud.run(subnet)
    interface_id = launched["NetworkInterfaces"][0]["NetworkInterfaceId"]
    cloud.build()
    filters = [where("subnet-id", subnet), where("attachment.instance-id", "i-*")]
    (found,) = cloud("DescribeNetworkInterfaces", Filters=filters)["NetworkInterfaces"]
    assert found["NetworkInterfaceId"] == interface_id
    assert found["Attachment"]["InstanceId"] == launched["InstanceId"]
    lambdas = [where("group-id", "sg-*"), where("description", "AWS Lambda VPC ENI*")]
    assert cloud("DescribeNetworkInterfaces", Filters=lambdas)["NetworkInterfaces"] == []
    group = cloud("CreateSecurityGroup", VpcId=vpc, GroupName="a", Description="b")["GroupId"]
    cloud("ModifyNetworkInterfaceAttribute", NetworkInterfaceId=interface_id, Groups=[group])
    (shown,) = instances(cloud)
    assert shown["SecurityGroups"] == [{"GroupId": group, "GroupName": "a"}]
    assert shown["State"]["Name"] == "running"  # while its firewall changes
    assert cloud.generation(Instance, launched["InstanceId"]) == 2
    cloud("TerminateInstances", InstanceIds=[launched["InstanceId"]])
    cloud.build()
    cloud.refuses(
        "DescribeNetworkInterfaces",
        "InvalidNetworkInterfaceID.NotFound",
        NetworkInterfaceIds=[interface_id],
    )


def test_an_instance_has_groups_to_change_and_nothing_else(cloud, vpc, subnet):
    instance = cloud.run(subnet)["InstanceId"]
    group = cloud.default_group(vpc)["GroupId"]
    cloud("ModifyInstanceAttribute", InstanceId=instance, Groups=[group])
    cloud.refuses(
        "ModifyInstanceAttribute",
        "UnsupportedOperation",
        "InstanceType",
        InstanceId=instance,
        InstanceType={"Value": "t3.large"},
    )
