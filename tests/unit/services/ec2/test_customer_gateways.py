"""Customer gateways: what is taken, what is refused, what clients read."""

from datetime import timedelta

import pytest

from unit.services.ec2.cloud import tagged, where
from unit.services.ec2.sites import ADDRESS, connect, customer_gateway, vpn_gateway


def create(cloud, **request):
    return cloud("CreateCustomerGateway", Type="ipsec.1", **request)["CustomerGateway"]


def described(cloud, *filters):
    answer = cloud("DescribeCustomerGateways", Filters=list(filters))
    return [one["CustomerGatewayId"] for one in answer["CustomerGateways"]]


def test_created_and_described(cloud):
    created = create(
        cloud,
        IpAddress=ADDRESS,
        BgpAsn=65001,
        DeviceName="edge",
        TagSpecifications=tagged("customer-gateway", Name="a"),
    )
    assert created == {
        "CustomerGatewayId": created["CustomerGatewayId"],
        "State": "available",
        "Type": "ipsec.1",
        "IpAddress": ADDRESS,
        "BgpAsn": "65001",
        "DeviceName": "edge",
        "Tags": [{"Key": "Name", "Value": "a"}],
    }
    assert cloud("DescribeCustomerGateways") == {"CustomerGateways": [created]}


def test_the_asn_is_65000_unless_told_and_a_large_one_has_its_own_member(cloud):
    assert create(cloud, PublicIp=ADDRESS)["BgpAsn"] == "65000"
    large = create(cloud, IpAddress=ADDRESS, BgpAsnExtended=4_200_000_000)
    assert large["BgpAsnExtended"] == "4200000000"
    assert "BgpAsn" not in large
    assert large["Tags"] == []
    assert described(cloud, where("bgp-asn", "4200000000")) == [large["CustomerGatewayId"]]


def test_an_identical_request_returns_the_one_that_exists(cloud):
    first = customer_gateway(cloud)
    assert customer_gateway(cloud) == first
    others = {
        customer_gateway(cloud, BgpAsn=65001),
        customer_gateway(cloud, DeviceName="second"),
        customer_gateway(cloud, "198.51.100.3"),
    }
    assert len(others | {first}) == 4
    cloud("DeleteCustomerGateway", CustomerGatewayId=first)
    assert customer_gateway(cloud) not in others | {first}


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        ({}, "MissingParameter", ["ipAddress"]),
        ({"IpAddress": ""}, "MissingParameter", ["ipAddress"]),
        ({"IpAddress": ADDRESS, "PublicIp": "198.51.100.9"}, "InvalidParameterCombination",
         ["publicIp"]),
        ({"IpAddress": "router.example"}, "InvalidParameterValue", ["router.example", "IPv4"]),
        ({"IpAddress": "2001:db8::1"}, "InvalidParameterValue", ["2001:db8::1", "IPv4"]),
        ({"IpAddress": "203.0.113.9"}, "InvalidParameterValue", ["203.0.113.0/24"]),
        ({"IpAddress": "224.0.0.5"}, "InvalidParameterValue", ["ipAddress"]),
        ({"IpAddress": "127.0.0.1"}, "InvalidParameterValue", ["ipAddress"]),
        ({"IpAddress": "169.254.6.1"}, "InvalidParameterValue", ["ipAddress"]),
        ({"IpAddress": "255.255.255.255"}, "InvalidParameterValue", ["ipAddress"]),
        ({"PublicIp": "0.0.0.1"}, "InvalidParameterValue", ["publicIp", "0.0.0.1"]),
        ({"IpAddress": ADDRESS, "BgpAsn": 0}, "InvalidParameterValue", ["bgpAsn", "1-2147483647"]),
        ({"IpAddress": ADDRESS, "BgpAsn": 7224}, "InvalidParameterValue", ["7224"]),
        ({"IpAddress": ADDRESS, "BgpAsnExtended": 65000}, "InvalidParameterValue",
         ["bgpAsnExtended", "2147483648"]),
        ({"IpAddress": ADDRESS, "BgpAsn": 1, "BgpAsnExtended": 4_200_000_000},
         "InvalidParameterCombination", ["bgpAsnExtended"]),
        ({"IpAddress": ADDRESS, "DeviceName": "x" * 256}, "InvalidParameterValue",
         ["deviceName", "255"]),
        ({"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1"},
         "UnsupportedOperation", ["certificateArn"]),
        ({"IpAddress": ADDRESS, "TagSpecifications": tagged("vpc", a="b")},
         "InvalidParameterValue", ["customer-gateway"]),
    ],
)  # fmt: skip
def test_what_is_refused(cloud, request_, code, words):
    cloud.refuses("CreateCustomerGateway", code, *words, Type="ipsec.1", **request_)
    assert described(cloud) == []


def test_another_type_is_refused(cloud):
    cloud.refuses(
        "CreateCustomerGateway", "InvalidParameterValue", "ipsec.1-aes256", "ipsec.1",
        Type="ipsec.1-aes256", IpAddress=ADDRESS,
    )  # fmt: skip


def test_the_longest_device_name(cloud):
    assert create(cloud, IpAddress=ADDRESS, DeviceName="x" * 255)["DeviceName"] == "x" * 255


def test_filters(cloud):
    first = customer_gateway(cloud, TagSpecifications=tagged("customer-gateway", Name="a"))
    second = customer_gateway(cloud, "198.51.100.3", BgpAsn=65001)
    cloud("DeleteCustomerGateway", CustomerGatewayId=second)
    assert described(cloud, where("bgp-asn", "65000")) == [first]
    assert described(cloud, where("customer-gateway-id", second)) == [second]
    assert described(cloud, where("ip-address", "198.51.100.?")) == [first, second]
    assert described(cloud, where("state", "deleted")) == [second]
    assert described(cloud, where("type", "ipsec.1")) == [first, second]
    assert described(cloud, where("tag:Name", "a")) == [first]
    cloud.refuses("DescribeCustomerGateways", "InvalidParameterValue", Filters=[where("x", "y")])


def test_a_deleted_one_is_seen_for_an_hour(cloud):
    gone = customer_gateway(cloud)
    cloud("DeleteCustomerGateway", CustomerGatewayId=gone)
    (seen,) = cloud("DescribeCustomerGateways", CustomerGatewayIds=[gone])["CustomerGateways"]
    assert seen["State"] == "deleted"
    cloud.refuses("DeleteCustomerGateway", "InvalidCustomerGatewayID.NotFound",
                  f"The customerGateway ID '{gone}' does not exist",
                  CustomerGatewayId=gone)  # fmt: skip
    cloud.now += timedelta(hours=1)
    cloud.refuses("DescribeCustomerGateways", "InvalidCustomerGatewayID.NotFound",
                  CustomerGatewayIds=[gone])  # fmt: skip
    assert described(cloud) == []


def test_one_in_use_is_kept_until_the_connection_is_gone(cloud):
    customer = customer_gateway(cloud)
    vpn = connect(cloud, customer, vpn_gateway(cloud))["VpnConnectionId"]
    cloud.build()
    in_use = ("DeleteCustomerGateway", "IncorrectState", "The customer gateway is in use.", vpn)
    cloud.refuses(*in_use, CustomerGatewayId=customer)
    cloud("DeleteVpnConnection", VpnConnectionId=vpn)
    cloud.refuses(*in_use, CustomerGatewayId=customer)
    cloud.build()
    cloud("DeleteCustomerGateway", CustomerGatewayId=customer)


def test_ids_of_another_form(cloud):
    cloud.refuses("DescribeCustomerGateways", "InvalidCustomerGatewayID.Malformed",
                  CustomerGatewayIds=["vgw-12345678"])  # fmt: skip
