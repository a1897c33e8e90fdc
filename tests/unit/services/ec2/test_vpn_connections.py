"""VPN connections: created, described, deleted, refused."""

import re
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network
from xml.etree import ElementTree

import pytest

from landbridge.store import observed
from landbridge.store.secrets import Sealer
from landbridge.store.tables.vpn import VpnConnection
from landbridge.vpn.observed import TunnelStatus
from unit.services.ec2.cloud import START, tagged, where
from unit.services.ec2.sites import (
    connect,
    connection,
    connections,
    customer_gateway,
    vpn_gateway,
)

NO_CUSTOMER = "The customerGateway ID 'cgw-12345678' does not exist"


@pytest.fixture
def customer(cloud):
    return customer_gateway(cloud)


@pytest.fixture
def gateway(cloud):
    return vpn_gateway(cloud)


def outside(described):
    return [one["OutsideIpAddress"] for one in described["Options"]["TunnelOptions"]]


def inside(described):
    return [one["TunnelInsideCidr"] for one in described["Options"]["TunnelOptions"]]


def test_created_with_all_defaults(cloud, customer, gateway):
    created = cloud(
        "CreateVpnConnection",
        Type="ipsec.1",
        CustomerGatewayId=customer,
        VpnGatewayId=gateway,
        TagSpecifications=tagged("vpn-connection", Name="a"),
    )["VpnConnection"]
    keys = [one["PreSharedKey"] for one in created["Options"]["TunnelOptions"]]
    assert created == {
        "VpnConnectionId": created["VpnConnectionId"],
        "State": "pending",
        "Type": "ipsec.1",
        "Category": "VPN",
        "CustomerGatewayId": customer,
        "VpnGatewayId": gateway,
        "GatewayAssociationState": "associated",
        "CustomerGatewayConfiguration": created["CustomerGatewayConfiguration"],
        "Options": {
            "EnableAcceleration": False,
            "StaticRoutesOnly": False,
            "LocalIpv4NetworkCidr": "0.0.0.0/0",
            "RemoteIpv4NetworkCidr": "0.0.0.0/0",
            "OutsideIpAddressType": "PublicIpv4",
            "TunnelInsideIpVersion": "ipv4",
            "TunnelOptions": [
                {
                    "OutsideIpAddress": f"203.0.113.{number + 2}",
                    "TunnelInsideCidr": f"169.254.6.{number * 4}/30",
                    "PreSharedKey": keys[number],
                    "LogOptions": {
                        "CloudWatchLogOptions": {"LogEnabled": False, "BgpLogEnabled": False}
                    },
                }
                for number in range(2)
            ],
        },
        "Routes": [],
        "VgwTelemetry": [
            {
                "OutsideIpAddress": f"203.0.113.{number + 2}",
                "Status": "DOWN",
                "StatusMessage": "IPSEC IS DOWN",
                "LastStatusChange": cloud.now,
                "AcceptedRouteCount": 0,
            }
            for number in range(2)
        ],
        "Tags": [{"Key": "Name", "Value": "a"}],
    }
    assert keys[0] != keys[1]
    assert all(re.fullmatch(r"[A-Za-z1-9][A-Za-z0-9]{31}", key) for key in keys)
    cloud.build()
    described = connection(cloud, created["VpnConnectionId"])
    assert described == created | {"State": "available"}


def test_the_native_configuration_tells_the_same(cloud, customer, gateway):
    created = connect(cloud, customer, gateway)
    root = ElementTree.fromstring(created["CustomerGatewayConfiguration"].encode())
    tunnels = root.findall("ipsec_tunnel")
    options = created["Options"]["TunnelOptions"]
    assert [one.findtext("vpn_gateway/tunnel_outside_address/ip_address") for one in tunnels] == [
        one["OutsideIpAddress"] for one in options
    ]
    assert [one.findtext("ike/pre_shared_key") for one in tunnels] == [
        one["PreSharedKey"] for one in options
    ]
    assert [one.findtext("vpn_gateway/bgp/asn") for one in tunnels] == ["64512", "64512"]
    assert root.findtext("vpn_gateway_id") == gateway


def test_the_key_rests_sealed(cloud, customer, gateway):
    created = connect(cloud, customer, gateway, TunnelOptions=[{"PreSharedKey": "not.for.a.disk"}])
    assert created["Options"]["TunnelOptions"][0]["PreSharedKey"] == "not.for.a.disk"
    with cloud.store.reading() as session:
        row = session.get(VpnConnection, created["VpnConnectionId"])
        assert all("not.for.a.disk" not in tunnel.pre_shared_key for tunnel in row.tunnels)


def test_telemetry_is_what_was_observed(cloud, customer, gateway):
    vpn = connect(cloud, customer, gateway)["VpnConnectionId"]
    cloud.build()
    seen = TunnelStatus(
        connection_id=vpn, number=2, up=True, message="3 BGP ROUTES", last_change=START,
        accepted_routes=3,
    )  # fmt: skip
    with cloud.agent.writing() as session:
        observed.report_tunnels(session, [seen, replace(seen, connection_id="vpn-12345678")])
    first, second = connection(cloud, vpn)["VgwTelemetry"]
    assert first["Status"] == "DOWN"
    assert second == {
        "OutsideIpAddress": "203.0.113.3",
        "Status": "UP",
        "StatusMessage": "3 BGP ROUTES",
        "LastStatusChange": START,
        "AcceptedRouteCount": 3,
    }


def test_on_no_gateway(cloud, customer):
    created = connect(cloud, customer, None)
    assert created["GatewayAssociationState"] == "not-associated"
    assert "VpnGatewayId" not in created
    assert "TransitGatewayId" not in created
    assert connect(cloud, customer, None)["VpnConnectionId"] != created["VpnConnectionId"]
    cloud.build()
    assert connection(cloud, created["VpnConnectionId"])["State"] == "available"
    assert "<vpn_gateway_id></vpn_gateway_id>" in created["CustomerGatewayConfiguration"]


def test_the_same_request_again_returns_the_connection(cloud, customer, gateway):
    options = {
        "StaticRoutesOnly": True,
        "TunnelOptions": [
            {"PreSharedKey": "abcdefgh", "TunnelInsideCidr": "169.254.44.0/30"},
            {"IKEVersions": [{"Value": "ikev2"}]},
        ],
    }
    first = connect(cloud, customer, gateway, **options)
    assert connect(cloud, customer, gateway, **options) == first
    changes = [
        {"StaticRoutesOnly": False},
        {"LocalIpv4NetworkCidr": "10.0.0.0/8"},
        {"TunnelOptions": []},
        {"TunnelOptions": [{"PreSharedKey": "abcdefgi"}, options["TunnelOptions"][1]]},
        {"TunnelOptions": [{"TunnelInsideCidr": "169.254.45.0/30"}, options["TunnelOptions"][1]]},
    ]
    for change in changes:
        cloud.refuses("CreateVpnConnection", "InvalidParameterCombination",
                      first["VpnConnectionId"], Type="ipsec.1", CustomerGatewayId=customer,
                      VpnGatewayId=gateway, Options=options | change)  # fmt: skip
    assert connections(cloud) == [first["VpnConnectionId"]]


def test_tunnel_1_sorts_before_tunnel_2(cloud, gateway):
    for number in range(2, 60):
        found = outside(connect(cloud, customer_gateway(cloud, f"198.51.100.{number}"), gateway))
        assert found == sorted(found)
        assert found == sorted(found, key=IPv4Address)


def test_when_the_pool_is_empty(cloud, gateway, monkeypatch):
    pool = IPv4Network("203.0.113.0/29")  # one router, and two pairs with one address left over
    monkeypatch.setattr(cloud, "dispatcher", replace(cloud.dispatcher, outside_pool=pool))
    for number in (1, 2):
        connect(cloud, customer_gateway(cloud, f"198.51.100.{number}"), gateway)
    third = customer_gateway(cloud, "198.51.100.3")
    cloud.refuses("CreateVpnConnection", "VpnConnectionLimitExceeded", str(pool), Type="ipsec.1",
                  CustomerGatewayId=third, VpnGatewayId=gateway)  # fmt: skip
    cloud("DeleteVpnConnection", VpnConnectionId=connections(cloud)[0])
    cloud.build()
    connect(cloud, third, gateway)


def test_addresses_stay_in_use_until_the_endpoint_is_gone(cloud, customer, gateway, monkeypatch):
    first = connect(cloud, customer, gateway)
    cloud.build()
    cloud("DeleteVpnConnection", VpnConnectionId=first["VpnConnectionId"])
    second = connect(cloud, customer, gateway)
    assert not set(outside(first)) & set(outside(second)), "the old endpoints still exist"
    assert not set(inside(first)) & set(inside(second))
    third = {"Type": "ipsec.1", "CustomerGatewayId": customer_gateway(cloud, "198.51.100.4"),
             "VpnGatewayId": gateway}  # fmt: skip
    chosen = {"TunnelOptions": [{"TunnelInsideCidr": inside(first)[0]}]}
    cloud.refuses("CreateVpnConnection", "InvalidParameterValue", inside(first)[0], **third,
                  Options=chosen)  # fmt: skip
    pool = IPv4Network("203.0.113.0/29")  # of two pairs
    monkeypatch.setattr(cloud, "dispatcher", replace(cloud.dispatcher, outside_pool=pool))
    cloud.refuses("CreateVpnConnection", "VpnConnectionLimitExceeded", **third)
    cloud.build()
    gone = connection(cloud, first["VpnConnectionId"])
    again = cloud("CreateVpnConnection", **third, Options=chosen)["VpnConnection"]
    assert set(outside(again)) & set(outside(first))
    assert inside(again)[0] == inside(first)[0]
    assert connection(cloud, first["VpnConnectionId"]) == gone, "what is gone stays as it was"


def test_what_has_become_free_rests_while_there_is_other(cloud, customer, gateway):
    first = connect(cloud, customer, gateway)
    cloud("DeleteVpnConnection", VpnConnectionId=first["VpnConnectionId"])
    cloud.build()
    second = connect(cloud, customer, gateway)
    assert not set(outside(first)) & set(outside(second))
    assert not set(inside(first)) & set(inside(second))


class CountingSealer(Sealer):
    """Counts the secrets that are opened."""

    opened = 0

    def open(self, sealed, *, purpose):
        self.opened += 1
        return super().open(sealed, purpose=purpose)


def test_no_key_is_opened_that_is_not_answered(cloud, gateway, monkeypatch):
    made = [connect(cloud, customer_gateway(cloud, f"198.51.100.{n}"), gateway) for n in range(3)]
    sealer = CountingSealer(bytes(32))
    monkeypatch.setattr(cloud, "dispatcher", replace(cloud.dispatcher, sealer=sealer))
    wanted = made[1]["VpnConnectionId"]
    assert connections(cloud, where("vpn-connection-id", wanted)) == [wanted]
    assert sealer.opened == 2
    assert connections(cloud, where("state", "available")) == []
    assert sealer.opened == 2


def test_the_filter_by_configuration(cloud, gateway):
    first, second = (
        connect(cloud, customer_gateway(cloud, f"198.51.100.{n}"), gateway)["VpnConnectionId"]
        for n in (1, 2)
    )
    by_configuration = where("customer-gateway-configuration", "*<ip_address>198.51.100.2<*")
    assert connections(cloud, by_configuration) == [second]
    cloud("DeleteVpnConnection", VpnConnectionId=second)
    assert connections(cloud, by_configuration) == []
    assert connections(cloud, where("customer-gateway-configuration", "*")) == [first]


def test_a_deleted_one_is_seen_for_an_hour(cloud, customer, gateway):
    vpn = connect(cloud, customer, gateway)["VpnConnectionId"]
    cloud.build()
    assert cloud("DeleteVpnConnection", VpnConnectionId=vpn) == {}
    deleting = connection(cloud, vpn)
    assert deleting["State"] == "deleting"
    cloud.build()
    deleted = connection(cloud, vpn)
    assert deleted["State"] == "deleted"
    for described in (deleting, deleted):
        assert "CustomerGatewayConfiguration" not in described
        assert "VgwTelemetry" not in described
        assert described["Options"]["StaticRoutesOnly"] is False
    cloud.refuses("DeleteVpnConnection", "InvalidVpnConnectionID.NotFound",
                  f"The vpnConnection ID '{vpn}' does not exist", VpnConnectionId=vpn)  # fmt: skip
    cloud.now += timedelta(hours=1)
    assert connections(cloud) == []
    cloud.refuses("DescribeVpnConnections", "InvalidVpnConnectionID.NotFound",
                  VpnConnectionIds=[vpn])  # fmt: skip


def test_filters(cloud, customer, gateway):
    dynamic = connect(cloud, customer, gateway)["VpnConnectionId"]
    other = customer_gateway(cloud, "198.51.100.3", BgpAsnExtended=4_200_000_000, BgpAsn=None)
    tags = tagged("vpn-connection", Name="b")
    static = cloud("CreateVpnConnection", Type="ipsec.1", CustomerGatewayId=other,
                   Options={"StaticRoutesOnly": True}, TagSpecifications=tags,
                   )["VpnConnection"]["VpnConnectionId"]  # fmt: skip
    cloud.build()
    cloud("CreateVpnConnectionRoute", VpnConnectionId=static, DestinationCidrBlock="10.9.0.0/16")
    both = [dynamic, static]
    for name, value, found in (
        ("bgp-asn", "65000", [dynamic]),
        ("bgp-asn", "42*", [static]),
        ("customer-gateway-configuration", "*NoBGPVPNConnection*", [static]),
        ("customer-gateway-id", customer, [dynamic]),
        ("option.static-routes-only", "true", [static]),
        ("option.static-routes-only", "false", [dynamic]),
        ("route.destination-cidr-block", "10.9.0.0/16", [static]),
        ("state", "available", both),
        ("transit-gateway-id", "*", []),
        ("type", "ipsec.1", both),
        ("vpn-connection-id", static, [static]),
        ("vpn-gateway-id", gateway, [dynamic]),
        ("vpn-gateway-id", "*", [dynamic]),
        ("tag:Name", "b", [static]),
        ("tag-key", "Name", [static]),
    ):
        assert connections(cloud, where(name, value)) == found, name
    cloud.refuses("DescribeVpnConnections", "InvalidParameterValue", "colour",
                  Filters=[where("colour", "red")])  # fmt: skip


def test_the_order_of_checks(cloud, customer):
    request = {"Type": "ipsec.1", "CustomerGatewayId": "cgw-12345678"}
    both = "The request must not contain both parameter vpnGatewayId and transitGatewayId"
    for more, code, message in (
        ({"VpnGatewayId": "vgw-1", "TransitGatewayId": "tgw-1"}, "InvalidParameterValue", both),
        ({"TransitGatewayId": "tgw-12345678"}, "InvalidCustomerGatewayID.NotFound", NO_CUSTOMER),
        ({"VpnGatewayId": "vgw-12345678"}, "InvalidCustomerGatewayID.NotFound", NO_CUSTOMER),
        (
            {"CustomerGatewayId": customer, "TransitGatewayId": "tgw-12345678"},
            "InvalidTransitGatewayID.NotFound",
            "The transitGateway ID 'tgw-12345678' does not exist",
        ),
        (
            {"CustomerGatewayId": customer, "TransitGatewayId": "x"},
            "InvalidTransitGatewayID.Malformed",
            "tgw-",
        ),
        (
            {"CustomerGatewayId": customer, "VpnGatewayId": "vgw-12345678"},
            "InvalidVpnGatewayID.NotFound",
            "The vpnGateway ID 'vgw-12345678' does not exist",
        ),
    ):
        cloud.refuses("CreateVpnConnection", code, message, **(request | more))
    assert connections(cloud) == []


@pytest.mark.parametrize(
    ("request_", "code", "words"),
    [
        ({"Type": "ipsec.1-aes256"}, "InvalidParameterValue", ["type", "ipsec.1-aes256"]),
        ({"VpnConcentratorId": "vcn-12345678"}, "UnsupportedOperation", ["VpnConcentratorId"]),
        ({"PreSharedKeyStorage": "SecretsManager"}, "UnsupportedOperation", ["Standard"]),
        ({"PreSharedKeyStorage": "Attic"}, "InvalidParameterValue", ["Attic", "Standard"]),
        ({"TagSpecifications": tagged("vpc", a="b")}, "InvalidParameterValue", ["vpn-connection"]),
    ],
)
def test_parameters_that_are_refused(cloud, customer, request_, code, words):
    request = {"Type": "ipsec.1", "CustomerGatewayId": customer} | request_
    cloud.refuses("CreateVpnConnection", code, *words, **request)
    assert connections(cloud) == []


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ({"EnableAcceleration": True}, "UnsupportedOperation", ["EnableAcceleration", "false"]),
        ({"TunnelInsideIpVersion": "ipv6"}, "UnsupportedOperation", ["ipv6", "ipv4"]),
        ({"TunnelInsideIpVersion": "ipv5"}, "InvalidParameterValue", ["ipv5", "ipv4"]),
        ({"OutsideIpAddressType": "PrivateIpv4"}, "UnsupportedOperation", ["PublicIpv4"]),
        ({"OutsideIpAddressType": "Ipv6"}, "UnsupportedOperation", ["PublicIpv4"]),
        ({"TunnelBandwidth": "large"}, "UnsupportedOperation", ["large", "standard"]),
        ({"TransportTransitGatewayAttachmentId": "tgw-attach-1"}, "UnsupportedOperation",
         ["TransportTransitGatewayAttachmentId"]),
        ({"LocalIpv6NetworkCidr": "::/0"}, "UnsupportedOperation", ["LocalIpv6NetworkCidr"]),
        ({"RemoteIpv6NetworkCidr": "::/0"}, "UnsupportedOperation", ["RemoteIpv6NetworkCidr"]),
        ({"LocalIpv4NetworkCidr": "10.0.0.1/8"}, "InvalidParameterValue",
         ["localIpv4NetworkCidr", "10.0.0.1/8", "host bits"]),
        ({"RemoteIpv4NetworkCidr": "everything"}, "InvalidParameterValue",
         ["remoteIpv4NetworkCidr", "everything"]),
        ({"TunnelOptions": [{}, {}, {}]}, "InvalidParameterValue", ["3 tunnels", "at most 2"]),
    ],
)  # fmt: skip
def test_options_that_are_refused(cloud, customer, gateway, options, code, words):
    cloud.refuses("CreateVpnConnection", code, *words, Type="ipsec.1",
                  CustomerGatewayId=customer, VpnGatewayId=gateway, Options=options)  # fmt: skip
    assert connections(cloud) == []


def test_asking_for_the_defaults_is_accepted(cloud, customer, gateway):
    options = {
        "EnableAcceleration": False,
        "TunnelInsideIpVersion": "ipv4",
        "OutsideIpAddressType": "PublicIpv4",
        "TunnelBandwidth": "standard",
        "StaticRoutesOnly": False,
        "LocalIpv4NetworkCidr": "0.0.0.0/0",
        "TunnelOptions": [{}, {"LogOptions": {"CloudWatchLogOptions": {"LogEnabled": False}},
                               "EnableTunnelLifecycleControl": False}],
    }  # fmt: skip
    request = {"PreSharedKeyStorage": "Standard", "Type": "ipsec.1", "CustomerGatewayId": customer}
    created = cloud("CreateVpnConnection", VpnGatewayId=gateway, Options=options, **request)
    same = connect(cloud, customer, gateway)
    assert created["VpnConnection"]["VpnConnectionId"] == same["VpnConnectionId"]


def test_local_and_remote_networks(cloud, customer, gateway):
    options = {"LocalIpv4NetworkCidr": "192.168.0.0/16", "RemoteIpv4NetworkCidr": "10.0.0.0/16"}
    created = connect(cloud, customer, gateway, **options)
    assert created["Options"] | options == created["Options"]


def test_the_two_asns_differ_where_they_meet(cloud, gateway):
    mirror = customer_gateway(cloud, BgpAsn=64512)
    cloud.refuses("CreateVpnConnection", "InvalidParameterValue", mirror, "64512", gateway,
                  Type="ipsec.1", CustomerGatewayId=mirror, VpnGatewayId=gateway)  # fmt: skip
    connect(cloud, mirror, gateway, StaticRoutesOnly=True)


def test_inside_cidrs(cloud, customer, gateway):
    chosen = [{"TunnelInsideCidr": "169.254.6.4/30"}, {}]
    first = connect(cloud, customer, gateway, TunnelOptions=chosen)
    assert inside(first) == ["169.254.6.4/30", "169.254.6.0/30"]
    second = connect(cloud, customer_gateway(cloud, "198.51.100.3"), gateway)
    assert inside(second) == ["169.254.6.8/30", "169.254.6.12/30"]
    third = customer_gateway(cloud, "198.51.100.4")
    for blocks, words in (
        (["169.254.6.4/30"], ["tunnelOptions.1", "169.254.6.4/30", gateway]),
        (["169.254.9.0/30", "169.254.6.12/30"], ["tunnelOptions.2", gateway]),
        (["169.254.9.0/30", "169.254.9.0/30"], ["tunnelOptions.2", "tunnel 1"]),
        (["169.254.9.0/29"], ["/30"]),
        (["169.254.9.1/30"], ["host bits"]),
        (["10.0.0.0/30"], ["169.254.0.0/16"]),
        (["169.254.169.252/30"], ["reserved"]),
        (["169.254.5.0/30"], ["reserved"]),
    ):
        cloud.refuses("CreateVpnConnection", "InvalidParameterValue", *words, Type="ipsec.1",
                      CustomerGatewayId=third, VpnGatewayId=gateway,
                      Options={"TunnelOptions": [{"TunnelInsideCidr": one} for one in blocks]},
                      )  # fmt: skip
    elsewhere = connect(cloud, third, vpn_gateway(cloud), TunnelOptions=chosen)
    assert inside(elsewhere)[0] == "169.254.6.4/30", "another gateway may have it too"
    taken = [*inside(first), *inside(second), *inside(elsewhere)]
    assert all(IPv4Network(one).prefixlen == 30 for one in taken)


@pytest.mark.parametrize("sealed", ["bm90IHNlYWxlZCBieSB0aGlzIGtleQ==", "no base64", ""])
def test_a_key_that_cannot_be_opened_spoils_its_own_connection_only(
    cloud, customer, gateway, sealed
):
    broken = connect(cloud, customer, gateway)["VpnConnectionId"]
    other = connect(cloud, customer, None)["VpnConnectionId"]
    cloud.build()
    with cloud.store.writing() as session:
        session.get(VpnConnection, broken).tunnels[0].pre_shared_key = sealed
    listed = {
        one["VpnConnectionId"]: one for one in cloud("DescribeVpnConnections")["VpnConnections"]
    }
    assert listed[other]["Options"]["TunnelOptions"][0]["PreSharedKey"]
    assert listed[broken]["State"] == "available"
    assert "PreSharedKey" not in listed[broken]["Options"]["TunnelOptions"][0]
    assert "CustomerGatewayConfiguration" not in listed[broken]
    wanted = [{"Name": "customer-gateway-configuration", "Values": ["*"]}]
    (found,) = cloud("DescribeVpnConnections", Filters=wanted)["VpnConnections"]
    assert found["VpnConnectionId"] == other
