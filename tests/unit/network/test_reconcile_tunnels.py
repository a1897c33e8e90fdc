"""A change never interrupts both tunnels of a connection, and is done in the end."""

from datetime import timedelta

import pytest

from landbridge.network import reconcile, rollout, strongswan
from landbridge.network.drivers.charon import CharonError
from landbridge.network.model import (
    Charon,
    Connection,
    Secret,
    Veth,
)
from landbridge.store.tables import vpn
from unit.network.linux import NAMES
from unit.network.reconciled import in_endpoint, states
from unit.services.ec2.cloud import SEALER

KEYS = (Secret, Connection)


def other_keys(built, site, _):
    with built.cloud.store.writing() as session:
        for number in (1, 2):
            tunnel = session.get(vpn.VpnTunnel, (site.vpn, number))
            tunnel.pre_shared_key = SEALER.seal(f"another.{number}", purpose=site.vpn)


def other_options(built, site, _):
    with built.cloud.store.writing() as session:
        for number in (1, 2):
            tunnel = session.get(vpn.VpnTunnel, (site.vpn, number))
            tunnel.options = {"Phase1EncryptionAlgorithms": ["AES256"]}


def other_settings(_, __, monkeypatch):
    text = strongswan.settings
    monkeypatch.setattr(strongswan, "settings", lambda **of: text(**of) + "  threads = 9\n")


CHANGES = {"keys": other_keys, "options": other_options, "charon's settings": other_settings}


@pytest.fixture(params=CHANGES.values(), ids=CHANGES)
def changed(built, site, request, monkeypatch):
    """Both tunnels of a connection stand, and both are to be changed."""
    for number in (1, 2):
        carry(built, site, number)
    request.param(built, site, monkeypatch)
    return built


def carry(built, site, number, *, up=True):
    """Let a tunnel come up, or go down."""
    namespace = NAMES.endpoint(site.vpn, number)
    for known, one in ((built.up, (site.vpn, number)), (built.linux.carrying, namespace)):
        known.add(one) if up else known.discard(one)


def which_are(built, site):
    """Number the tunnels whose charon has what it ought to have."""
    ought = built.ought()

    def of(things, number):
        there = NAMES.endpoint(site.vpn, number)
        return {x for x in things if x.namespace == there and isinstance(x, (*KEYS, Charon))}

    return [number for number in (1, 2) if of(ought, number) == of(built.linux.things, number)]


def test_the_second_tunnel_follows_when_the_first_is_up_again(changed, site):
    result = changed.look(site.vpn)
    assert which_are(changed, site) == [1]
    assert result.again == reconcile.RETRY_SECONDS
    assert NAMES.endpoint(site.vpn, 2) in changed.linux.carrying
    carry(changed, site, 1, up=False)
    changed.look(site.vpn)
    assert which_are(changed, site) == [1], "the first is down"
    carry(changed, site, 1)
    assert changed.look(site.vpn).again is None
    assert which_are(changed, site) == [1, 2]


def test_both_never_change_in_one_pass_whatever_is_said_of_them(changed, site, monkeypatch):
    """What was last seen of the first may be from before the change."""
    monkeypatch.setattr(changed.linux, "carrying", _Always())
    changed.look(site.vpn)
    assert which_are(changed, site) == [1]
    changed.look(site.vpn)
    assert which_are(changed, site) == [1, 2]


class _Always(set):
    def __contains__(self, _):
        return True


def test_tunnels_that_are_down_change_at_once(changed, site):
    for number in (1, 2):
        carry(changed, site, number, up=False)
    assert changed.look(site.vpn).again is None
    assert which_are(changed, site) == [1, 2]


def test_a_tunnel_waits_for_its_sibling_only_so_long(changed, site):
    changed.look(site.vpn)
    carry(changed, site, 1, up=False)
    changed.now += timedelta(seconds=rollout.PATIENCE_SECONDS - 1)
    changed.look(site.vpn)
    assert which_are(changed, site) == [1]
    changed.now += timedelta(seconds=1)
    changed.look(site.vpn)
    assert which_are(changed, site) == [1, 2]


def test_a_change_that_waits_is_not_in_effect(built, site):
    for number in (1, 2):
        carry(built, site, number)
    other_keys(built, site, None)
    with built.cloud.store.writing() as session:
        session.get(vpn.VpnConnection, site.vpn).generation += 1
    for after in (False, True):
        built.look(site.vpn)
        assert built.in_effect(site.vpn) is after
        carry(built, site, 1)
    assert built.troubles() == {}


def test_what_interrupts_nobody_waits_for_nobody(changed, site):
    """A tunnel's port is lost while both tunnels are to be changed."""
    port = in_endpoint(changed.linux, Veth, site.vpn, 2)
    changed.linux.things -= port
    carry(changed, site, 2, up=False)
    changed.look(site.vpn)
    assert port <= changed.linux.things


def test_a_connection_that_goes_waits_for_nothing(changed, site):
    changed.cloud("DeleteVpnConnection", VpnConnectionId=site.vpn)
    assert changed.look(site.vpn).again is None
    assert states(changed.cloud, site)[site.vpn] == "deleted"


def test_a_tunnel_whose_change_fails_keeps_the_other_as_it_is(changed, site):
    first = NAMES.endpoint(site.vpn, 1)
    changed.linux.fail(CharonError("no"), lambda one: one.namespace == first)
    for _ in range(3):
        changed.look(site.vpn)
    assert which_are(changed, site) == []
    assert NAMES.endpoint(site.vpn, 2) in changed.linux.carrying
    assert len(changed.troubles()) == 1
