"""The grammar of `set` commands refuses what a device would refuse."""

import pytest

from unit.devices.grammars.set_paths import Tree
from unit.devices.grammars.vyatta import VYATTA, VYOS

PEER = "set vpn ipsec site-to-site peer"


@pytest.mark.parametrize(
    "line",
    [
        "set vpn ipsec ike-group a lifetme 3600",
        "set vpn ipsec ike-group a lifetime 3600s",
        "set vpn ipsec ike-group a lifetime 100000",
        "set vpn ipsec ike-group a proposal 1 hash sha256",
        "set vpn ipsec ike-group a dead-peer-detection interval 10",
        "set vpn ipsec ike-group a",
        "set vpn ipsec ike-group <LOCAL NETWORK> lifetime <VPC NETWORK>",
        "set interfaces vti eth0 mtu 1400",
        "set interfaces vti vti0 address 169.254.10.2",
        "set protocols static route 10.0.0.1/16 next-hop 169.254.10.1 distance 1",
        f"{PEER} 203.0.113 ike-group a",
        f"{PEER} 203.0.113.2 authentication pre-shared-secret 'unfinished",
        "delete vpn ipsec ike-group a lifetime 3600",
        "commit",
    ],
)
def test_vyatta_does_not_know(line):
    with pytest.raises(ValueError, match=r"device|what|no set"):
        Tree(VYATTA).set(line)


def test_a_value_is_set_once():
    tree = Tree(VYOS)
    tree.set("set interfaces vti vti1 mtu '1400'")
    with pytest.raises(ValueError, match="twice"):
        tree.set("set interfaces vti vti1 mtu '1400'")
    with pytest.raises(ValueError, match="another value"):
        tree.set("set interfaces vti vti1 mtu '1399'")
    tree.set("set interfaces vti vti2 mtu '1399'")
    assert tree.one("interfaces vti vti1 mtu") == "1400"


def test_some_have_several_values_side_by_side():
    tree = Tree(VYOS)
    for address in ("198.51.100.7", "203.0.113.2"):
        tree.set(f"set vpn ipsec authentication psk a id '{address}'")
    assert tree.all("vpn ipsec authentication psk a id") == ["198.51.100.7", "203.0.113.2"]
    with pytest.raises(ValueError, match="has"):
        tree.one("vpn ipsec authentication psk a id")


def test_what_is_below_a_path():
    tree = Tree(VYOS)
    tree.set("set vpn ipsec options disable-route-autoinstall")
    assert tree.has("vpn ipsec options disable-route-autoinstall")
    assert not tree.has("vpn ipsec interface")
    assert tree.all("vpn ipsec") == ["options"]
    with pytest.raises(ValueError, match="nothing"):
        tree.one("vpn ipsec interface")
