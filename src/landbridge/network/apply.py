"""Put the steps of one part of the network into effect, each by its driver.

Daemons come up side by side: a deed may return something to wait for, which happens once all
steps of its kind have begun.
"""

import itertools
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from landbridge.network.diff import Step, Verb
from landbridge.network.drivers import bird, charon, espd, firewall, links, netns, routes
from landbridge.network.drivers.bird import BirdError, Birds
from landbridge.network.drivers.charon import CharonError, Charons
from landbridge.network.drivers.daemon import DaemonError, Starting
from landbridge.network.drivers.esp import Tunnels
from landbridge.network.drivers.firewall import FirewallError
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.drivers.running import Running
from landbridge.network.model import (
    SILENT,
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
from landbridge.network.rollout import tunnel_of_thing
from landbridge.network.strongswan import Esp

log = logging.getLogger(__name__)
_FAILURES = (*netns.LINUX_FAILURES, DaemonError, CharonError, BirdError, FirewallError)
"What a driver raises when Linux or a daemon does not do as told."
ENDPOINT_DAEMONS = frozenset({charon.PROGRAM, espd.PROGRAM})
Deed = Callable[[Any, Any], Starting | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of steps; owners are ids, or empty text for what ought not to be there."""

    failed: Mapping[str, str] = field(default_factory=dict)
    "Owners of things that could not be made or removed, and why."
    postponed: frozenset[str] = frozenset()
    """Owners of things that the next pass has to make: more has gone than the steps say, or what
    they stand on has failed."""
    blocked: frozenset[str] = frozenset()
    "Owners of things that stand on another part, which is yet to be made."


class _PostponedError(RuntimeError):
    """What this stands on had to go first; the next pass makes both."""


class _BlockedError(RuntimeError):
    """What this stands on is another part's, and not there yet."""


class _Pass:
    """What has come of the steps so far."""

    def __init__(self) -> None:
        self.failed: dict[str, str] = {}
        self.postponed: set[str] = set()
        self.blocked: set[str] = set()
        self._spoilt: set[str] = set()

    def goes_on(self, steps: Iterable[Step]) -> list[Step]:
        """Leave out what stands on a step that was not done; removals stand on nothing."""
        going: list[Step] = []
        for step in steps:
            owner = step.thing.owner
            if not owner or not {_scope(step.thing), step.thing.namespace} & self._spoilt:
                going.append(step)
                continue
            self._spoilt.add(_scope(step.thing))
            if owner not in self.blocked:
                self.postponed.add(owner)
        return going

    @contextmanager
    def attempt(self, step: Step) -> Iterator[None]:
        """Note what goes wrong in a step, whatever it is: those of others go on."""
        owner = step.thing.owner
        try:
            yield
        except _PostponedError as reason:
            log.info("postponed: %s: %s", step, reason)
            self.postponed.add(owner)
        except _BlockedError as reason:
            log.info("blocked: %s: %s", step, reason)
            self.blocked.add(owner)
        except _FAILURES as error:
            log.warning("failed: %s: %s", step, error)
            self.failed.setdefault(owner, f"{step}: {error}")
        except Exception as error:
            log.exception("failed: %s", step)
            self.failed.setdefault(owner, f"{step}: {type(error).__name__}")
        else:
            return
        self._spoilt.add(_scope(step.thing))
        if isinstance(step.thing, Namespace):
            self._spoilt.add(step.thing.name)


def _scope(thing: Thing) -> str:
    """Whose further steps a failure spoils: those of the tunnel, else of the owner."""
    return tunnel_of_thing(thing) or thing.owner


def _level(step: Step) -> tuple[type, bool]:
    """Tell apart what may stand on each other."""
    return type(step.thing), step.verb is Verb.REMOVE


class Applier:
    """Carries steps out, for one thread.

    A failure spoils its owner's further steps, never another's.
    """

    def __init__(
        self,
        namespaces: Namespaces,
        running: Running,
        charons: Charons,
        birds: Birds,
        tunnels: Tunnels,
    ) -> None:
        self._namespaces = namespaces
        self._running = running
        self._charons = charons
        self._birds = birds
        self._tunnels = tunnels
        self.deeds: dict[tuple[type, Verb], Deed] = {
            (Namespace, Verb.ADD): self._create_namespace,
            (Namespace, Verb.CHANGE): self._create_namespace,
            (Namespace, Verb.REMOVE): lambda old, _: namespaces.remove(old.name),
            (Bridge, Verb.ADD): lambda new, _: links.add_bridge(namespaces, new),
            (Bridge, Verb.REMOVE): self._remove_link,
            (Veth, Verb.ADD): self._add_veth,
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
            (Bird, Verb.CHANGE): self._change_bird,
            (Bird, Verb.REMOVE): lambda old, _: self._end_daemons(old.namespace, {bird.PROGRAM}),
        }

    def apply(self, steps: Sequence[Step]) -> Outcome:
        """Carry out all steps in order."""
        this = _Pass()
        for _, group in itertools.groupby(steps, key=_level):
            self._carry_out(group, this)
        return Outcome(this.failed, frozenset(this.postponed), frozenset(this.blocked))

    def _carry_out(self, steps: Iterable[Step], this: _Pass) -> None:
        """Carry out steps of one kind, and wait for what they started."""
        started: list[tuple[Step, Starting]] = []
        for step in this.goes_on(steps):
            with this.attempt(step):
                starting = self.deeds[type(step.thing), step.verb](step.thing, step.before)
                if starting:
                    self._running.started(starting.namespace, starting.pid, starting.program)
                    started.append((step, starting))
                else:
                    log.info("%s", step)
        for step, starting in started:
            with this.attempt(step):
                starting.wait()
                log.info("%s", step)

    def _create_namespace(self, new: Namespace, _: object) -> None:
        """Make a namespace; what ran in one of its name that somebody removed ends first."""
        netns.end_processes(self._running.astray(new.name))
        self._namespaces.create(new.name, new.sysctls)

    def _remove_link(self, old: Bridge | Veth, _: object) -> None:
        links.remove_link(self._namespaces, old.namespace, old.name)

    def _add_veth(self, new: Veth, _: object) -> None:
        _await(new.peer_namespace)
        links.add_veth(self._namespaces, new)

    def _change_veth(self, new: Veth, _: Thing) -> None:
        links.remove_link(self._namespaces, new.namespace, new.name)
        self._add_veth(new, None)

    def _add_tunnel(self, new: TunnelInterface, _: object) -> Starting | None:
        _await(new.namespace)
        if self._tunnels.esp is Esp.USERSPACE and self._ours(new.endpoint):
            self._end_daemons(new.endpoint)
            raise _PostponedError("there was a charon without its espd")
        links.mark_tunnel(self._namespaces, new)
        return self._tunnels.add(self._namespaces, new)

    def _change_tunnel(self, new: TunnelInterface, before: TunnelInterface) -> None:
        if new.kind != before.kind:
            self._remove_tunnel(before, None)
            raise _PostponedError(f"there was a {before.kind} interface with its charon")
        _await(new.namespace)
        self._tunnels.change(self._namespaces, new, before)
        links.mark_tunnel(self._namespaces, new)

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
        try:
            self._birds.start(new, recover=bool(left_behind), down=down)
        finally:
            if pid := self._birds.pid(new.namespace):
                self._running.started(new.namespace, pid, bird.PROGRAM)

    def _change_bird(self, new: Bird, before: Bird) -> None:
        if before.digest == SILENT:
            self._end_daemons(new.namespace, {bird.PROGRAM})
            self._start_bird(new, None)
        else:
            self._birds.configure(new)

    def _ours(
        self, namespace: str, programs: Collection[str] = ENDPOINT_DAEMONS
    ) -> list[netns.Process]:
        """List the daemons of ours in a namespace."""
        return [one for one in self._running.of(namespace) if one.program in programs]

    def _end_daemons(self, namespace: str, programs: Collection[str] = ENDPOINT_DAEMONS) -> None:
        netns.end_processes(self._ours(namespace, programs))


def _await(namespace: str) -> None:
    """See that another part's namespace is there."""
    if not netns.named(namespace):
        raise _BlockedError(f"{namespace} is yet to be made")
