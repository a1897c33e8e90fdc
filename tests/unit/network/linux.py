"""A slow twin of Linux and its daemons: a set of things, behind the drivers' own methods.

Whatever is done to a thing may be made to fail, or to hang until the test goes on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import IPv4Network
from itertools import count
from types import SimpleNamespace
from typing import Any

from landbridge.network import apply, reconcile, work
from landbridge.network.drivers.bird import BirdError
from landbridge.network.drivers.charon import CharonSilentError, Established
from landbridge.network.drivers.netns import Process
from landbridge.network.model import (
    Bird,
    Bridge,
    Charon,
    Connection,
    Namespace,
    Network,
    Secret,
    Thing,
    TunnelInterface,
    Veth,
)
from landbridge.network.names import VPC_LINK, Kind, Names, Part, tunnel_of
from landbridge.network.observe import Found
from landbridge.network.rollout import tunnel_of_thing
from landbridge.network.strongswan import Esp

NAMES = Names()
PROGRAMS = {Charon: "charon-systemd", Bird: "bird", TunnelInterface: "espd"}
Fault = tuple[Callable[[Thing], bool], BaseException]


class Starting:
    """A daemon that has been started, and is there once it has been waited for."""

    def __init__(self, linux: "Linux", thing: Charon | TunnelInterface, namespace: str) -> None:
        self.namespace = namespace
        self.program = PROGRAMS[type(thing)]
        self.pid = next(linux.pids)
        self._linux = linux
        self._thing = thing

    def wait(self) -> None:
        self._linux.waited.append(self.namespace)
        self._linux.add(self._thing)
        self._linux.processes[self.pid] = self.namespace, self.program


class Linux:
    """The machine; every driver in one."""

    def __init__(self, esp: Esp = Esp.KERNEL) -> None:
        self.things: set[Thing] = set()
        self.esp = esp
        self.pids = count(1000)
        self.processes: dict[int, tuple[str, str]] = {}
        self.faults: list[Fault] = []
        self.silent: dict[str, str] = {}
        "Namespaces whose daemon hangs, and what is said instead of an answer."
        self.carrying: set[str] = set()
        "The endpoints with a CHILD_SA."
        self.learnt_routes: dict[str, set[IPv4Network]] = {}
        self.deeds: list[str] = []
        self.waited: list[str] = []
        self.blind: set[Part] = set()
        "Parts that cannot be looked at."
        self.running = self

    def install(self, monkeypatch: Any) -> None:
        """Take the place of the drivers' modules, and of the observer."""
        drivers = SimpleNamespace(**{name: getattr(self, name) for name in _DEEDS}, IFF_UP=1)
        monkeypatch.setattr(apply, "links", drivers)
        monkeypatch.setattr(apply, "routes", drivers)
        monkeypatch.setattr(apply, "firewall", drivers)
        monkeypatch.setattr(apply.netns, "named", self.named)
        monkeypatch.setattr(apply.netns, "end_processes", self.end_processes)
        monkeypatch.setattr(work, "routes", drivers)
        monkeypatch.setattr(work, "Observer", lambda *_: self)
        monkeypatch.setattr(reconcile, "Namespaces", lambda: self)

    def __enter__(self) -> "Linux":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def fail(self, error: BaseException, which: Callable[[Thing], bool] = lambda _: True) -> None:
        """Let all deeds fail with things of a kind."""
        self.faults.append((which, error))

    def heal(self) -> None:
        self.faults.clear()
        self.silent.clear()
        self.blind.clear()

    # --- what is there ---

    def named(self, name: str) -> bool:
        return any(isinstance(one, Namespace) and one.name == name for one in self.things)

    def astray(self, namespace):  # noqa: ARG002
        """Nothing outlives its namespace here; a network test removes one under its daemons."""
        return []

    def of(self, namespace: str) -> list[Process]:
        return [
            Process(pid, program)
            for pid, (there, program) in self.processes.items()
            if there == namespace
        ]

    def look(self, part: Part, _: Network = frozenset()) -> Found:
        """See a part as the observer does: nobody knows for whose sake a thing is there."""
        if part in self.blind:
            raise KeyError("IFLA_LINKINFO")
        own = NAMES.namespaces(part)
        silent = {name: why for name, why in self.silent.items() if name in own and self.of(name)}
        found = frozenset(
            replace(one, owner="")
            for one in self.things
            if self._belongs(one, part)
            and not (
                one.namespace in silent and isinstance(one, Charon | Secret | Connection | Bird)
            )
        )
        daemons = tuple(one for name in own for one in self.of(name))
        return Found(found, daemons, silent)

    def _belongs(self, thing: Thing, part: Part) -> bool:
        own = NAMES.namespaces(part)
        if part.kind is Kind.ENDPOINTS:
            return tunnel_of_thing(thing) in {tunnel_of(name) for name in own}
        if part.kind is Kind.GATEWAY:
            return (
                thing.namespace in own
                and not getattr(thing, "link", None)
                and not isinstance(thing, TunnelInterface)
            )
        if part.kind is Kind.VPC and getattr(thing, "link", None) == VPC_LINK:
            return thing.namespace in {
                one.peer_namespace
                for one in self.things
                if isinstance(one, Veth) and one.namespace in own
            }
        return thing.namespace in own

    def learnt(self, _: object, namespace: str) -> frozenset[IPv4Network]:
        if not self.named(namespace):
            raise FileNotFoundError(namespace)
        return frozenset(self.learnt_routes.get(namespace, ()))

    def established(self, namespace: str) -> Established:
        if namespace in self.silent or not self._has(Charon, namespace):
            raise CharonSilentError(f"charon in {namespace} does not answer: timed out")
        return Established(child_sas=int(namespace in self.carrying))

    def _has(self, kind: type, namespace: str) -> bool:
        return any(isinstance(one, kind) and one.namespace == namespace for one in self.things)

    # --- what is done ---

    @contextmanager
    def _deed(self, what: str, thing: Thing) -> Iterator[None]:
        self.deeds.append(f"{what} {thing}")
        for which, error in self.faults:
            if which(thing):
                raise error
        yield

    def _same(self, thing: Thing) -> set[Thing]:
        return {one for one in self.things if (type(one), one.key) == (type(thing), thing.key)}

    def add(self, thing: Thing) -> None:
        """Make a thing, or put it in the place of what has its key."""
        with self._deed("add", thing):
            if not isinstance(thing, Namespace) and not self.named(thing.namespace):
                raise FileNotFoundError(thing.namespace)
            self.things -= self._same(thing)
            self.things.add(thing)

    def take(self, thing: Thing) -> None:
        """Remove a thing; LookupError when it is not there."""
        with self._deed("remove", thing):
            there = self._same(thing)
            if not there:
                raise LookupError(f"no {thing}")
            self.things -= there

    def create(self, name: str, sysctls: Any) -> None:
        self.add(Namespace(name=name, sysctls=sysctls))

    def remove(self, name: str) -> None:
        with self._deed("remove", Namespace(name=name)):
            self.processes = {pid: one for pid, one in self.processes.items() if one[0] != name}
            self.things = {
                one
                for one in self.things
                if one.namespace != name and getattr(one, "peer_namespace", "") != name
            }
            self.carrying.discard(name)

    def remove_link(self, _: object, namespace: str, name: str) -> None:
        for one in list(self.things):
            if isinstance(one, Bridge | Veth | TunnelInterface) and (one.namespace, one.name) == (
                namespace,
                name,
            ):
                self.take(one)
                self.things = {
                    other
                    for other in self.things
                    if (other.namespace, getattr(other, "link", None)) != (namespace, name)
                }
                return
        raise LookupError(f"no interface {name}")

    def remove_address(self, _: object, thing: Thing) -> None:
        self.take(thing)

    remove_route = remove_rule = remove_firewall = remove_address

    def add_bridge(self, _: object, thing: Thing) -> None:
        self.add(thing)

    add_address = add_veth = set_route = set_rule = set_firewall = add_bridge

    def mark_tunnel(self, _: object, interface: TunnelInterface) -> None:
        if not self.named(interface.endpoint):
            raise FileNotFoundError(interface.endpoint)

    def handle(self, namespace: str) -> Any:
        if not self.named(namespace):
            raise FileNotFoundError(namespace)
        return SimpleNamespace(get_links=list)

    def started(self, namespace: str, pid: int, program: str) -> None:
        """Running is told; it is seen once it is ready."""

    def walk(self) -> None:
        pass

    def end_processes(self, listed: list[Process]) -> None:
        for one in listed:
            namespace, program = self.processes.pop(one.pid)
            kinds = {
                PROGRAMS[Charon]: Charon | Secret | Connection,
                PROGRAMS[Bird]: Bird,
                PROGRAMS[TunnelInterface]: TunnelInterface,
            }[program]
            self.things = {
                thing
                for thing in self.things
                if not isinstance(thing, kinds)
                or getattr(thing, "endpoint", thing.namespace) != namespace
            }
            self.silent.pop(namespace, None)
            self.carrying.discard(namespace)

    # --- the daemons ---

    def charon_start(self, charon: Charon, _: object) -> Starting:
        return Starting(self, charon, charon.namespace)

    def load(self, thing: Thing) -> None:
        if thing.namespace in self.silent or not self._has(Charon, thing.namespace):
            raise CharonSilentError(f"charon in {thing.namespace} does not answer: timed out")
        self.add(thing)

    def unload_secret(self, secret: Secret) -> None:
        self.take(secret)

    def unload_connection(self, connection: Connection) -> None:
        self.take(connection)
        self.carrying.discard(connection.namespace)

    def bird_start(self, bird: Bird, *, recover: bool, down: set[str]) -> None:  # noqa: ARG002
        self.configure(bird)
        self.processes[next(self.pids)] = bird.namespace, PROGRAMS[Bird]

    def configure(self, bird: Bird) -> None:
        if bird.namespace in self.silent:
            raise BirdError(f"bird in {bird.namespace} does not answer: timed out")
        self.add(bird)

    def tunnel_add(self, _: object, interface: TunnelInterface) -> Starting | None:
        if self.esp is Esp.USERSPACE:
            return Starting(self, interface, interface.endpoint)
        self.add(interface)
        return None

    def change(self, _: object, interface: TunnelInterface, before: TunnelInterface) -> None:
        self.remove_link(None, before.namespace, before.name)
        self.add(interface)

    def before_charon(self, endpoint: str) -> dict[str, str] | None:
        if self.esp is Esp.USERSPACE and "charon-systemd" in {
            one.program for one in self.of(endpoint)
        }:
            return None
        return {}

    def forget(self, namespace: str) -> None:
        pass

    def bound_log(self, namespace: str) -> None:
        pass

    @property
    def charons(self) -> Any:
        return SimpleNamespace(
            start=self.charon_start, load_secret=self.load, load_connection=self.load,
            unload_secret=self.unload_secret, unload_connection=self.unload_connection,
            established=self.established, forget=self.forget, bound_log=self.bound_log,
        )  # fmt: skip

    @property
    def birds(self) -> Any:
        return SimpleNamespace(
            start=self.bird_start, configure=self.configure, forget=self.forget,
            pid=lambda _: None,
        )  # fmt: skip

    @property
    def tunnels(self) -> Any:
        return SimpleNamespace(
            esp=self.esp, add=self.tunnel_add, change=self.change,
            before_charon=self.before_charon,
        )  # fmt: skip


_DEEDS = (
    "add_address", "add_bridge", "add_veth", "learnt", "mark_tunnel", "remove_address",
    "remove_firewall", "remove_link", "remove_route", "remove_rule", "set_firewall", "set_route",
    "set_rule",
)  # fmt: skip
