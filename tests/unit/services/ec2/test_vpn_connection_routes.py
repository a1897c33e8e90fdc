"""Static routes of VPN connections."""

import pytest

from landbridge.store.tables.vpn import VpnConnection
from unit.services.ec2.sites import connect, connection, customer_gateway, vpn_gateway

CREATE, DELETE = "CreateVpnConnectionRoute", "DeleteVpnConnectionRoute"


@pytest.fixture
def vpn(cloud):
    made = connect(cloud, customer_gateway(cloud), vpn_gateway(cloud), StaticRoutesOnly=True)
    cloud.build()
    return made["VpnConnectionId"]


def routes(cloud, vpn):
    return [(one["DestinationCidrBlock"], one["State"]) for one in connection(cloud, vpn)["Routes"]]


def test_a_routes_life(cloud, vpn):
    request = {"VpnConnectionId": vpn, "DestinationCidrBlock": "192.168.10.0/24"}
    assert cloud(CREATE, **request) == {}
    assert connection(cloud, vpn)["Routes"] == [
        {"DestinationCidrBlock": "192.168.10.0/24", "Source": "Static", "State": "pending"}
    ]
    assert connection(cloud, vpn)["State"] == "available", "the tunnels are not touched"
    assert cloud.generation(VpnConnection, vpn) == 2
    cloud.build()
    assert routes(cloud, vpn) == [("192.168.10.0/24", "available")]
    assert cloud(DELETE, **request) == {}
    assert routes(cloud, vpn) == [("192.168.10.0/24", "deleting")]
    assert cloud.generation(VpnConnection, vpn) == 3
    cloud.refuses(DELETE, "InvalidRoute.NotFound", "192.168.10.0/24", vpn, **request)
    cloud.build()
    assert routes(cloud, vpn) == []


def test_one_that_is_being_deleted_comes_back(cloud, vpn):
    request = {"VpnConnectionId": vpn, "DestinationCidrBlock": "192.168.10.0/24"}
    cloud(CREATE, **request)
    cloud.build()
    cloud(DELETE, **request)
    cloud(CREATE, **request)
    assert routes(cloud, vpn) == [("192.168.10.0/24", "pending")]
    cloud.build()
    assert routes(cloud, vpn) == [("192.168.10.0/24", "available")]
    cloud(DELETE, **request)
    cloud.build()
    cloud(CREATE, **request)
    assert routes(cloud, vpn) == [("192.168.10.0/24", "pending")]


def test_several_are_sorted_and_each_is_there_once(cloud, vpn):
    for block in ("192.168.20.0/24", "192.168.10.0/24", "0.0.0.0/0"):
        cloud(CREATE, VpnConnectionId=vpn, DestinationCidrBlock=block)
    cloud.build()
    blocks = [block for block, _ in routes(cloud, vpn)]
    assert blocks == ["0.0.0.0/0", "192.168.10.0/24", "192.168.20.0/24"]
    cloud.refuses(CREATE, "RouteAlreadyExists", "192.168.10.0/24", VpnConnectionId=vpn,
                  DestinationCidrBlock="192.168.10.0/24")  # fmt: skip


@pytest.mark.parametrize("block", ["192.168.10.1/24", "192.168.10.0", "2001:db8::/32", "all", ""])
def test_what_is_no_block_is_refused(cloud, vpn, block):
    for name in (CREATE, DELETE):
        cloud.refuses(name, "InvalidParameterValue", "destinationCidrBlock", f"({block})",
                      VpnConnectionId=vpn, DestinationCidrBlock=block)  # fmt: skip


def test_a_hundred_is_the_most(cloud, vpn):
    for number in range(100):
        cloud(CREATE, VpnConnectionId=vpn, DestinationCidrBlock=f"192.168.{number}.0/24")
    more = {"VpnConnectionId": vpn, "DestinationCidrBlock": "10.0.0.0/8"}
    cloud.refuses(CREATE, "RouteLimitExceeded", "100", **more)
    cloud(DELETE, VpnConnectionId=vpn, DestinationCidrBlock="192.168.7.0/24")
    cloud(CREATE, **more)


def test_dynamic_routing_takes_none(cloud):
    made = connect(cloud, customer_gateway(cloud), vpn_gateway(cloud))["VpnConnectionId"]
    cloud.build()
    request = {"VpnConnectionId": made, "DestinationCidrBlock": "192.168.10.0/24"}
    cloud.refuses(CREATE, "InvalidVpnConnection.InvalidType", made, "BGP", **request)
    cloud.refuses(DELETE, "InvalidRoute.NotFound", **request)


def test_the_connection_must_be_available(cloud):
    made = connect(cloud, customer_gateway(cloud), None, StaticRoutesOnly=True)["VpnConnectionId"]
    request = {"VpnConnectionId": made, "DestinationCidrBlock": "192.168.10.0/24"}
    cloud.refuses(CREATE, "InvalidVpnConnection.InvalidState", made, "pending", **request)
    cloud.build()
    cloud(CREATE, **request)
    cloud("DeleteVpnConnection", VpnConnectionId=made)
    for name in (CREATE, DELETE):
        cloud.refuses(name, "InvalidVpnConnectionID.NotFound", made, **request)
    cloud.build()
    assert routes(cloud, made) == []
