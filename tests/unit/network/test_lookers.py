"""A tunnel's status is what its charon and BIRD say; while they say nothing, it stands."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Network

import pytest

from landbridge.network import lookers as under_test
from landbridge.network.drivers.bird import Session
from landbridge.network.drivers.charon import CharonError
from landbridge.network.lookers import COUNTERS_SECONDS, Lookers, WatchedTunnels
from landbridge.network.plan.bgp import HOLD_TIME
from landbridge.network.tunnel_status import Looks, watched
from landbridge.vpn.observed import Counters, TunnelStatus
from unit.network.intents import CONNECTION, CONNECTION_ID, GATEWAY_ID
from unit.network.watching import FIRST, GATEWAY, KEY, NAMES, ONE, OTHER_KEY, SECOND, TWO, World
from unit.services.ec2.cloud import START

ESTABLISHED = Session(established=True, imported=2, filtered=1)
RECOVERING = Session(established=False, imported=0, recovering=True)
STATIC = replace(ONE, protocol=None, static_routes=3)
SECONDS = timedelta(seconds=1)


class AtOnce:
    """Workers without threads: whatever is added is done before anything else happens."""

    def __init__(self, _, work, *, threads, later):
        assert threads > 1
        assert later
        self._work = work
        self._ready, self._busy = [], False
        self.later = {}
        "After how many seconds what was done is to be done again."

    def start(self):
        pass

    def add(self, key, *, rank=0, after=0.0):  # noqa: ARG002
        if after:
            self.later[key] = after
            return
        self._ready.append(key)
        if self._busy:
            return
        self._busy = True
        try:
            while self._ready:
                one = self._ready.pop(0)
                self.later[one] = self._work(one)
        finally:
            self._busy = False


class Looking:
    """Lookers, with what they tell."""

    def __init__(self, world, known=()):
        self.world = world
        self.now = START
        self.tunnels = WatchedTunnels(known)
        self.published, self.counted, self.attention = [], [], []
        self.lookers = Lookers(
            self.tunnels,
            Looks(world, world),
            world,
            publish=self.publish,
            publish_counters=lambda news: self.counted.append(dict(news)),
            attention=self.attention.append,
            opened=lambda *_: None,
            clock=lambda: self.now,
        )
        self.workers = self.lookers._workers
        self.lookers.start()

    def publish(self, statuses):
        self.published += statuses

    def watch(self, *tunnels):
        self.tunnels.watch(CONNECTION_ID, tunnels)

    def look(self, one=KEY):
        """Look, some time later; returns what was published for that."""
        before = len(self.published)
        self.now += SECONDS
        self.lookers.add(one)
        return [(status.up, status.message) for status in self.published[before:]]

    def count(self):
        self.lookers.add(under_test._COUNTERS)


@pytest.fixture
def world(monkeypatch):
    monkeypatch.setattr(under_test, "Workers", AtOnce)
    made = World()
    made.install(monkeypatch)
    return made


@pytest.fixture
def looking(world):
    """A tunnel with BGP that is up."""
    return up(Looking(world), ONE)


def up(looking, *tunnels):
    for one in tunnels:
        looking.world.child_sas[one.endpoint] = 1
        if one.protocol:
            looking.world.bgp[one.protocol] = ESTABLISHED
    looking.watch(*tunnels)
    for one in tunnels:
        looking.look(one.key)
        assert looking.published[-1].up
    return looking


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


def test_what_could_not_be_published_is_published_later(looking):
    def refuse(_):
        raise OSError("the disk is full")

    looking.world.child_sas[FIRST] = 0
    looking.lookers._publish = refuse
    with pytest.raises(OSError, match="full"):  # it is tried again: see test_workers
        looking.look()
    looking.lookers._publish = looking.publish
    looking.look(under_test._PUBLISH)
    assert [(one.up, one.message) for one in looking.published[-1:]] == [(False, "IPSEC IS DOWN")]


def test_who_looks_does_not_wait_for_the_store(world):
    """The interface follows, and others are looked at, while a status waits to be written."""
    looking = Looking(world)
    looking.watch(STATIC)
    looking.lookers._publishing.acquire()
    world.child_sas[FIRST] = 0
    looking.lookers._publish_news = lambda: None
    looking.look()
    assert looking.tunnels.get(KEY).status.up is False
    assert world.interfaces[STATIC.interface] is False


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
