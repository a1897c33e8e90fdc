"""Steps are carried out; what fails spoils nothing but what stands on it, and is said."""

import subprocess
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroute2 import NetlinkError

from landbridge.network.apply import Applier
from landbridge.network.diff import Step, Verb, diff
from landbridge.network.drivers.bird import BirdError
from landbridge.network.drivers.charon import CharonError
from landbridge.network.drivers.daemon import DaemonError
from landbridge.network.drivers.firewall import FirewallError
from landbridge.network.model import (
    ORDER,
    SILENT,
    Address,
    Bird,
    Bridge,
    Charon,
    Connection,
    Firewall,
    Namespace,
    Rule,
    Secret,
    TunnelInterface,
    Veth,
)
from landbridge.network.names import Names
from landbridge.network.plan import plan
from landbridge.network.plan.site import Site
from landbridge.network.strongswan import Esp
from landbridge.vpn.intent import Intent
from unit.network.intents import (
    CONNECTION_ID,
    GATEWAY_ID,
    INSTANCE_ID,
    INTENT,
    SUBNET_ID,
    TABLE_ID,
    VPC_ID,
)
from unit.network.linux import Linux

SITE, NAMES = Site(), Names()
WHOLE = plan(INTENT, frozenset(), SITE)
EMPTY = plan(Intent(), frozenset(), SITE)
IN_USERSPACE = plan(INTENT, frozenset(), Site(esp=Esp.USERSPACE))
FIRST, SECOND = (NAMES.endpoint(CONNECTION_ID, number) for number in (1, 2))
GATEWAY, VPC = NAMES.gateway(GATEWAY_ID), NAMES.vpc(VPC_ID)
ATTACHMENT = "vgw-attach-1"
FORESEEN = [
    BirdError("no"),
    CharonError("no"),
    DaemonError("no"),
    FirewallError("no"),
    LookupError("no"),
    NetlinkError(22, "no"),
    OSError("no"),
]
UNFORESEEN = [
    KeyError("secret"),  # a LookupError, which Linux answers as well
    RuntimeError("secret"),
    subprocess.TimeoutExpired("secret", 10),
    AssertionError("secret"),
]
failures = pytest.mark.parametrize("error", FORESEEN + UNFORESEEN, ids=repr)


@pytest.fixture
def linux(monkeypatch):
    return installed(Linux(), monkeypatch)


def installed(linux, monkeypatch):
    linux.install(monkeypatch)
    return linux


def applied(linux, ought, found=None):
    """Carry out the steps from what there is to what ought to be."""
    applier = Applier(linux, linux.running, linux.charons, linux.birds, linux.tunnels)
    there = frozenset(replace(one, owner="") for one in linux.things)
    return applier.apply(diff(ought, there if found is None else found))


def there(linux, kind, namespace):
    return {one for one in linux.things if isinstance(one, kind) and one.namespace == namespace}


@pytest.mark.parametrize("whole", [WHOLE, IN_USERSPACE], ids=["kernel", "userspace"])
def test_all_is_made_and_all_is_removed_again(monkeypatch, whole):
    esp = Esp.KERNEL if whole is WHOLE else Esp.USERSPACE
    linux = installed(Linux(esp), monkeypatch)
    for ought in (whole, EMPTY, whole):
        outcome = applied(linux, ought)
        assert not (outcome.failed)
        assert not (outcome.postponed)
        assert not (outcome.blocked)
        assert linux.things == ought


def test_there_is_a_deed_for_every_kind_of_thing():
    linux = Linux()
    deeds = Applier(linux, linux, linux.charons, linux.birds, linux.tunnels).deeds
    for kind in ORDER:
        assert {(kind, Verb.ADD), (kind, Verb.REMOVE)} <= deeds.keys()
    # What has nothing but its key never differs from itself.
    unchanging = {Bridge, Address, Secret, Connection}
    assert {kind for kind in ORDER if (kind, Verb.CHANGE) not in deeds} == unchanging


@given(gone=st.sets(st.sampled_from(sorted(WHOLE, key=str)), max_size=6))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_lost_is_made_again(monkeypatch, gone):
    linux = installed(Linux(), monkeypatch)
    applied(linux, WHOLE)
    for thing in gone:
        match thing:
            case Namespace():
                linux.remove(thing.name)
            case Charon() | Bird():
                linux.end_processes(linux.of(thing.namespace))
            case _:
                linux.things.discard(thing)
    for _ in range(2):
        outcome = applied(linux, WHOLE)
    assert not outcome.failed
    assert linux.things == WHOLE


@failures
def test_what_fails_is_reported_with_its_owner_and_others_go_on(linux, error):
    linux.fail(error, lambda one: isinstance(one, Bird))
    outcome = applied(linux, WHOLE)
    assert outcome.failed.keys() == {GATEWAY_ID}
    assert f"+ {GATEWAY}: bird configuration" in outcome.failed[GATEWAY_ID]
    assert linux.things == {one for one in WHOLE if not isinstance(one, Bird)}


@pytest.mark.parametrize("error", UNFORESEEN[1:], ids=repr)
def test_of_what_was_not_foreseen_the_kind_alone_is_told(linux, error, caplog):
    """Nobody knows what it says; who runs the agent reads that in its log."""
    linux.fail(error, lambda one: isinstance(one, Firewall) and one.namespace == GATEWAY)
    (why,) = applied(linux, WHOLE).failed.values()
    assert why.endswith(f": {type(error).__name__}")
    assert "secret" not in why
    assert "Traceback" in caplog.text


@failures
def test_a_failure_spoils_its_tunnel_and_not_the_other(linux, error):
    linux.fail(error, lambda one: isinstance(one, Charon) and one.namespace == FIRST)
    outcome = applied(linux, WHOLE)
    assert outcome.failed.keys() == {CONNECTION_ID}
    assert not there(linux, Secret, FIRST)
    assert not there(linux, Connection, FIRST)
    assert there(linux, Connection, SECOND)
    assert there(linux, Bird, GATEWAY)


def test_what_is_in_a_namespace_that_could_not_be_made_is_not_tried(linux):
    linux.fail(OSError("no space"), lambda one: isinstance(one, Namespace) and one.name == VPC)
    outcome = applied(linux, WHOLE)
    assert outcome.failed.keys() == {VPC_ID}
    tried = [deed for deed in linux.deeds if f" {VPC}: " in deed]
    assert len(tried) == 1, "but for the namespace"
    assert {SUBNET_ID, TABLE_ID, ATTACHMENT} <= outcome.postponed, "they are not there"
    assert outcome.blocked == {INSTANCE_ID}
    assert there(linux, Bird, GATEWAY)


def test_what_was_spoilt_by_a_removal_that_failed_is_not_there_either(linux):
    """The old definition could not be taken away, so the new one was not given."""
    applied(linux, WHOLE)
    old = next(iter(there(linux, Connection, FIRST)))
    new = replace(old, name="ikev2-new", owner=CONNECTION_ID)
    linux.fail(CharonError("no"), lambda one: one == old)
    outcome = applied(linux, WHOLE - {old} | {new})
    assert outcome.failed.keys() == {""}
    assert outcome.postponed == {CONNECTION_ID}
    assert new not in linux.things


@failures
def test_a_removal_that_fails_keeps_no_other(linux, error):
    applied(linux, WHOLE)
    linux.fail(error, lambda one: one in (Namespace(name=VPC), Namespace(name=FIRST)))
    outcome = applied(linux, EMPTY)
    assert list(outcome.failed) == [""], "nobody's any more"
    left = {one.name for one in linux.things if isinstance(one, Namespace)}
    assert left == {NAMES.outside, VPC, FIRST}
    linux.heal()
    assert not applied(linux, EMPTY).failed
    assert linux.things == EMPTY


def test_removals_go_on_for_an_owner_with_a_failure(linux):
    applied(linux, WHOLE)
    old = Rule(namespace=VPC, link="s00000000ff", table=1)
    linux.things.add(old)
    linux.fail(OSError("no"), lambda one: isinstance(one, Bridge) and one.namespace == VPC)
    applied(linux, WHOLE - {one for one in WHOLE if isinstance(one, Bridge)})
    assert old not in linux.things


@pytest.mark.parametrize("gone", [GATEWAY, NAMES.outside], ids=["gateway", "outside"])
def test_what_stands_on_another_part_waits_for_it(linux, gone):
    """It is nobody's failure."""
    applied(linux, WHOLE)
    linux.remove(gone)
    linux.remove(FIRST)
    linux.remove(SECOND)
    ours = frozenset(one for one in WHOLE if one.owner == CONNECTION_ID)
    outcome = applied(linux, ours, frozenset())
    assert (dict(outcome.failed), outcome.blocked) == ({}, {CONNECTION_ID})
    assert not outcome.postponed
    assert not there(linux, Charon, FIRST)


def test_daemons_come_up_side_by_side_and_one_that_does_not_spoils_its_own(linux):
    """Each has begun before one is waited for, and a wait that ends badly is that one's."""
    waited = linux.waited
    linux.fail(DaemonError("not ready"), lambda one: one.key == (SECOND,) and bool(waited))
    begun = []

    def start(charon, environment):
        assert not waited
        begun.append(charon.namespace)
        return Linux.charon_start(linux, charon, environment)

    linux.charon_start = start
    outcome = applied(linux, WHOLE)
    assert sorted(begun) == sorted(waited) == [FIRST, SECOND]
    assert list(outcome.failed) == [CONNECTION_ID]
    assert there(linux, Connection, FIRST)
    assert not there(linux, Connection, SECOND)


def test_a_charon_whose_espd_has_gone_goes_and_both_are_made_by_the_next_pass(monkeypatch):
    linux = installed(Linux(Esp.USERSPACE), monkeypatch)
    applied(linux, IN_USERSPACE)
    espd = next(one for one in linux.of(FIRST) if one.program == "espd")
    linux.end_processes([espd])
    outcome = applied(linux, IN_USERSPACE)
    assert (dict(outcome.failed), outcome.postponed) == ({}, {CONNECTION_ID})
    assert not linux.of(FIRST)
    applied(linux, IN_USERSPACE)
    assert linux.things == IN_USERSPACE


def test_an_interface_of_another_kind_goes_with_its_charon(monkeypatch):
    """Who does ESP was settled anew while the tunnels stood."""
    linux = installed(Linux(Esp.USERSPACE), monkeypatch)
    applied(linux, IN_USERSPACE)
    linux.esp = Esp.KERNEL
    outcome = applied(linux, WHOLE)
    assert outcome.postponed == {CONNECTION_ID}
    assert not outcome.failed
    assert not there(linux, TunnelInterface, GATEWAY)
    applied(linux, WHOLE)
    assert linux.things == WHOLE


@pytest.mark.parametrize("answers", [True, False])
def test_a_bird_gets_its_configuration_and_is_started_anew_if_it_is_deaf(linux, answers):
    applied(linux, WHOLE)
    (running,) = linux.of(GATEWAY)
    old = Bird(namespace=GATEWAY, digest="old" if answers else SILENT)
    if not answers:
        linux.silent[GATEWAY] = "timed out"
    (wanted,) = there(linux, Bird, GATEWAY)
    applier = Applier(linux, linux, linux.charons, linux.birds, linux.tunnels)
    assert not applier.apply([Step(Verb.CHANGE, wanted, old)]).failed
    assert there(linux, Bird, GATEWAY) == {wanted}
    assert (linux.of(GATEWAY) == [running]) is answers


def test_a_pair_to_another_place_goes_and_comes(linux):
    applied(linux, WHOLE)
    (pair,) = (one for one in there(linux, Veth, NAMES.instance(INSTANCE_ID)))
    elsewhere = replace(pair, peer_bridge="s00000000ff")
    linux.things = linux.things - {pair} | {elsewhere}
    assert not applied(linux, WHOLE).failed
    applied(linux, WHOLE)  # its addresses went with it
    assert linux.things == WHOLE
