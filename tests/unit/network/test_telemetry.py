"""Whatever is heard of leads to a look within the moment; what hangs holds up its own tunnel."""

import socket
import threading
from contextlib import contextmanager
from dataclasses import replace
from time import monotonic

import pytest

from landbridge.network import telemetry as under_test
from landbridge.network import workers
from landbridge.network.drivers.bird import Session
from landbridge.network.telemetry import Telemetry
from landbridge.network.tunnel_status import Looks
from unit.network.intents import CONNECTION_ID, GATEWAY_ID
from unit.network.watching import FIRST, GATEWAY, KEY, ONE, OTHER_KEY, SECOND, TWO, World
from unit.services.ec2.cloud import START

PATIENCE = 10.0
ESTABLISHED = Session(established=True, imported=2)
STATIC = tuple(replace(one, protocol=None) for one in (ONE, TWO))


class Heard:
    """What the telemetry tells, to be waited for."""

    def __init__(self):
        self.change = threading.Condition()
        self.statuses = []
        self.routes = []
        self.attention = []

    def told(self, of):
        def note(what):
            with self.change:
                of.append(what)
                self.change.notify_all()

        return note

    def until(self, condition):
        """Wait for what is told, or for what shows otherwise soon after."""
        end = monotonic() + PATIENCE
        with self.change:
            while not condition():
                assert monotonic() < end
                self.change.wait(0.01)

    def last(self, key):
        found = [one for one in self.statuses if (one.connection_id, one.number) == key]
        return (found[-1].up, found[-1].message) if found else None

    def await_status(self, key, status):
        self.until(lambda: self.last(key) == status)


@pytest.fixture
def world(monkeypatch, tmp_path):
    made = World()
    made.install(monkeypatch)
    made.directory = tmp_path / "gateways"
    (made.directory / GATEWAY).mkdir(parents=True)
    made.namespaces = tmp_path / "netns"
    made.namespaces.mkdir()
    (made.namespaces / GATEWAY).touch()
    made.kernel = []

    def news(_):
        here, there = socket.socketpair()
        here.setblocking(False)
        made.kernel.append(there)
        return here

    monkeypatch.setattr(under_test, "NETNS_DIRECTORY", made.namespaces)
    monkeypatch.setattr(under_test.routes, "news", news)
    monkeypatch.setattr(under_test, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(under_test, "ROUND_SECONDS", 600.0)  # nothing is found by turns
    monkeypatch.setattr(workers, "_STOP_SECONDS", 0.2)
    yield made
    streams = [one.charon for each in made.streams.values() for one in each]
    for one in (*made.kernel, *streams):
        one.close()


@contextmanager
def telling(world, *tunnels):
    """Telemetry that watches tunnels."""
    heard = Heard()
    tell = heard.told(heard.statuses)
    telemetry = Telemetry(
        Looks(world, world),
        world,
        known=(),
        publish=lambda statuses: [tell(one) for one in statuses],
        publish_counters=lambda _: None,
        routes_changed=heard.told(heard.routes),
        attention=heard.told(heard.attention),
        clock=lambda: START,
    )
    telemetry.start()
    try:
        telemetry.watch(CONNECTION_ID, tunnels)
        for one in tunnels:
            heard.until(lambda one=one: heard.last(one.key) is not None)
        yield telemetry, heard
    finally:
        world.hanging.clear()
        telemetry.stop()


def test_a_charons_event_leads_to_a_look(world):
    with telling(world, *STATIC) as (telemetry, heard):
        assert heard.last(KEY) == (False, "IPSEC IS DOWN")
        world.child_sas[FIRST] = 1
        happens(world, FIRST)
        heard.await_status(KEY, (True, ""))
        assert telemetry.is_up(KEY)
        assert not telemetry.is_up(OTHER_KEY)


def happens(world, endpoint):
    """Something happens to a tunnel, and charon says so."""
    world.streams[endpoint][-1].charon.send(b"child-updown")


def test_the_end_of_a_charon_is_down_at_once_and_the_next_one_is_heard(world):
    world.child_sas[FIRST] = 1
    with telling(world, STATIC[0]) as (telemetry, heard):
        assert heard.last(KEY) == (True, "")
        del world.child_sas[FIRST]
        world.streams[FIRST][0].charon.close()
        heard.await_status(KEY, (False, "IPSEC IS DOWN"))
        assert not telemetry.is_up(KEY)
        world.child_sas[FIRST] = 0
        telemetry.watch(CONNECTION_ID, STATIC[:1])  # after the pass that started another
        heard.until(lambda: len(world.streams[FIRST]) == 2)
        world.child_sas[FIRST] = 1
        happens(world, FIRST)
        heard.await_status(KEY, (True, ""))
        assert world.initiated == [FIRST]


def test_a_line_in_birds_log_leads_to_a_look(world):
    world.child_sas[FIRST] = 1
    with telling(world, ONE) as (_, heard):
        assert heard.last(KEY) == (False, "IPSEC IS UP")
        world.bgp[ONE.protocol] = ESTABLISHED
        (world.directory / GATEWAY / "bird.log").write_text("established\n")
        heard.await_status(KEY, (True, "2 BGP ROUTES"))


def test_a_change_of_routes_is_told_with_its_gateway(world):
    with telling(world, ONE) as (_, heard):
        heard.until(lambda: heard.routes == [GATEWAY_ID])
        world.kernel[0].send(b"RTM_NEWROUTE")
        heard.until(lambda: heard.routes == [GATEWAY_ID] * 2)


def test_a_gateway_that_was_made_anew_is_heard_anew(world):
    with telling(world, ONE) as (telemetry, heard):
        heard.until(lambda: len(world.kernel) == 1)
        made = world.namespaces / "made"
        made.touch()
        made.replace(world.namespaces / GATEWAY)
        telemetry.watch(CONNECTION_ID, [ONE])
        heard.until(lambda: len(world.kernel) == 2)
        told = len(heard.routes)
        world.kernel[1].send(b"RTM_NEWROUTE")
        heard.until(lambda: len(heard.routes) > told)


def test_a_gateway_that_is_yet_to_be_made_is_heard_once_it_is(world):
    (world.namespaces / GATEWAY).unlink()
    with telling(world, ONE) as (telemetry, heard):
        assert world.kernel == []
        (world.namespaces / GATEWAY).touch()
        telemetry.watch(CONNECTION_ID, [ONE])
        heard.until(lambda: heard.routes == [GATEWAY_ID])


def test_a_daemon_that_hangs_holds_up_its_own_tunnel_only(world):
    with telling(world, *STATIC) as (_, heard):
        world.hanging.add(FIRST)
        happens(world, FIRST)
        heard.until(lambda: heard.attention == [CONNECTION_ID])
        world.child_sas[SECOND] = 1
        happens(world, SECOND)
        heard.await_status(OTHER_KEY, (True, ""))
        assert heard.last(KEY) == (False, "IPSEC IS DOWN")


def test_one_after_another_is_looked_at_anyway(world, monkeypatch):
    """Whatever was missed is found by turns."""
    monkeypatch.setattr(under_test, "ROUND_SECONDS", 0.01)
    with telling(world, ONE, STATIC[1]) as (_, heard):
        world.child_sas = {FIRST: 1, SECOND: 1}
        heard.await_status(OTHER_KEY, (True, ""))
        heard.await_status(KEY, (False, "IPSEC IS UP"))
        world.bgp[ONE.protocol] = ESTABLISHED
        heard.await_status(KEY, (True, "2 BGP ROUTES"))


def test_a_connection_that_is_dropped_is_not_heard_any_more(world):
    with telling(world, *STATIC) as (telemetry, heard):
        (first,), (second,) = world.streams.values()
        told = len(heard.statuses)
        telemetry.watch(CONNECTION_ID, [])
        heard.until(lambda: first.closed and second.closed)
        assert len(heard.statuses) == told
        assert not telemetry.is_up(KEY)


def test_what_goes_wrong_in_one_ends_no_watch(world, caplog):
    with telling(world, *STATIC) as (_, heard):
        (first,) = world.streams[FIRST]
        drain, first.drain = first.drain, lambda: 1 / 0
        happens(world, FIRST)
        heard.until(lambda: "a round of events was lost" in caplog.text)
        first.drain = drain
        world.child_sas = {FIRST: 1, SECOND: 1}
        happens(world, FIRST)
        happens(world, SECOND)
        heard.await_status(KEY, (True, ""))
        heard.await_status(OTHER_KEY, (True, ""))


def test_it_ends_though_somebody_hangs(world):
    hanging = threading.Event()
    with telling(world, *STATIC) as (telemetry, heard):
        begun = threading.Event()
        world.meanwhile = lambda: (begun.set(), hanging.wait(PATIENCE))
        happens(world, FIRST)
        assert begun.wait(PATIENCE)
        telemetry.stop()
        assert not telemetry.is_alive()
        assert heard.last(KEY) == (False, "IPSEC IS DOWN")
        hanging.set()
