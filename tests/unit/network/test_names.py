"""Names in Linux."""

import pytest

from landbridge.network import names
from landbridge.network.names import Names

VPN = "vpn-0123456789abcdef0"


def test_names_fit_into_an_interface_name():
    longest = (
        names.endpoint_port(VPN, 2),
        names.tunnel_interface(VPN, 2),
        names.subnet_bridge("subnet-0123456789abcdef0"),
        names.instance_port("i-0123456789abcdef0"),
    )
    assert max(map(len, longest)) <= 15


def test_old_ids_have_names_too():
    assert Names().endpoint("vpn-01234567", 1) == "lbe-01234567-1"
    assert Names().ours("lbe-01234567-1")


@pytest.mark.parametrize(
    "name",
    [
        "lbd-456789abc0",
        "lbh-456789abc0",
        "lbd-456789abc0-1",
        "eth0",
        "lbte-456789abc0-1",
        "lbg-",
        "lbe-456789abc0",
        "xlbg-1234567890",
    ],
)
def test_what_is_not_the_agents_is_not_ours(name):
    assert not Names().ours(name)


def test_another_prefix_is_another_installation():
    mine, other = Names("lb"), Names("lbt")
    for theirs in (other.outside, other.endpoint(VPN, 1), other.gateway("vgw-1234567890")):
        assert not mine.ours(theirs)
        assert other.ours(theirs)


def test_ports_of_others_on_our_bridges_are_left_alone():
    ours = Names()
    assert ours.our_link(ours.outside, names.OUTSIDE_BRIDGE)
    assert not ours.our_link(ours.outside, "d456789abc0")
    assert not ours.our_link(ours.vpc("vpc-0123456789abcdef0"), "vm0")


@pytest.mark.parametrize("prefix", ["", "x", "lb-", "lbABC", "lb" + "x" * 5])
def test_bad_prefixes_are_refused(prefix):
    with pytest.raises(ValueError, match="prefix"):
        Names(prefix)


def test_kernel_tables_are_above_those_in_use():
    assert names.kernel_table("rtb-0123456789abcdef0") > 1 << 30
