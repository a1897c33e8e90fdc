"""A change never interrupts both tunnels of a connection at once, and is done in the end."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.network.diff import Verb, diff
from landbridge.network.model import (
    Address,
    Charon,
    Connection,
    Namespace,
    Network,
    Secret,
    TunnelInterface,
    Veth,
)
from landbridge.network.names import Names, sibling, tunnel_of
from landbridge.network.plan import plan
from landbridge.network.plan.site import Site
from landbridge.network.rollout import admit
from landbridge.network.strongswan import Esp
from landbridge.vpn.tunnel_options import TunnelOptions
from unit.network.intents import CONNECTION, CONNECTION_ID, with_connection

FIRST, SECOND = (Names().endpoint(CONNECTION_ID, number) for number in (1, 2))
BOTH = frozenset({FIRST, SECOND})
ONE, TWO = CONNECTION.tunnels
SLOW = TunnelOptions(dpd_timeout_seconds=60)
STRONG = TunnelOptions(phase1_encryption_algorithms=("AES256",))


def network(site: Site = Site(), **changes: object) -> Network:  # noqa: B008 - frozen
    """The things of the connection alone."""
    whole = plan(with_connection(**changes), frozenset(), site)
    return frozenset(one for one in whole if one.owner == CONNECTION_ID)


AS_IT_IS = network()
KEY_1 = network(tunnels=(replace(ONE, psk="other.secret", psk_id="3333"), TWO))
KEYS = network(
    tunnels=(
        replace(ONE, psk="other.secret", psk_id="3333"),
        replace(TWO, psk="another.secret", psk_id="4444"),
    )
)
SETTINGS = network(tunnels=(replace(ONE, options=SLOW), replace(TWO, options=SLOW)))
SUITES = network(tunnels=(replace(ONE, options=STRONG), replace(TWO, options=STRONG)))
SELECTORS = network(remote_cidr=IPv4Network("10.0.0.0/16"))
GATEWAY = network(gateway_id="vgw-000000000000000f2")
USERSPACE = network(Site(esp=Esp.USERSPACE))
ADDRESSES = network(
    tunnels=(
        replace(ONE, outside_address=IPv4Address("203.0.113.4")),
        replace(TWO, outside_address=IPv4Address("203.0.113.5")),
    )
)
CHANGES = {
    "keys": KEYS,
    "settings of charon": SETTINGS,
    "suites": SUITES,
    "selectors": SELECTORS,
    "gateway": GATEWAY,
    "who does ESP": USERSPACE,
    "addresses": ADDRESSES,
}
either_change = pytest.mark.parametrize("ought", CHANGES.values(), ids=CHANGES)


def endpoint(thing):
    """The endpoint to which a thing belongs, wherever it is."""
    there = tunnel_of(getattr(thing, "endpoint", thing.namespace))
    tunnel = there or tunnel_of(getattr(thing, "link", ""))
    return next(one for one in BOTH if tunnel_of(one) == tunnel)


def touched(steps):
    """The endpoints with steps."""
    return {endpoint(step.thing) for step in steps}


def interrupting(steps):
    """Those that take away or alter a part of a tunnel, keys apart."""
    return [
        step for step in steps if step.verb is not Verb.ADD and not isinstance(step.thing, Secret)
    ]


@either_change
def test_of_two_tunnels_that_are_up_the_first_changes_first(ought):
    steps = diff(ought, AS_IT_IS)
    admitted = admit(steps, BOTH)
    assert touched(admitted.now) == {FIRST}
    assert touched(admitted.postponed) == {SECOND}
    assert admitted.waiting == {tunnel_of(SECOND)}


@either_change
def test_a_tunnel_that_is_down_changes_at_once_and_the_other_waits_for_it(ought):
    steps = diff(ought, AS_IT_IS)
    assert touched(admit(steps, {FIRST}).now) == {SECOND}
    assert touched(admit(steps, {SECOND}).now) == {FIRST}


@either_change
def test_two_tunnels_that_are_down_change_at_once(ought):
    steps = diff(ought, AS_IT_IS)
    admitted = admit(steps, frozenset())
    assert admitted.now == steps
    assert not admitted.waiting


@either_change
def test_no_change_waits_for_ever(ought):
    steps = diff(ought, AS_IT_IS)
    assert admit(steps, {FIRST}, patience_over=True).now == steps, "the other cannot come up"
    admitted = admit(steps, BOTH, patience_over=True)
    assert touched(admitted.now) == {SECOND}, "the first failed, and is up"
    assert admitted.waiting == {tunnel_of(FIRST)}


def test_the_second_waits_until_the_first_is_up_again():
    steps = diff(KEYS, KEY_1)
    assert touched(steps) == {SECOND}
    assert admit(steps, {SECOND}).postponed == steps
    assert admit(steps, BOTH).now == steps
    assert admit(steps, {SECOND}, patience_over=True).now == steps


@pytest.mark.parametrize("up", [frozenset(), {FIRST}, {SECOND}, BOTH])
def test_nothing_waits_when_the_connection_goes(up):
    whole = diff(frozenset(), AS_IT_IS)
    assert admit(whole, up).now == whole
    half = diff(frozenset(), frozenset(one for one in AS_IT_IS if SECOND not in str(one)))
    assert admit(half, up).now == half, "a part had gone before"


@pytest.mark.parametrize("up", [frozenset(), {FIRST}, {SECOND}, BOTH])
def test_what_lacks_is_made_at_once(up):
    steps = diff(AS_IT_IS, frozenset())
    assert admit(steps, up).now == steps


def test_repair_of_one_tunnel_waits_for_nothing():
    lost = frozenset(one for one in AS_IT_IS if SECOND not in str(one))
    repair = diff(AS_IT_IS, lost)
    assert repair
    assert admit(repair, {FIRST}).now == repair


def test_a_key_that_nobody_uses_is_taken_away_at_once():
    old = Secret(namespace=FIRST, id="psk-old")
    steps = diff(AS_IT_IS, AS_IT_IS | {old})
    assert admit(steps, {FIRST}).now == steps


@pytest.mark.parametrize("kind", [Connection, Charon, TunnelInterface, Address, Veth])
def test_taking_away_any_part_of_a_tunnel_waits_for_its_sibling(kind):
    surplus = frozenset(one for one in AS_IT_IS if isinstance(one, kind) and FIRST in str(one))
    steps = diff(AS_IT_IS - surplus, AS_IT_IS)
    assert steps
    assert admit(steps, {FIRST}).postponed == steps
    assert admit(steps, BOTH).now == steps


def test_one_namespace_alone_goes_only_while_the_other_carries():
    remade = frozenset(one for one in SETTINGS if SECOND in str(one))
    steps = diff(remade, AS_IT_IS)
    assert any(isinstance(step.thing, Namespace) for step in steps)
    assert touched(admit(steps, BOTH).now) == {FIRST}


def test_steps_of_neither_tunnel_pass():
    elsewhere = diff(frozenset({Namespace(name="lbg-00000000f1")}), frozenset())
    assert admit(elsewhere, BOTH).now == elsewhere


def test_names_of_tunnels_are_read_back():
    assert tunnel_of("lbe-0123456789-1") == tunnel_of("t0123456789-1") == "0123456789-1"
    assert tunnel_of("lbt00e-01234567-2") == "01234567-2"
    assert sibling("0123456789-2") == "0123456789-1"
    for other in ("lbg-0123456789", "lb-outside", "uplink", "vpc", "lbd-0123456789-1", "e0123-1"):
        assert tunnel_of(other) is None


@given(
    st.sampled_from([AS_IT_IS, *CHANGES.values(), frozenset()]),
    st.sets(st.sampled_from(sorted(AS_IT_IS | SETTINGS | SELECTORS | KEYS, key=str))),
    st.sets(st.sampled_from(sorted(BOTH))),
    st.booleans(),
)
def test_nothing_is_lost_and_order_stays(ought, found, up, patience_over):
    steps = diff(ought, frozenset(found))
    admitted = admit(steps, up, patience_over=patience_over)
    assert sorted(map(steps.index, (*admitted.now, *admitted.postponed))) == list(range(len(steps)))
    for part in (admitted.now, admitted.postponed):
        assert list(part) == sorted(part, key=steps.index)
    assert len(admitted.waiting) < 2
    if ought and up == BOTH:
        assert len(touched(interrupting(admitted.now))) < 2


@given(
    st.permutations([AS_IT_IS, *CHANGES.values()]),
    st.lists(st.sampled_from(["calls", "is quiet"])),
)
def test_whatever_happens_one_tunnel_carries_and_all_is_done_in_the_end(changes, events):
    """Change upon change, and a device that calls at any time, or not."""
    found, up = AS_IT_IS, set(BOTH)
    ought = AS_IT_IS
    for next_one, event in [*zip(changes, events, strict=False), *[(None, "calls")] * 3]:
        ought = next_one or ought
        admitted = admit(diff(ought, found), up)
        found = afterwards(found, ought, touched(admitted.postponed))
        down = touched(interrupting(admitted.now))
        assert not up or up - down, "the last tunnel that carried was taken"
        up -= down
        if event == "calls":
            up = set(BOTH)
    assert found == ought


def afterwards(found, ought, waiting):
    """What there is then: of a tunnel that waits as before, of the other as it ought to be."""
    kept = {one for one in found if endpoint(one) in waiting}
    return frozenset(kept | {one for one in ought if endpoint(one) not in waiting})
