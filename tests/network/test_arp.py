"""A neighbour that knew an address elsewhere learns at once where it is now."""

import os
from ipaddress import IPv4Interface

import pytest

from landbridge.network.drivers import links
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.model import Address, Bridge, Veth
from network.installation import ping

OURS, ITS = IPv4Interface("192.0.2.1/24"), IPv4Interface("192.0.2.2/24")


@pytest.fixture
def names():
    """A neighbour's namespace, and two that are plugged into its bridge one after the other."""
    prefix = f"lbt{os.getpid() % 1000:03d}-arp"
    made = [f"{prefix}-neighbour", f"{prefix}-old", f"{prefix}-new"]
    yield made
    namespaces = Namespaces()
    for name in made:
        namespaces.remove(name)
    namespaces.close()


def test_an_address_may_move(names):
    namespaces = Namespaces()
    neighbour, *holders = names
    for name in names:
        namespaces.create(name, {})
    links.add_bridge(namespaces, Bridge(namespace=neighbour, name="lan"))
    links.add_address(namespaces, Address(namespace=neighbour, link="lan", address=OURS))
    for number, holder in enumerate(holders):
        links.add_veth(
            namespaces,
            Veth(
                namespace=holder,
                name="uplink",
                peer_namespace=neighbour,
                peer_name=f"port{number}",
                peer_bridge="lan",
            ),
        )
    for holder in holders:
        held = Address(namespace=holder, link="uplink", address=ITS)
        links.add_address(namespaces, held)
        assert ping(neighbour, str(ITS.ip), count=1)
        links.remove_address(namespaces, held)
    namespaces.close()
