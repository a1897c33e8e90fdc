"""The VPN family over the wire, with boto3 as a customer has it."""

import pytest
from botocore.exceptions import ClientError

SOON = {"Delay": 1, "MaxAttempts": 2}


def code(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def test_getting_started_and_clearing_up(ec2, build):
    tags = [{"ResourceType": "vpn-connection", "Tags": [{"Key": "Name", "Value": "office"}]}]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    cgw = ec2.create_customer_gateway(Type="ipsec.1", PublicIp="198.51.100.2", BgpAsn=65000)
    cgw = cgw["CustomerGateway"]["CustomerGatewayId"]
    ec2.get_waiter("customer_gateway_available").wait(CustomerGatewayIds=[cgw], WaiterConfig=SOON)
    vgw = ec2.create_vpn_gateway(Type="ipsec.1", AvailabilityZone="")["VpnGateway"]
    assert (vgw["VpcAttachments"], vgw["Tags"]) == ([], [])
    vgw = vgw["VpnGatewayId"]
    attachment = ec2.attach_vpn_gateway(VpnGatewayId=vgw, VpcId=vpc)["VpcAttachment"]
    assert attachment == {"State": "attaching", "VpcId": vpc}
    created = ec2.create_vpn_connection(
        Type="ipsec.1",
        CustomerGatewayId=cgw,
        VpnGatewayId=vgw,
        TagSpecifications=tags,
        Options={
            "TunnelInsideIpVersion": "ipv4",
            "StaticRoutesOnly": True,
            "TunnelOptions": [
                {
                    "DPDTimeoutSeconds": 60,
                    "DPDTimeoutAction": "restart",
                    "IKEVersions": [{"Value": "ikev2"}],
                    "Phase1DHGroupNumbers": [{"Value": 20}, {"Value": 14}],
                },
                {},
            ],
        },
    )["VpnConnection"]
    vpn = created["VpnConnectionId"]
    first, second = created["Options"]["TunnelOptions"]
    assert first["DpdTimeoutSeconds"] == 60
    assert first["DpdTimeoutAction"] == "restart"
    assert first["IkeVersions"] == [{"Value": "ikev2"}]
    assert first["Phase1DHGroupNumbers"] == [{"Value": 20}, {"Value": 14}]
    assert "DpdTimeoutSeconds" not in second
    assert created["CustomerGatewayConfiguration"].startswith('<?xml version="1.0"')
    assert len(created["VgwTelemetry"]) == 2
    assert created["Tags"] == tags[0]["Tags"]
    build()
    ec2.get_waiter("vpn_connection_available").wait(VpnConnectionIds=[vpn], WaiterConfig=SOON)
    ec2.create_vpn_connection_route(VpnConnectionId=vpn, DestinationCidrBlock="192.168.10.0/24")
    route = [
        {"Name": "route.destination-cidr-block", "Values": ["192.168.10.0/24"]},
        {"Name": "vpn-connection-id", "Values": [vpn]},
    ]
    (found,) = ec2.describe_vpn_connections(Filters=route)["VpnConnections"]
    assert found["Routes"] == [
        {"DestinationCidrBlock": "192.168.10.0/24", "Source": "Static", "State": "pending"}
    ]
    in_use = code(ec2.delete_customer_gateway, CustomerGatewayId=cgw)
    assert in_use == code(ec2.delete_vpn_gateway, VpnGatewayId=vgw) == "IncorrectState"
    ec2.delete_vpn_connection_route(VpnConnectionId=vpn, DestinationCidrBlock="192.168.10.0/24")
    ec2.delete_vpn_connection(VpnConnectionId=vpn)
    ec2.detach_vpn_gateway(VpnGatewayId=vgw, VpcId=vpc)
    build()
    ec2.get_waiter("vpn_connection_deleted").wait(VpnConnectionIds=[vpn], WaiterConfig=SOON)
    ec2.delete_vpn_gateway(VpnGatewayId=vgw)
    ec2.delete_customer_gateway(CustomerGatewayId=cgw)
    (gone,) = ec2.describe_customer_gateways(CustomerGatewayIds=[cgw])["CustomerGateways"]
    assert gone["State"] == "deleted"


def test_a_downloaded_file(ec2):
    cgw = ec2.create_customer_gateway(Type="ipsec.1", IpAddress="198.51.100.2", BgpAsn=65000)
    vpn = ec2.create_vpn_connection(
        Type="ipsec.1",
        CustomerGatewayId=cgw["CustomerGateway"]["CustomerGatewayId"],
        Options={"StaticRoutesOnly": True},
    )["VpnConnection"]
    devices = ec2.get_vpn_connection_device_types()["VpnConnectionDeviceTypes"]
    for device in devices:
        text = ec2.get_vpn_connection_device_sample_configuration(
            VpnConnectionId=vpn["VpnConnectionId"],
            VpnConnectionDeviceTypeId=device["VpnConnectionDeviceTypeId"],
        )["VpnConnectionDeviceSampleConfiguration"]
        for tunnel in vpn["Options"]["TunnelOptions"]:
            assert tunnel["PreSharedKey"] in text
            assert tunnel["OutsideIpAddress"] in text


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("modify_vpn_connection", {"VpnConnectionId": "vpn-12345678"}),
        ("modify_vpn_connection_options", {"VpnConnectionId": "vpn-12345678"}),
        ("modify_vpn_tunnel_certificate", {"VpnConnectionId": "vpn-12345678",
                                           "VpnTunnelOutsideIpAddress": "203.0.113.2"}),
        ("modify_vpn_tunnel_options", {"VpnConnectionId": "vpn-12345678",
                                       "TunnelOptions": {"DPDTimeoutSeconds": 60},
                                       "VpnTunnelOutsideIpAddress": "203.0.113.2"}),
        ("replace_vpn_tunnel", {"VpnConnectionId": "vpn-12345678",
                                "VpnTunnelOutsideIpAddress": "203.0.113.2"}),
        ("get_vpn_tunnel_replacement_status", {"VpnConnectionId": "vpn-12345678",
                                               "VpnTunnelOutsideIpAddress": "203.0.113.2"}),
        ("get_active_vpn_tunnel_status", {"VpnConnectionId": "vpn-12345678",
                                          "VpnTunnelOutsideIpAddress": "203.0.113.2"}),
        ("create_vpn_concentrator", {"Type": "ipsec.1"}),
        ("create_transit_gateway", {}),
    ],
)  # fmt: skip
def test_what_comes_later_is_refused(ec2, call, arguments):
    assert code(getattr(ec2, call), **arguments) == "UnsupportedOperation"


def test_the_models_limits_hold(ec2):
    types = ec2.get_vpn_connection_device_types
    assert types(MaxResults=200)["VpnConnectionDeviceTypes"]
    assert code(
        ec2.create_customer_gateway, Type="ipsec.9", IpAddress="198.51.100.2"
    ) == "InvalidParameterValue"  # fmt: skip


def test_a_dry_run_creates_nothing(ec2):
    arguments = {"Type": "ipsec.1", "IpAddress": "198.51.100.2"}
    assert code(ec2.create_customer_gateway, DryRun=True, **arguments) == "DryRunOperation"
    assert ec2.describe_customer_gateways()["CustomerGateways"] == []
