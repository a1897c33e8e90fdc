"""Steps from what is to what ought to be."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from landbridge.network.diff import Verb, diff
from landbridge.network.model import ORDER, Bridge, Connection, Namespace, Network, Route
from landbridge.network.plan import plan
from landbridge.network.plan.site import Site
from landbridge.vpn.intent import Intent
from unit.network.intents import INTENT

WHOLE: Network = plan(INTENT, frozenset(), Site())
EMPTY: Network = plan(Intent(), frozenset(), Site())


def carried_out(found: Network, steps) -> Network:
    """A slow twin of Linux: what there is after the steps."""
    now = set(found)
    for step in steps:
        same = {one for one in now if (type(one), one.key) == (type(step.thing), step.thing.key)}
        now -= same
        if step.verb is Verb.REMOVE and isinstance(step.thing, Namespace):
            now = {one for one in now if one.namespace != step.thing.name}
        elif step.verb is not Verb.REMOVE:
            now.add(step.thing)
    return frozenset(now)


def test_nothing_to_do():
    assert diff(WHOLE, WHOLE) == ()


def test_what_stands_on_another_thing_comes_after_it():
    ranks = [ORDER.index(type(step.thing)) for step in diff(WHOLE, frozenset())]
    assert ranks == sorted(ranks)


def test_a_namespace_that_goes_takes_its_things_with_it():
    removed = diff(EMPTY, WHOLE)
    gone = {step.thing.name for step in removed if isinstance(step.thing, Namespace)}
    others = [step for step in removed if not isinstance(step.thing, Namespace)]
    assert gone
    assert not [step for step in others if step.thing.namespace in gone]


def test_a_changed_route_is_changed_in_place():
    route = next(one for one in WHOLE if isinstance(one, Route) and one.link)
    (step,) = diff(WHOLE, WHOLE - {route} | {replace(route, link=None, via=None)})
    assert (step.verb, step.thing) == (Verb.CHANGE, route)


def test_a_changed_connection_is_another_connection():
    connection = next(one for one in WHOLE if isinstance(one, Connection))
    steps = diff(WHOLE, WHOLE - {connection} | {replace(connection, name="ikev2-old")})
    assert [step.verb for step in steps] == [Verb.REMOVE, Verb.ADD]


def test_a_foreign_bridge_is_removed_only_if_it_is_seen():
    foreign = Bridge(namespace="lb-outside", name="other")
    assert [step.thing for step in diff(WHOLE, WHOLE | {foreign})] == [foreign]


@given(st.sets(st.sampled_from(sorted(WHOLE, key=str))), st.booleans())
def test_the_steps_lead_from_anything_to_what_ought_to_be(left, whole):
    names = {one.name for one in left if isinstance(one, Namespace)}
    found = frozenset(one for one in left if one.namespace in names)
    ought = WHOLE if whole else EMPTY
    assert carried_out(found, diff(ought, found)) == ought
