"""One tunnel at a time: which steps of a connection may be taken now. Pure.

A change that interrupts a tunnel must not interrupt both tunnels of a connection at once. So a
tunnel that carries traffic and would be interrupted waits until its sibling carries traffic too,
and of two that do the first goes first:

    tunnel 1   tunnel 2   both are to be changed
    down       down       both at once: there is nothing to protect
    up         down       2 at once; 1 when 2 has come up
    up         up         1 at once; 2 when 1 has come up again

A sibling may never come up: no device calls it, or its own change fails each time. Then the wait
ends when the caller's patience is over, and the tunnel that waited goes next. With both up that is
still one alone.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from landbridge.network.diff import Step, Verb
from landbridge.network.model import Address, Namespace, Route, Secret, Thing, TunnelInterface
from landbridge.network.names import sibling, tunnel_of

PATIENCE_SECONDS = 60.0
"""How long a tunnel may wait for its sibling.

A device that was not told of the interruption notices after its dead-peer timeout, 30 seconds as
our files have it, and calls again; the rest is for IKE and BGP."""


@dataclass(frozen=True, slots=True)
class Admission:
    """What may be done now; both parts in the order given."""

    now: tuple[Step, ...]
    postponed: tuple[Step, ...]

    @property
    def waiting(self) -> frozenset[str]:
        """The tunnels whose steps are postponed, as `names.tunnel_of` has them."""
        return frozenset(
            tunnel for step in self.postponed if (tunnel := tunnel_of_thing(step.thing))
        )


def admit(steps: Sequence[Step], up: Collection[str], *, patience_over: bool = False) -> Admission:
    """Part the steps of one connection into those to take now and those that wait.

    `up`: the endpoints' namespaces whose tunnels carry traffic, as seen after the steps admitted
    before: whoever counts a tunnel as up that has just been interrupted loses both.
    `patience_over`: the same tunnels have been `waiting` for `PATIENCE_SECONDS` or longer.

    All steps of a tunnel that waits wait, since they belong together. Nothing waits when the
    whole connection goes.
    """
    interrupted = set(_interrupted(steps))
    carrying = {tunnel_of(namespace) for namespace in up}
    first = max if patience_over else min

    def waits(tunnel: str) -> bool:
        other = sibling(tunnel)
        if other not in carrying:
            return not patience_over
        return other in interrupted and tunnel != first(tunnel, other)

    waiting: set[str] = set()
    if not _goes_whole(steps):
        waiting = {tunnel for tunnel in interrupted & carrying if waits(tunnel)}
    return Admission(
        now=tuple(step for step in steps if tunnel_of_thing(step.thing) not in waiting),
        postponed=tuple(step for step in steps if tunnel_of_thing(step.thing) in waiting),
    )


def _interrupted(steps: Sequence[Step]) -> Iterator[str]:
    """Name the tunnels with a step that takes away or alters what stands.

    A key that is removed is one that nobody uses, unless another takes its place.
    """
    keyed = {
        step.thing.namespace
        for step in steps
        if isinstance(step.thing, Secret) and step.verb is Verb.ADD
    }
    for step in steps:
        thing = step.thing
        idle = isinstance(thing, Secret) and thing.namespace not in keyed
        if step.verb is not Verb.ADD and not idle and (tunnel := tunnel_of_thing(thing)):
            yield tunnel


def _goes_whole(steps: Sequence[Step]) -> bool:
    """Tell whether the connection goes: nothing is to be made, and a namespace goes."""
    return all(step.verb is Verb.REMOVE for step in steps) and any(
        isinstance(step.thing, Namespace) for step in steps
    )


def tunnel_of_thing(thing: Thing) -> str | None:
    """Name the tunnel to which a thing belongs, wherever it is; as `names.tunnel_of` does."""
    if isinstance(thing, TunnelInterface):
        return tunnel_of(thing.endpoint)
    in_gateway = thing.link if isinstance(thing, Address | Route) else None
    return tunnel_of(thing.namespace) or (tunnel_of(in_gateway) if in_gateway else None)
