"""Tunnels brought up from the downloaded text alone, as each kind of strongSwan file has it."""

import pytest

from landbridge.lab.configuration import read
from landbridge.lab.site import LAN, STRONGSWAN, SWANCTL
from landbridge.network.drivers.charon import Charons
from landbridge.network.model import Connection
from landbridge.network.strongswan import IF_ID
from network.installation import ping, wait_until
from network.world import World

either_version = pytest.mark.parametrize("ike", ["ikev1", "ikev2"])
either_file = pytest.mark.parametrize("file", [STRONGSWAN, SWANCTL], ids=["bird", "frr"])


@pytest.fixture(scope="module")
def vpc(installation):
    """A VPC and a gateway for the connections of these tests, one after the other."""
    world = World(installation)
    world.build_vpc(cidr="10.77.0.0/16", subnet="10.77.1.0/24")
    return world


@either_version
@either_file
def test_dynamic_routing(vpc, ike, file):
    vpc.build_connection()
    vpc.build_site(ike, file)
    try:
        wait_until(lambda: vpc.up() == 2, "both tunnels are up with a route")
        carries_packets_by_either_tunnel(vpc)
    finally:
        vpc.delete_connection()


@either_version
@either_file
def test_static_routing(vpc, ike, file):
    vpc.build_connection(static=True)
    vpc.ec2.create_vpn_connection_route(VpnConnectionId=vpc.vpn, DestinationCidrBlock=str(LAN))
    vpc.build_site(ike, file)
    try:
        wait_until(lambda: vpc.up() == 2, "both tunnels are up")
        carries_packets_by_either_tunnel(vpc)
    finally:
        vpc.delete_connection()


def carries_packets_by_either_tunnel(world):
    answered = lambda: ping(world.device.host, world.address)  # noqa: E731
    wait_until(answered, "pings are answered")
    for number in (1, 2):
        world.device.fail(number)
        wait_until(lambda n=number: world.telemetry()[n - 1][0] == "DOWN", "the tunnel is down")
        wait_until(answered, f"pings are answered without tunnel {number}")
        if number == 1:
            world.device.restore(1)
            wait_until(lambda: world.up() == 2, "both tunnels are up again")


def test_a_device_with_a_pair_of_sas_for_each_pair_of_networks(vpc):
    """As RouterOS must have it: the inside addresses for BGP, and LAN and VPC, in either tunnel."""
    vpc.build_connection()
    vpc.build_site()
    charons = Charons(vpc.lab.directory)
    try:
        wait_until(lambda: vpc.up() == 2, "both tunnels are up")
        for number, tunnel in enumerate(read(vpc.file(), LAN).tunnels, start=1):
            namespace = vpc.device.ike(number)
            (child,) = tunnel.definition["children"].values()
            inside = tunnel.inside
            pairs = {
                "inside": (f"{inside.ip}/32", f"{inside.network[1]}/32"),
                "networks": (str(LAN), "10.77.0.0/16"),
            }
            name = f"ikev2-{tunnel.name}"
            charons.unload_connection(Connection(namespace=namespace, name=name))
            definition = tunnel.definition | {
                "local_addrs": [str(tunnel.local_address)],
                "if_id_in": str(IF_ID),
                "if_id_out": str(IF_ID),
                "children": {
                    pair: child | {"local_ts": [ours], "remote_ts": [theirs],
                                   "start_action": "start"}
                    for pair, (ours, theirs) in pairs.items()
                },
            }  # fmt: skip
            charons.load_connection(
                Connection(namespace=namespace, name=name, definition=definition)
            )
            wait_until(
                lambda where=namespace: charons.established(where).child_sas == 2,
                "both pairs are up",
            )
        wait_until(lambda: vpc.up() == 2, "BGP goes through the first pairs")
        wait_until(lambda: ping(vpc.device.host, vpc.address), "pings go through the second")
    finally:
        vpc.delete_connection()


def test_the_command_writes_the_file_that_the_api_gives(vpc, tmp_path):
    vpc.build_connection()
    command = vpc.installation.landbridge
    file = tmp_path / "device.txt"
    file.touch(0o644)
    try:
        chosen = ("--device", "1b000001", "--ike", "ikev2")
        printed = command("device-config", vpc.vpn, *chosen)
        assert printed.stdout == vpc.file("ikev2", SWANCTL)
        command("device-config", vpc.vpn, *chosen, "--out", str(file))
        assert file.read_text() == printed.stdout
        assert file.stat().st_mode & 0o777 == 0o600
        refused = command("device-config", vpc.vpn, "--device", SWANCTL, "--ike", "3", check=False)
        assert (refused.returncode, refused.stdout) == (1, "")
        assert "Allowed is ikev1, ikev2." in refused.stderr
    finally:
        vpc.ec2.delete_vpn_connection(VpnConnectionId=vpc.vpn)
