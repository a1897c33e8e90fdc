"""Things appear when asked for and disappear without a trace.

Namespaces and processes are compared with what the API says.
"""

import json

from landbridge.network.drivers import netns
from network.installation import WAITER, ping, wait_until
from network.world import World


def test_the_doctor_finds_nothing_wrong_and_leaves_nothing_behind(installation):
    before = installation.namespaces()
    checks = json.loads(installation.landbridge("doctor", "--json").stdout)
    assert len(checks) > 10
    assert not [one for one in checks if not one["ok"]]
    assert installation.namespaces() == before


def test_a_static_connection_carries_packets_by_its_routes(installation):
    world = World(installation)
    world.build_vpc(cidr="10.7.0.0/16", subnet="10.7.1.0/24")
    world.build_connection(static=True)
    world.ec2.create_vpn_connection_route(
        VpnConnectionId=world.vpn, DestinationCidrBlock="192.168.10.0/24"
    )
    wait_until(
        lambda: [one["State"] for one in world.connection()["Routes"]] == ["available"],
        "the route is available",
        seconds=15,
    )
    world.build_site()
    wait_until(lambda: world.telemetry() == [("UP", "")] * 2, "both tunnels are up")
    wait_until(lambda: "192.168.10.0/24" in world.routes(), "the static route is propagated")
    assert ping(world.device.host, world.address)
    world.device.fail(1)
    wait_until(lambda: world.telemetry()[0][0] == "DOWN", "tunnel 1 is down")
    assert ping(world.instance_namespace, "192.168.10.10"), "tunnel 2 takes over"
    world.ec2.delete_vpn_connection_route(
        VpnConnectionId=world.vpn, DestinationCidrBlock="192.168.10.0/24"
    )
    wait_until(lambda: not world.connection()["Routes"], "the route is gone", seconds=15)
    wait_until(lambda: "192.168.10.0/24" not in world.routes(), "nothing is propagated")
    world.delete_connection()


def test_ikev1_works_too(installation):
    world = World(installation)
    world.build_vpc(cidr="10.8.0.0/16", subnet="10.8.1.0/24")
    world.build_connection()
    world.build_site("ikev1")
    wait_until(lambda: world.up() == 2, "both tunnels are up")
    wait_until(lambda: "192.168.10.0/24" in world.routes(), "the route is propagated")
    assert ping(world.device.host, world.address)
    world.delete_connection()


def test_a_tunnel_that_we_start_needs_no_word_from_the_device(installation):
    tunnel = {"StartupAction": "start", "IKEVersions": [{"Value": "ikev2"}]}
    world = World(installation)
    world.build_vpc(cidr="10.9.0.0/16", subnet="10.9.1.0/24")
    world.build_connection(TunnelOptions=[tunnel, tunnel])
    world.device = world.lab.build(world.vpn, world.file().replace("auto=start", "auto=add"))
    wait_until(lambda: world.up() == 2, "both tunnels are up")
    world.delete_connection()


def test_deleting_takes_everything_away(installation):
    world = World(installation).build()
    ours = {world.endpoint(1), world.endpoint(2)}
    assert ours <= set(netns.listed())
    world.delete_connection()
    world.ec2.get_waiter("vpn_connection_deleted").wait(
        VpnConnectionIds=[world.vpn], WaiterConfig=WAITER
    )
    assert not ours & set(netns.listed())
    world.ec2.detach_vpn_gateway(VpnGatewayId=world.vgw, VpcId=world.vpc)
    wait_until(lambda: world.gateway_attachment() == "detached", "the gateway is detached")
    world.ec2.delete_vpn_gateway(VpnGatewayId=world.vgw)
    world.ec2.terminate_instances(InstanceIds=[world.instance])
    world.ec2.get_waiter("instance_terminated").wait(
        InstanceIds=[world.instance], WaiterConfig=WAITER
    )
    world.ec2.delete_subnet(SubnetId=world.subnet)
    world.ec2.delete_vpc(VpcId=world.vpc)
    wait_until(
        lambda: not {world.gateway, world.instance_namespace} & set(netns.listed()),
        "the namespaces are gone",
    )


def test_orphans_are_removed_and_others_things_are_not(installation):
    orphan, other = installation.names.endpoint("vpn-dead", 1), f"{installation.names.prefix}x-mine"
    namespaces = netns.Namespaces()
    namespaces.create(orphan, {})
    namespaces.create(other, {})
    try:
        world = World(installation)
        world.vpc = world.ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        wait_until(lambda: orphan not in netns.listed(), "the orphan is gone")
        assert other in netns.listed()
    finally:
        namespaces.remove(other)
        namespaces.close()
