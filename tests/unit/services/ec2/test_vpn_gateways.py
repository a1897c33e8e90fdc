"""Virtual private gateways and their attachments."""

from datetime import timedelta

import pytest

from landbridge.store.tables.vpc import RouteTable
from unit.services.ec2.cloud import tagged, where
from unit.services.ec2.sites import connect, customer_gateway, gateway, vpn_gateway


def attachments(cloud, gateway_id):
    return [(one["VpcId"], one["State"]) for one in gateway(cloud, gateway_id)["VpcAttachments"]]


def test_created_and_described(cloud):
    created = cloud(
        "CreateVpnGateway",
        Type="ipsec.1",
        AvailabilityZone="",  # as Terraform sends it
        TagSpecifications=tagged("vpn-gateway", Name="a"),
    )["VpnGateway"]
    assert created == {
        "VpnGatewayId": created["VpnGatewayId"],
        "State": "pending",
        "Type": "ipsec.1",
        "AmazonSideAsn": 64512,
        "VpcAttachments": [],
        "Tags": [{"Key": "Name", "Value": "a"}],
    }
    cloud.build()
    assert gateway(cloud, created["VpnGatewayId"]) == created | {"State": "available"}


@pytest.mark.parametrize("asn", [64512, 65534, 4_200_000_000, 4_294_967_294])
def test_private_asns_are_taken(cloud, asn):
    assert gateway(cloud, vpn_gateway(cloud, AmazonSideAsn=asn))["AmazonSideAsn"] == asn


@pytest.mark.parametrize("asn", [0, 64511, 65535, 4_199_999_999, 4_294_967_295])
def test_other_asns_are_refused(cloud, asn):
    cloud.refuses("CreateVpnGateway", "InvalidParameterValue", str(asn), "64512-65534",
                  Type="ipsec.1", AmazonSideAsn=asn)  # fmt: skip


def test_type_and_zone(cloud):
    cloud.refuses("CreateVpnGateway", "InvalidParameterValue", "ipsec.2", Type="ipsec.2")
    cloud.refuses("CreateVpnGateway", "InvalidParameterValue", "us-east-1a",
                  Type="ipsec.1", AvailabilityZone="mars-1a")  # fmt: skip
    made = vpn_gateway(cloud, AvailabilityZone="us-east-1b")
    assert gateway(cloud, made)["AvailabilityZone"] == "us-east-1b"


def test_filters(cloud):
    vpc = cloud.vpc()
    first = cloud.gateway(vpc)
    second = vpn_gateway(cloud, AmazonSideAsn=64513, AvailabilityZone="us-east-1b",
                         TagSpecifications=tagged("vpn-gateway", Name="b"))  # fmt: skip

    def found(name, value):
        answer = cloud("DescribeVpnGateways", Filters=[where(name, value)])
        return [one["VpnGatewayId"] for one in answer["VpnGateways"]]

    assert found("amazon-side-asn", "64512") == [first]
    assert found("amazon-side-asn", "6451?") == [first, second]
    assert found("attachment.state", "attached") == [first]
    assert found("attachment.vpc-id", vpc) == [first]
    assert found("availability-zone", "us-east-1b") == [second]
    assert found("state", "pending") == [second]
    assert found("type", "ipsec.1") == [first, second]
    assert found("tag:Name", "b") == found("vpn-gateway-id", second) == [second]


def test_an_attachments_life(cloud):
    vpc, other = cloud.vpc(), cloud.vpc("10.1.0.0/16")
    made = vpn_gateway(cloud)
    request = {"VpnGatewayId": made, "VpcId": vpc}
    attaching = {"VpcAttachment": {"State": "attaching", "VpcId": vpc}}
    assert cloud("AttachVpnGateway", **request) == attaching
    assert cloud("AttachVpnGateway", **request) == attaching
    cloud.build()
    assert attachments(cloud, made) == [(vpc, "attached")]
    assert cloud("AttachVpnGateway", **request)["VpcAttachment"]["State"] == "attached"
    assert cloud("DetachVpnGateway", **request) == {}
    assert attachments(cloud, made) == [(vpc, "detaching")]
    limit = ("AttachVpnGateway", "VpnGatewayAttachmentLimitExceeded", "detaching", vpc)
    cloud.refuses(*limit, VpnGatewayId=made, VpcId=other)
    cloud.refuses(*limit, **request)
    cloud.build()
    assert attachments(cloud, made) == [(vpc, "detached")], "it stays listed"
    cloud("AttachVpnGateway", VpnGatewayId=made, VpcId=other)
    assert attachments(cloud, made) == [(other, "attaching")], "until the next one"
    cloud.build()
    assert attachments(cloud, made) == [(other, "attached")]


def test_one_vpc_for_a_gateway_and_one_gateway_for_a_vpc(cloud):
    vpc, other = cloud.vpc(), cloud.vpc("10.1.0.0/16")
    attached, second = cloud.gateway(vpc), vpn_gateway(cloud)
    limit, code = "VpnGatewayAttachmentLimitExceeded", "InvalidVpcState"
    cloud.refuses("AttachVpnGateway", limit, vpc, VpnGatewayId=attached, VpcId=other)
    cloud.refuses("AttachVpnGateway", code, attached, VpnGatewayId=second, VpcId=vpc)
    cloud("DetachVpnGateway", VpnGatewayId=attached, VpcId=vpc)
    cloud.refuses("AttachVpnGateway", code, attached, VpnGatewayId=second, VpcId=vpc)
    cloud.build()
    cloud("AttachVpnGateway", VpnGatewayId=second, VpcId=vpc)


def test_detaching_what_is_not_attached(cloud):
    vpc, made = cloud.vpc(), vpn_gateway(cloud)
    code = "InvalidVpnGatewayAttachment.NotFound"
    cloud.refuses("DetachVpnGateway", code, vpc, made, VpnGatewayId=made, VpcId=vpc)
    cloud("AttachVpnGateway", VpnGatewayId=made, VpcId=vpc)
    cloud.refuses("DetachVpnGateway", code, VpnGatewayId=made, VpcId="vpc-12345678")
    cloud("DetachVpnGateway", VpnGatewayId=made, VpcId=vpc)
    cloud.refuses("DetachVpnGateway", code, VpnGatewayId=made, VpcId=vpc)
    cloud.refuses("DetachVpnGateway", "InvalidVpnGatewayID.NotFound",
                  VpnGatewayId="vgw-12345678", VpcId=vpc)  # fmt: skip


def test_detaching_ends_propagation(cloud):
    vpc = cloud.vpc()
    made, table = cloud.gateway(vpc), cloud.main_table(vpc)["RouteTableId"]
    cloud("EnableVgwRoutePropagation", RouteTableId=table, GatewayId=made)
    before = cloud.generation(RouteTable, table)
    cloud("DetachVpnGateway", VpnGatewayId=made, VpcId=vpc)
    assert cloud.main_table(vpc)["PropagatingVgws"] == []
    assert cloud.generation(RouteTable, table) == before + 1


def test_one_in_use_is_not_deleted(cloud):
    vpc = cloud.vpc()
    made = cloud.gateway(vpc)
    vpn = connect(cloud, customer_gateway(cloud), made)["VpnConnectionId"]
    cloud.refuses("DeleteVpnGateway", "IncorrectState", vpc, VpnGatewayId=made)
    cloud("DetachVpnGateway", VpnGatewayId=made, VpcId=vpc)
    cloud.refuses("DeleteVpnGateway", "IncorrectState", vpc, VpnGatewayId=made)
    cloud.build()
    cloud.refuses("DeleteVpnGateway", "IncorrectState", vpn, VpnGatewayId=made)
    cloud("DeleteVpnConnection", VpnConnectionId=vpn)
    cloud.refuses("DeleteVpnGateway", "IncorrectState", vpn, VpnGatewayId=made)
    cloud.build()
    cloud("DeleteVpnGateway", VpnGatewayId=made)
    assert gateway(cloud, made)["State"] == "deleting"
    cloud.build()
    assert gateway(cloud, made)["State"] == "deleted"
    cloud.refuses("DeleteVpnGateway", "InvalidVpnGatewayID.NotFound", VpnGatewayId=made)
    cloud.refuses("AttachVpnGateway", "InvalidVpnGatewayID.NotFound",
                  VpnGatewayId=made, VpcId=vpc)  # fmt: skip
    cloud.now += timedelta(hours=1)
    cloud.refuses("DescribeVpnGateways", "InvalidVpnGatewayID.NotFound", VpnGatewayIds=[made])


def test_attaching_to_a_vpc_that_there_is_not(cloud):
    cloud.refuses("AttachVpnGateway", "InvalidVpcID.NotFound",
                  VpnGatewayId=vpn_gateway(cloud), VpcId="vpc-12345678")  # fmt: skip
