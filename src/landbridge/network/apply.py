"""Put steps into effect, each by its driver.

Daemons come up side by side: a deed may return something to wait for, which happens once all
steps of its kind have begun.
"""

import itertools
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from landbridge.network.diff import Step, Verb
from landbridge.network.drivers import bird, charon, espd, firewall, links, netns, routes
from landbridge.network.drivers.bird import BirdError, Birds
from landbridge.network.drivers.charon import CharonError, Charons
from landbridge.network.drivers.daemon import DaemonError, Starting
from landbridge.network.drivers.esp import Tunnels
from landbridge.network.drivers.firewall import FirewallError
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.model import (
    Address,
    Bird,
    Bridge,
    Charon,
    Connection,
    Firewall,
    Namespace,
    Route,
    Rule,
    Secret,
    Thing,
    TunnelInterface,
    Veth,
)
from landbridge.network.strongswan import Esp

log = logging.getLogger(__name__)
FAILURES = (*netns.LINUX_FAILURES, DaemonError, CharonError, BirdError, FirewallError)
"What a driver raises when Linux or a daemon does not do as told."
ENDPOINT_DAEMONS = frozenset({charon.PROGRAM, espd.PROGRAM})
Deed = Callable[[Any, Any], Starting | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a plan."""

    done: int
    failed: frozenset[str]
    "Owners of things that could not be made; empty text for what ought not to be there."
    postponed: frozenset[str] = frozenset()
    "Owners of things that the next pass has to make; more has gone than the steps say."


class _PostponedError(RuntimeError):
    """What this stands on had to go first; the next pass makes both."""


class _Pass:
    """What has come of the steps so far."""

    def __init__(self) -> None:
        self.done = 0
        self.failed: set[str] = set()
        self.postponed: set[str] = set()

    def succeeded(self, step: Step) -> None:
        """Note that a step is done."""
        log.info("%s", step)
        self.done += 1

    @contextmanager
    def attempt(self, step: Step) -> Iterator[None]:
        """Note what goes wrong in a step."""
        try:
            yield
        except _PostponedError as reason:
            log.info("postponed: %s: %s", step, reason)
            self.postponed.add(step.thing.owner)
        except FAILURES as error:
            log.warning("failed: %s: %s", step, error)
            self.failed.add(step.thing.owner)


class Applier:
    """Carries steps out; a failure spoils its owner's further steps, never another's."""

    def __init__(
        self, namespaces: Namespaces, charons: Charons, birds: Birds, tunnels: Tunnels
    ) -> None:
        self._namespaces = namespaces
        self._charons = charons
        self._birds = birds
        self._tunnels = tunnels
        self._inhabited: Collection[str] = ()
        "The endpoints with daemons when the pass began."
        self.deeds: dict[tuple[type, Verb], Deed] = {
            (Namespace, Verb.ADD): lambda new, _: namespaces.create(new.name, new.sysctls),
            (Namespace, Verb.REMOVE): lambda old, _: namespaces.remove(old.name),
            (Bridge, Verb.ADD): lambda new, _: links.add_bridge(namespaces, new),
            (Bridge, Verb.REMOVE): self._remove_link,
            (Veth, Verb.ADD): lambda new, _: links.add_veth(namespaces, new),
            (Veth, Verb.CHANGE): self._change_veth,
            (Veth, Verb.REMOVE): self._remove_link,
            (TunnelInterface, Verb.ADD): self._add_tunnel,
            (TunnelInterface, Verb.CHANGE): self._change_tunnel,
            (TunnelInterface, Verb.REMOVE): self._remove_tunnel,
            (Charon, Verb.ADD): self._start_charon,
            (Charon, Verb.CHANGE): self._restart_charon,
            (Charon, Verb.REMOVE): lambda old, _: self._end_daemons(old.namespace),
            (Address, Verb.ADD): lambda new, _: links.add_address(namespaces, new),
            (Address, Verb.REMOVE): lambda old, _: links.remove_address(namespaces, old),
            (Route, Verb.ADD): lambda new, _: routes.set_route(namespaces, new),
            (Route, Verb.CHANGE): lambda new, _: routes.set_route(namespaces, new),
            (Route, Verb.REMOVE): lambda old, _: routes.remove_route(namespaces, old),
            (Rule, Verb.ADD): lambda new, _: routes.set_rule(namespaces, new),
            (Rule, Verb.CHANGE): lambda new, _: routes.set_rule(namespaces, new),
            (Rule, Verb.REMOVE): lambda old, _: routes.remove_rule(namespaces, old),
            (Firewall, Verb.ADD): lambda new, _: firewall.set_firewall(namespaces, new),
            (Firewall, Verb.CHANGE): lambda new, _: firewall.set_firewall(namespaces, new),
            (Firewall, Verb.REMOVE): lambda old, _: firewall.remove_firewall(namespaces, old),
            (Secret, Verb.ADD): lambda new, _: charons.load_secret(new),
            (Secret, Verb.REMOVE): lambda old, _: charons.unload_secret(old),
            (Connection, Verb.ADD): lambda new, _: charons.load_connection(new),
            (Connection, Verb.REMOVE): lambda old, _: charons.unload_connection(old),
            (Bird, Verb.ADD): self._start_bird,
            (Bird, Verb.CHANGE): lambda new, _: birds.configure(new),
            (Bird, Verb.REMOVE): lambda old, _: self._end_daemons(old.namespace, {bird.PROGRAM}),
        }

    def apply(self, steps: Sequence[Step]) -> Outcome:
        """Carry out all steps in order."""
        self._inhabited = {
            name
            for name, found in netns.processes().items()
            if any(one.program in ENDPOINT_DAEMONS for one in found)
        }
        this = _Pass()
        for _, group in itertools.groupby(steps, key=lambda step: type(step.thing)):
            self._carry_out(group, this)
        return Outcome(this.done, frozenset(this.failed), frozenset(this.postponed))

    def _carry_out(self, steps: Iterable[Step], this: _Pass) -> None:
        """Carry out steps of one kind, and wait for what they started."""
        started: list[tuple[Step, Starting]] = []
        postponed = frozenset(this.postponed)
        for step in steps:
            owner = step.thing.owner
            if owner and (owner in this.failed or owner in postponed):
                continue
            with this.attempt(step):
                starting = self.deeds[type(step.thing), step.verb](step.thing, step.before)
                if starting:
                    started.append((step, starting))
                else:
                    this.succeeded(step)
        for step, starting in started:
            with this.attempt(step):
                starting.wait()
                this.succeeded(step)

    def _remove_link(self, old: Bridge | Veth, _: object) -> None:
        links.remove_link(self._namespaces, old.namespace, old.name)

    def _change_veth(self, new: Veth, _: Thing) -> None:
        links.remove_link(self._namespaces, new.namespace, new.name)
        links.add_veth(self._namespaces, new)

    def _add_tunnel(self, new: TunnelInterface, _: object) -> Starting | None:
        if self._tunnels.esp is Esp.USERSPACE and new.endpoint in self._inhabited:
            self._end_daemons(new.endpoint)
            raise _PostponedError("there was a charon without its espd")
        return self._tunnels.add(self._namespaces, new)

    def _change_tunnel(self, new: TunnelInterface, before: TunnelInterface) -> None:
        if new.kind != before.kind:
            self._remove_tunnel(before, None)
            raise _PostponedError(f"there was a {before.kind} interface with its charon")
        self._tunnels.change(self._namespaces, new, before)

    def _remove_tunnel(self, old: TunnelInterface, _: object) -> None:
        self._end_daemons(old.endpoint)  # a TUN goes with its espd
        with suppress(LookupError):
            links.remove_link(self._namespaces, old.namespace, old.name)

    def _start_charon(self, new: Charon, _: object) -> Starting:
        environment = self._tunnels.before_charon(new.namespace)
        if environment is None:
            self._end_daemons(new.namespace)
            raise _PostponedError("its espd served another charon")
        return self._charons.start(new, environment)

    def _restart_charon(self, new: Charon, _: object) -> Starting:
        self._end_daemons(new.namespace, {charon.PROGRAM})
        return self._start_charon(new, None)

    def _start_bird(self, new: Bird, _: object) -> None:
        left_behind = routes.learnt(self._namespaces, new.namespace)
        listed = self._namespaces.handle(new.namespace).get_links()
        down = {one.get("ifname") for one in listed if not one["flags"] & links.IFF_UP}
        self._birds.start(new, recover=bool(left_behind), down=down)

    def _end_daemons(self, namespace: str, programs: Collection[str] = ENDPOINT_DAEMONS) -> None:
        """End daemons of ours in a namespace."""
        found = netns.processes().get(namespace, [])
        netns.end_processes([one for one in found if one.program in programs])
