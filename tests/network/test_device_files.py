"""Tunnels brought up from the downloaded text alone, as each kind of strongSwan file has it."""

import pytest

from landbridge.lab.site import LAN, STRONGSWAN, SWANCTL
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
