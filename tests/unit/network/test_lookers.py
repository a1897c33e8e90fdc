"""A tunnel's status is what its charon and BIRD say; while they say nothing, it stands."""

from dataclasses import replace

import pytest

from landbridge.network.drivers.charon import CharonError
from landbridge.network.plan.bgp import HOLD_TIME
from unit.network.intents import CONNECTION_ID, GATEWAY_ID
from unit.network.looking import ESTABLISHED, RECOVERING, SECONDS, STATIC, Looking, up
from unit.network.watching import FIRST, GATEWAY, KEY, ONE, OTHER_KEY, SECOND, TWO

# --- what a status says ---


def test_a_static_tunnel_is_up_while_it_has_a_child_sa_and_so_is_its_interface(world):
    looking = Looking(world)
    looking.watch(STATIC)
    assert looking.look() == [(False, "IPSEC IS DOWN")]
    for sas, status in ((1, (True, "")), (0, (False, "IPSEC IS DOWN")), (2, (True, ""))):
        world.child_sas[FIRST] = sas
        assert looking.look() == [status]
        assert world.interfaces[ONE.interface] is status[0]
    assert looking.published[-1].accepted_routes == 3


def test_a_tunnel_with_bgp_is_up_while_its_session_is(world):
    looking = Looking(world)
    looking.watch(ONE)
    assert looking.look() == [(False, "IPSEC IS DOWN")]
    world.child_sas[FIRST] = 1
    assert looking.look() == [(False, "IPSEC IS UP")]
    assert world.interfaces[ONE.interface], "else there could be no session"
    world.bgp[ONE.protocol] = ESTABLISHED
    assert looking.look(GATEWAY) == [(True, "2 BGP ROUTES")]
    assert (looking.published[-1].accepted_routes, looking.published[-1].refused_routes) == (2, 1)
    world.bgp[ONE.protocol] = replace(ESTABLISHED, imported=5)
    assert looking.look(GATEWAY) == [(True, "5 BGP ROUTES")]
    del world.bgp[ONE.protocol]
    assert looking.look(GATEWAY) == [(False, "IPSEC IS UP")]


def test_without_its_interface_a_tunnel_carries_nothing(looking):
    del looking.world.interfaces[ONE.interface]
    assert looking.look() == [(False, "IPSEC IS DOWN")]


def test_a_status_is_published_once(looking):
    assert looking.look() == looking.look(GATEWAY) == looking.look() == []


def test_the_last_change_is_when_a_tunnel_came_up_or_went_down(looking):
    came_up = looking.published[-1].last_change
    looking.world.bgp[ONE.protocol] = replace(ESTABLISHED, imported=5)
    looking.look(GATEWAY)
    assert looking.published[-1].last_change == came_up
    looking.world.bgp[ONE.protocol] = replace(ESTABLISHED, established=False)
    looking.look(GATEWAY)
    went_down = looking.published[-1].last_change
    assert went_down == looking.now > came_up
    looking.world.child_sas[FIRST] = 0
    looking.look()
    assert looking.published[-1].message == "IPSEC IS DOWN"
    assert looking.published[-1].last_change == went_down


def test_somebody_is_told_of_a_tunnel_that_comes_up(looking):
    """Its sibling may have waited for that."""
    assert looking.attention == []
    for established, told in ((False, []), (True, [CONNECTION_ID])):
        looking.world.bgp[ONE.protocol] = replace(ESTABLISHED, established=established)
        looking.look(GATEWAY)
        assert looking.attention == told


def test_who_looks_does_not_wait_for_the_store(looking):
    """The interface follows, and others are looked at, while a status waits to be written."""
    looking.watch(STATIC)
    looking.lookers._publishing.acquire()
    looking.lookers._publish_news = lambda: None
    looking.world.child_sas[FIRST] = 0
    looking.look()
    assert looking.tunnels.get(KEY).status.up is False
    assert looking.world.interfaces[STATIC.interface] is False


def test_what_could_not_be_published_is_published_later(looking):
    def refuse(_):
        raise OSError("the disk is full")

    looking.world.child_sas[FIRST] = 0
    looking.lookers._publish = refuse
    with pytest.raises(OSError, match="full"):  # it is tried again: see test_workers
        looking.look()
    looking.lookers._publish = looking.publish
    looking.look("publish")
    assert [(one.up, one.message) for one in looking.published[-1:]] == [(False, "IPSEC IS DOWN")]


# --- charons ---


def test_a_silent_charon_leaves_the_status_as_it_was_and_somebody_is_told(looking):
    looking.world.hanging.add(FIRST)
    assert looking.look() == []
    assert looking.attention == [CONNECTION_ID]
    assert looking.world.interfaces[ONE.interface], "it may carry packets yet"


def test_a_charon_that_is_gone_is_down_at_once(looking):
    del looking.world.child_sas[FIRST]
    end_of_charon(looking)
    assert looking.look() == [(False, "IPSEC IS DOWN")]
    assert not looking.world.interfaces[ONE.interface]
    assert looking.attention == [], "the agent hears of its end by itself"


def end_of_charon(looking):
    """What the hearing thread does about it."""
    tunnel = looking.tunnels.get(KEY)
    tunnel.events = None
    tunnel.charon_ended(looking.now)


def test_a_charon_that_refuses_has_no_child_sa(looking, monkeypatch):
    def refuse(_):
        raise CharonError("no")

    monkeypatch.setattr(looking.world, "established", refuse)
    assert looking.look() == [(False, "IPSEC IS DOWN")]


def test_a_tunnel_that_was_up_when_its_charon_ended_is_started_by_us(looking):
    del looking.world.child_sas[FIRST]
    end_of_charon(looking)
    looking.look()
    looking.world.child_sas[FIRST] = 0
    looking.look()
    looking.look()
    assert looking.world.initiated == [FIRST]


@pytest.mark.parametrize(("seconds", "initiated"), [(1, [FIRST]), (60, [])])
def test_one_that_had_been_down_before_is_left_to_the_device(looking, seconds, initiated):
    """But a charon that is told to end ends its tunnel first."""
    looking.world.child_sas[FIRST] = 0
    looking.look()
    looking.now += seconds * SECONDS
    end_of_charon(looking)
    looking.look()
    assert looking.world.initiated == initiated


def test_a_silent_charon_keeps_nobody_from_looking_at_the_other_tunnel(world):
    looking = up(Looking(world), ONE, TWO)
    world.hanging.add(FIRST)
    world.child_sas[SECOND] = 0
    looking.look(KEY)
    assert looking.look(OTHER_KEY) == [(False, "IPSEC IS DOWN")]


# --- BIRDs ---


def test_a_bird_that_does_not_answer_is_taken_to_go_on_for_the_hold_time(looking):
    looking.world.hanging.add(GATEWAY)
    for _ in range(HOLD_TIME - 1):
        assert looking.look(GATEWAY) == []
        assert looking.workers.later[GATEWAY], "it is asked again"
    assert set(looking.attention) == {GATEWAY_ID}
    assert looking.look(GATEWAY) == [(False, "IPSEC IS UP")]
    looking.world.hanging.clear()
    assert looking.look(GATEWAY) == [(True, "2 BGP ROUTES")]


def test_the_hold_time_begins_anew_with_each_answer(looking):
    for _ in range(3):
        looking.world.hanging.add(GATEWAY)
        for _ in range(HOLD_TIME - 1):
            assert looking.look(GATEWAY) == []
        looking.world.hanging.clear()
        assert looking.look(GATEWAY) == []


def test_a_bird_that_is_gone_is_like_one_that_is_silent(looking):
    """Another takes over, and recovers its sessions while their routes stay in the kernel."""
    looking.world.bgp = None
    assert looking.look(GATEWAY) == []
    looking.world.bgp = {ONE.protocol: RECOVERING}
    assert looking.look(GATEWAY) == []
    looking.world.bgp = {ONE.protocol: ESTABLISHED}
    assert looking.look(GATEWAY) == []


def test_a_recovering_bird_keeps_its_sessions_state_until_it_has_told_all(looking):
    looking.world.bgp[ONE.protocol] = RECOVERING
    assert looking.look(GATEWAY) == []
    assert looking.workers.later[GATEWAY]
    looking.world.bgp[ONE.protocol] = replace(RECOVERING, recovering=False)
    assert looking.look(GATEWAY) == [(False, "IPSEC IS UP")]


def test_a_session_that_is_back_while_others_recover_is_told_of(looking):
    looking.world.bgp[ONE.protocol] = replace(ESTABLISHED, imported=7, recovering=True)
    assert looking.look(GATEWAY) == [(True, "7 BGP ROUTES")]


def test_a_tunnel_goes_down_whatever_its_bird_says_or_does_not(looking):
    for state in ({GATEWAY}, set()):
        looking.world.hanging = state
        looking.world.bgp[ONE.protocol] = RECOVERING
        looking.world.child_sas[FIRST] = 0
        assert looking.look() == [(False, "IPSEC IS DOWN")]
        looking.world.child_sas[FIRST] = 1
        looking.look()


def test_what_a_bird_says_of_sessions_that_nobody_watches_is_nobodys(looking):
    looking.world.bgp["t_00000000ff_1"] = replace(ESTABLISHED, established=False)
    assert looking.look(GATEWAY) == []


def test_nobody_is_told_of_a_silent_bird_without_tunnels(looking):
    looking.watch()
    looking.world.hanging.add(GATEWAY)
    assert looking.look(GATEWAY) == []
    assert looking.attention == []
    assert looking.workers.later[GATEWAY] is None
