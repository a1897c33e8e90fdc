"""The guide's "Getting started", end to end.

lbh-* host 192.168.10.10 -- lbd-* device ==2 tunnels, BGP== lbg-* -- lbv-* -- lbi-* instance
"""

import pytest

from landbridge.lab.device import HOST_NUMBER
from landbridge.lab.site import LAN
from network.installation import ping, wait_until

HOST = str(LAN[HOST_NUMBER])


def test_both_tunnels_are_up_with_the_devices_route(world):
    assert world.telemetry() == [("UP", "1 BGP ROUTES")] * 2


def test_the_learnt_route_is_propagated(world):
    wait_until(lambda: str(LAN) in world.routes(), "the route is propagated")
    assert world.routes()[str(LAN)] == ("EnableVgwRoutePropagation", "active")


def test_the_host_reaches_the_instance_and_the_instance_the_host(world):
    wait_until(lambda: str(LAN) in world.routes(), "the route is propagated")
    assert ping(world.device.host, world.address)
    assert ping(world.instance_namespace, HOST)


def test_the_security_group_filters(world):
    rule = {"GroupId": world.group, "IpProtocol": "icmp", "FromPort": -1, "ToPort": -1,
            "CidrIp": str(LAN)}  # fmt: skip
    world.ec2.revoke_security_group_ingress(**rule)
    try:
        wait_until(lambda: not ping(world.device.host, world.address, count=1), "pings are dropped")
        assert ping(world.instance_namespace, HOST), "answers to the instance's own pings pass"
    finally:
        world.ec2.authorize_security_group_ingress(**rule)
    wait_until(lambda: ping(world.device.host, world.address, count=1), "pings pass again")


def test_without_propagation_there_is_no_way_back(world):
    table = {"RouteTableId": world.route_table, "GatewayId": world.vgw}
    world.ec2.disable_vgw_route_propagation(**table)
    try:
        assert str(LAN) not in world.routes()
        wait_until(
            lambda: not ping(world.device.host, world.address, count=1), "the way back is gone"
        )
    finally:
        world.ec2.enable_vgw_route_propagation(**table)
    wait_until(lambda: ping(world.device.host, world.address), "the way back is there again")


def test_a_created_route_does_what_propagation_does(world):
    table = {"RouteTableId": world.route_table, "GatewayId": world.vgw}
    world.ec2.create_route(**table, DestinationCidrBlock=str(LAN))
    world.ec2.disable_vgw_route_propagation(**table)
    try:
        assert world.routes()[str(LAN)] == ("CreateRoute", "active")
        wait_until(lambda: ping(world.device.host, world.address), "it is reached")
    finally:
        world.ec2.enable_vgw_route_propagation(**table)
        world.ec2.delete_route(RouteTableId=world.route_table, DestinationCidrBlock=str(LAN))
    wait_until(lambda: ping(world.device.host, world.address), "it is reached again")


@pytest.mark.parametrize("number", [1, 2])
def test_when_the_device_closes_a_tunnel_the_other_carries_on(world, number):
    world.device.fail(number)
    try:
        wait_until(lambda: world.telemetry()[number - 1][0] == "DOWN", "the tunnel is down")
        assert world.telemetry()[number - 1] == ("DOWN", "IPSEC IS DOWN")
        assert ping(world.device.host, world.address)
    finally:
        world.device.restore(number)
    wait_until(lambda: world.up() == 2, "both tunnels are up again")
    assert ping(world.device.host, world.address)
