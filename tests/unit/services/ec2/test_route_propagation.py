"""Route propagation from a VPN gateway."""

import pytest

from landbridge.store.tables.vpc import RouteTable
from unit.services.ec2.sites import vpn_gateway


@pytest.fixture
def vpc(cloud):
    return cloud.vpc()


@pytest.fixture
def table(cloud, vpc):
    return cloud.main_table(vpc)["RouteTableId"]


def test_seen_at_once(cloud, vpc, table):
    request = {"RouteTableId": table, "GatewayId": cloud.gateway(vpc)}
    assert cloud("EnableVgwRoutePropagation", **request) == {}
    assert cloud.main_table(vpc)["PropagatingVgws"] == [{"GatewayId": request["GatewayId"]}]
    assert cloud.generation(RouteTable, table) == 2
    cloud("EnableVgwRoutePropagation", **request)
    assert cloud.generation(RouteTable, table) == 2, "twice is once"
    cloud.learn(request["GatewayId"], "192.168.10.0/24")
    (route,) = [
        one
        for one in cloud.main_table(vpc)["Routes"]
        if one["DestinationCidrBlock"] == "192.168.10.0/24"
    ]
    assert route["Origin"] == "EnableVgwRoutePropagation"
    assert cloud("DisableVgwRoutePropagation", **request) == {}
    assert cloud.main_table(vpc)["PropagatingVgws"] == []
    assert cloud.generation(RouteTable, table) == 3
    cloud("DisableVgwRoutePropagation", **request)
    assert cloud.generation(RouteTable, table) == 3


def test_the_gateway_must_be_attached_to_the_tables_vpc(cloud, vpc, table):
    unattached = vpn_gateway(cloud)
    elsewhere = cloud.gateway(cloud.vpc("10.1.0.0/16"))
    for gateway in (unattached, elsewhere):
        cloud.refuses("EnableVgwRoutePropagation", "Gateway.NotAttached", gateway, table,
                      RouteTableId=table, GatewayId=gateway)  # fmt: skip
    here = cloud.gateway(vpc)
    cloud("DetachVpnGateway", VpnGatewayId=here, VpcId=vpc)
    cloud.refuses("EnableVgwRoutePropagation", "Gateway.NotAttached",
                  RouteTableId=table, GatewayId=here)  # fmt: skip


def test_ids_that_there_are_not(cloud, table):
    cloud.refuses("EnableVgwRoutePropagation", "InvalidVpnGatewayID.NotFound",
                  RouteTableId=table, GatewayId="vgw-12345678")  # fmt: skip
    cloud.refuses("EnableVgwRoutePropagation", "InvalidRouteTableID.NotFound",
                  RouteTableId="rtb-12345678", GatewayId=vpn_gateway(cloud))  # fmt: skip
    cloud.refuses("DisableVgwRoutePropagation", "InvalidRouteTableID.NotFound",
                  RouteTableId="rtb-12345678", GatewayId="vgw-12345678")  # fmt: skip
