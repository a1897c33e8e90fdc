"""From what is to what ought to be, in ordered steps. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from landbridge.network.model import ORDER, Namespace, Network, Thing

_RANK = {kind: rank for rank, kind in enumerate(ORDER)}


class Verb(StrEnum):
    """What a step does; the value is its mark in a printed plan."""

    REMOVE = "-"
    ADD = "+"
    CHANGE = "~"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    verb: Verb
    thing: Thing
    "As it ought to be; for a removal, as it is."
    before: Thing | None = None
    "For a change, as it is."

    def __str__(self) -> str:
        return f"{self.verb} {self.thing}"


def diff(ought: Network, found: Network) -> tuple[Step, ...]:
    """List the steps: removals from the top down, then additions and changes from the bottom up.

    What lies in a namespace that goes needs no step of its own, except the namespace: its
    processes are ended and the kernel takes the rest.
    """
    before = {_identity(thing): thing for thing in found}
    after = {_identity(thing): thing for thing in ought}
    gone = {
        thing.name
        for identity, thing in before.items()
        if isinstance(thing, Namespace) and identity not in after
    }
    return (
        *_removals(
            before[identity]
            for identity in before.keys() - after.keys()
            if isinstance(before[identity], Namespace) or before[identity].namespace not in gone
        ),
        *_additions(before, after),
    )


def _identity(thing: Thing) -> tuple[object, ...]:
    return type(thing), *thing.key


def _removals(things: Iterable[Thing]) -> Iterator[Step]:
    for thing in sorted(things, key=lambda one: (-_RANK[type(one)], str(one))):
        yield Step(Verb.REMOVE, thing)


def _additions(
    before: dict[tuple[object, ...], Thing], after: dict[tuple[object, ...], Thing]
) -> Iterator[Step]:
    for thing in sorted(after.values(), key=lambda one: (_RANK[type(one)], str(one))):
        is_now = before.get(_identity(thing))
        if is_now is None:
            yield Step(Verb.ADD, thing)
        elif is_now != thing:
            yield Step(Verb.CHANGE, thing, is_now)
