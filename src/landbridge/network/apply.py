"""Put steps into effect, each by its driver."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from landbridge.network.diff import Step, Verb
from landbridge.network.drivers import esp, firewall, links, netns, routes
from landbridge.network.drivers.bird import BirdError, Birds
from landbridge.network.drivers.charon import CharonError, Charons
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

log = logging.getLogger(__name__)
FAILURES = (*netns.LINUX_FAILURES, CharonError, BirdError, FirewallError)
"What a driver raises when Linux or a daemon does not do as told."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a plan."""

    done: int
    failed: frozenset[str]
    "Owners of things that could not be made; empty text for what ought not to be there."


class Applier:
    """Carries steps out; a failure spoils its owner's further steps, never another's."""

    def __init__(self, namespaces: Namespaces, charons: Charons, birds: Birds) -> None:
        self._namespaces = namespaces
        self._charons = charons
        self._birds = birds
        self.deeds: dict[tuple[type, Verb], Callable[[Any, Any], None]] = {
            (Namespace, Verb.ADD): lambda new, _: namespaces.create(new.name, new.sysctls),
            (Namespace, Verb.REMOVE): lambda old, _: namespaces.remove(old.name),
            (Bridge, Verb.ADD): lambda new, _: links.add_bridge(namespaces, new),
            (Bridge, Verb.REMOVE): self._remove_link,
            (Veth, Verb.ADD): lambda new, _: links.add_veth(namespaces, new),
            (Veth, Verb.CHANGE): self._change_veth,
            (Veth, Verb.REMOVE): self._remove_link,
            (Charon, Verb.ADD): self._start_charon,
            (Charon, Verb.CHANGE): self._restart_charon,
            (Charon, Verb.REMOVE): lambda old, _: self._end_daemons(old.namespace),
            (TunnelInterface, Verb.ADD): self._place_tunnel,
            (TunnelInterface, Verb.CHANGE): self._place_tunnel,
            (TunnelInterface, Verb.REMOVE): self._remove_link,
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
            (Bird, Verb.REMOVE): lambda old, _: self._end_daemons(old.namespace),
        }

    def apply(self, steps: Sequence[Step]) -> Outcome:
        """Carry out all steps in order."""
        done = 0
        failed: set[str] = set()
        for step in steps:
            owner = step.thing.owner
            if owner and owner in failed:
                continue
            try:
                self.deeds[type(step.thing), step.verb](step.thing, step.before)
            except FAILURES as error:
                log.warning("failed: %s: %s", step, error)
                failed.add(owner)
            else:
                log.info("%s", step)
                done += 1
        return Outcome(done, frozenset(failed))

    def _remove_link(self, old: Bridge | Veth | TunnelInterface, _: object) -> None:
        links.remove_link(self._namespaces, old.namespace, old.name)

    def _change_veth(self, new: Veth, _: Thing) -> None:
        links.remove_link(self._namespaces, new.namespace, new.name)
        links.add_veth(self._namespaces, new)

    def _start_charon(self, new: Charon, _: object) -> None:
        esp.before_charon(self._namespaces, new.namespace)
        self._charons.start(new)

    def _restart_charon(self, new: Charon, _: object) -> None:
        self._end_daemons(new.namespace)
        self._start_charon(new, None)

    def _start_bird(self, new: Bird, _: object) -> None:
        left_behind = routes.learnt(self._namespaces, new.namespace)
        self._birds.start(new, recover=bool(left_behind))

    def _place_tunnel(self, new: TunnelInterface, before: TunnelInterface | None) -> None:
        self._charons.wait_ready(new.endpoint)
        try:
            esp.place(self._namespaces, new, before.namespace if before else None)
        except LookupError:
            self._end_daemons(new.endpoint)  # the next pass starts it anew
            raise

    def _end_daemons(self, namespace: str) -> None:
        netns.end_processes(netns.processes().get(namespace, []))
