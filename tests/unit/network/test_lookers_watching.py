"""Tunnels are watched until they are dropped, by one agent after another."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Network

import pytest

from landbridge.network import lookers as under_test
from landbridge.network.lookers import COUNTERS_SECONDS
from landbridge.network.tunnel_status import watched
from landbridge.vpn.observed import Counters, TunnelStatus
from unit.network.intents import CONNECTION, CONNECTION_ID
from unit.network.looking import ESTABLISHED, RECOVERING, STATIC, Looking, up
from unit.network.watching import FIRST, GATEWAY, KEY, NAMES, ONE, OTHER_KEY, SECOND, TWO
from unit.services.ec2.cloud import START

# --- watching ---


def test_nothing_is_published_for_a_tunnel_that_has_been_dropped(looking):
    looking.watch()
    looking.world.child_sas[FIRST] = 0
    assert looking.look() == looking.look(GATEWAY) == []


def test_nothing_is_published_for_a_tunnel_that_is_dropped_while_it_is_looked_at(looking):
    looking.world.child_sas[FIRST] = 0
    looking.world.meanwhile = looking.watch
    assert looking.look() == []


def test_a_tunnel_at_another_gateway_has_another_session(looking):
    """Of the old one's BIRD nothing counts."""
    moved = replace(ONE, gateway="lbg-00000000f2", gateway_id="vgw-000000000000000f2")
    looking.world.bgp[ONE.protocol] = replace(ESTABLISHED, established=False)
    looking.watch(moved)
    assert looking.look(GATEWAY) == []
    assert looking.look() == [(False, "IPSEC IS UP")]
    assert looking.tunnels.deserted() == [GATEWAY]
    assert looking.tunnels.deserted() == [], "once"


def test_a_tunnel_that_changes_is_the_same_tunnel(world):
    looking = up(Looking(world), STATIC)
    changed = looking.published[-1].last_change
    looking.watch(replace(STATIC, static_routes=4))
    assert looking.look() == [(True, "")]
    assert looking.published[-1].accepted_routes == 4
    assert looking.published[-1].last_change == changed


# --- another agent ---


def known(**changes):
    as_it_was = TunnelStatus(connection_id=CONNECTION_ID, number=1, up=True,
                             message="2 BGP ROUTES", last_change=START - timedelta(days=1),
                             accepted_routes=2, refused_routes=1)  # fmt: skip
    return replace(as_it_was, **changes)


@pytest.fixture
def another(world):
    """An agent that starts while a tunnel is up, and knows what the one before published."""
    looking = Looking(world, [known()])
    world.child_sas[FIRST] = 1
    world.bgp[ONE.protocol] = ESTABLISHED
    world.interfaces[ONE.interface] = True
    looking.watch(ONE)
    return looking


def test_another_agent_publishes_nothing_when_all_is_as_it_was(another):
    assert another.look() == another.look(GATEWAY) == []


def test_another_agent_tells_what_has_changed_meanwhile(another):
    another.world.child_sas[FIRST] = 0
    assert another.look() == [(False, "IPSEC IS DOWN")]
    assert another.published[-1].last_change == another.now


def test_another_agent_starts_a_tunnel_that_was_up(another):
    another.world.child_sas[FIRST] = 0
    another.look()
    assert another.world.initiated == [FIRST]


@pytest.mark.parametrize("state", ["hangs", "recovers"])
def test_to_another_agent_a_status_stands_until_bird_has_told(another, state):
    """Its routes are in the kernel: nothing of the tunnel has changed."""
    if state == "hangs":
        another.world.hanging.add(GATEWAY)
    else:
        another.world.bgp[ONE.protocol] = RECOVERING
    assert another.look() == another.look(GATEWAY) == []
    assert another.workers.later[GATEWAY]
    another.world.hanging.clear()
    another.world.bgp[ONE.protocol] = ESTABLISHED
    assert another.look(GATEWAY) == []


# --- counters ---

COUNTED = Counters(packets_in=1, bytes_in=100)


def test_counters_of_tunnels_that_are_up_are_published_when_they_have_changed(world):
    looking = up(Looking(world), replace(TWO, protocol=None))
    looking.watch(STATIC, replace(TWO, protocol=None))
    looking.look()
    world.counted = {FIRST: COUNTED, SECOND: COUNTED}
    looking.count()
    looking.count()
    assert looking.counted == [{OTHER_KEY: COUNTED}], "the first is down"
    world.counted[SECOND] = replace(COUNTED, packets_in=2)
    looking.count()
    assert looking.counted[1:] == [{OTHER_KEY: world.counted[SECOND]}]
    assert looking.workers.later[under_test._COUNTERS] == COUNTERS_SECONDS


def test_counters_that_cannot_be_read_keep_no_others(world):
    static = STATIC, replace(TWO, protocol=None)
    looking = up(Looking(world), *static)
    world.counted = {FIRST: COUNTED, SECOND: COUNTED}
    del world.interfaces[ONE.interface]
    looking.count()
    assert looking.counted == [{OTHER_KEY: COUNTED}]


def test_counters_that_could_not_be_published_are_published_later(looking):
    def refuse(_):
        raise OSError("the disk is full")

    publish = looking.lookers._publish_counters
    looking.world.counted[FIRST] = COUNTED
    looking.lookers._publish_counters = refuse
    with pytest.raises(OSError, match="full"):
        looking.count()
    looking.lookers._publish_counters = publish
    looking.count()
    assert looking.counted == [{KEY: COUNTED}]


def test_counters_of_a_tunnel_that_has_been_dropped_are_not_published(looking, monkeypatch):
    looking.world.counted[FIRST] = COUNTED
    read = looking.world.counters

    def dropped_meanwhile(*of):
        looking.watch()
        return read(*of)

    monkeypatch.setattr(looking.world, "counters", dropped_meanwhile)
    looking.count()
    assert looking.counted == []


def test_what_is_watched_follows_the_connection():
    static = replace(CONNECTION, static_routes_only=True,
                     static_routes=(IPv4Network("172.16.0.0/16"),))  # fmt: skip
    alone = replace(static, gateway_id=None)
    assert [one.static_routes for one in watched(static, NAMES)] == [1, 1]
    assert [one.interface_namespace for one in watched(alone, NAMES)] == [FIRST, SECOND]
    assert {one.protocol for one in (*watched(static, NAMES), *watched(alone, NAMES))} == {None}
