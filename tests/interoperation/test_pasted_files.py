"""Downloaded files pasted on machines that have nothing of ours, with the kernel's ESP."""

from ipaddress import IPv4Address

import pytest

from interoperation.administrator import BUILD, LIBRESWAN, STARTER, SWANCTL, PastedDevice
from interoperation.conftest import kernel_has_esp
from landbridge.lab.configuration import LOCAL_NETWORK_MARK
from landbridge.lab.site import LAN
from landbridge.settings import DEVICE_POOL
from network.conftest import installed
from network.installation import ping, wait_until
from network.world import World

pytestmark = pytest.mark.skipif(
    not (BUILD / "starter").exists() or not kernel_has_esp(),
    reason="needs a kernel with ESP, and programs in build: make test-kernel",
)


@pytest.fixture(scope="module")
def vpc():
    """A VPC and a gateway for the connections of these tests, one after the other."""
    with installed("lbp") as installation:
        world = World(installation)
        world.build_vpc(cidr="10.78.0.0/16", subnet="10.78.1.0/24")
        yield world


@pytest.mark.parametrize(
    ("device_type", "software", "ike", "static"),
    [
        ("1b000001", SWANCTL, "ikev2", False),
        ("1b000001", SWANCTL, "ikev1", True),
        ("51cb26fd", STARTER, "ikev2", True),
        ("51cb26fd", STARTER, "ikev1", False),
        ("1b000002", LIBRESWAN, "ikev2", False),
        ("1b000002", LIBRESWAN, "ikev1", True),
    ],
    ids=[
        "swanctl-frr",
        "swanctl-static",
        "starter-static",
        "starter-bird",
        "libreswan-bird",
        "libreswan-static",
    ],
)
def test_a_pasted_file_brings_both_tunnels_up(vpc, tmp_path, device_type, software, ike, static):
    vpc.build_connection(static=static)
    if static:
        vpc.ec2.create_vpn_connection_route(VpnConnectionId=vpc.vpn, DestinationCidrBlock=str(LAN))
    (customer,) = vpc.ec2.describe_customer_gateways(CustomerGatewayIds=[vpc.cgw])[
        "CustomerGateways"
    ]
    names = vpc.installation.names
    device = PastedDevice(f"{names.prefix}paste", tmp_path / "device")
    try:
        device.build(IPv4Address(customer["IpAddress"]), DEVICE_POOL, LAN, names.outside)
        device.paste(vpc.file(ike, device_type).replace(LOCAL_NETWORK_MARK, str(LAN)), software)
        wait_until(lambda: vpc.up() == 2, "both tunnels are up")
        answered = lambda: ping(device.host, vpc.address)  # noqa: E731
        wait_until(answered, "pings are answered")
        device.lose(vpc.connection()["Options"]["TunnelOptions"][0]["OutsideIpAddress"])
        wait_until(lambda: vpc.telemetry()[0][0] == "DOWN", "tunnel 1 is down")
        wait_until(answered, "pings are answered without tunnel 1")
    finally:
        device.remove()
        vpc.ec2.delete_vpn_connection(VpnConnectionId=vpc.vpn)
