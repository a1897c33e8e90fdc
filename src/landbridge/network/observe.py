"""What exists of a part of the network, in the words of `landbridge.network.model`.

Only what is ours by name is seen, so that nothing else is ever touched. A part is looked at
where it is: in its own namespaces, and where its links lead.

    endpoints   their namespaces; the tunnel interfaces, in their gateway's
    gateway     its namespace, without the links in it
    VPC         its namespace; the far end of its link to a gateway
    instance    its namespace; its port on the subnet's bridge
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_interface
from typing import Any

from pyroute2 import IPRoute

from landbridge.network import names
from landbridge.network.drivers import bird, charon, espd, firewall, links, netns, routes
from landbridge.network.drivers.bird import BirdError, Birds
from landbridge.network.drivers.charon import CharonError, Charons
from landbridge.network.drivers.netns import LINUX_FAILURES, Namespaces, Process
from landbridge.network.drivers.running import Running
from landbridge.network.model import (
    SILENT,
    Address,
    Bird,
    Bridge,
    Charon,
    Namespace,
    Network,
    Route,
    Thing,
    TunnelInterface,
    Veth,
)
from landbridge.network.names import Kind, Names, Part

DAEMONS = {bird.PROGRAM, charon.PROGRAM, espd.PROGRAM}
_NEAR_ENDS = {names.UPLINK, names.GATEWAY_LINK, names.INSTANCE_LINK}


@dataclass(frozen=True, slots=True)
class Found:
    """What was seen in one look."""

    network: Network
    daemons: tuple[Process, ...] = ()
    "The charons, espds and BIRDs that run."
    silent: Mapping[str, str] = field(default_factory=dict)
    "The namespaces whose charon or BIRD does not answer, and what was said instead."


@dataclass(frozen=True, slots=True)
class _Link:
    index: int
    name: str
    up: bool
    kind: str | None
    mtu: int
    alias: str | None
    mac: str
    master: int | None


class Observer:
    """Looks at the machine, for one thread."""

    def __init__(
        self,
        our_names: Names,
        namespaces: Namespaces,
        running: Running,
        charons: Charons,
        birds: Birds,
    ) -> None:
        self._names = our_names
        self._namespaces = namespaces
        self._running = running
        self._charons = charons
        self._birds = birds
        self._bridges: dict[tuple[str, int], str] = {}
        "Seen in this look, by namespace and index."

    def look(self, part: Part, ought: Network = frozenset()) -> Found:
        """See everything of a part; `ought` says in which gateway its tunnels are expected."""
        things: set[Thing] = set()
        daemons: list[Process] = []
        silent: dict[str, str] = {}
        self._bridges.clear()
        for name in filter(netns.named, self._names.namespaces(part)):
            mine = self._links(name) if netns.mounted(name) else {}
            if not mine or not mine["lo"].up:  # its loopback is set up last
                things.add(Namespace(name=name, whole=False))
                continue
            things.add(Namespace(name=name))
            things.update(self._in_namespace(part, name, mine))
            if part.kind is Kind.ENDPOINTS:
                things.update(self._tunnel(name, mine, ought))
            running = [one for one in self._running.of(name) if one.program in DAEMONS]
            daemons.extend(running)
            try:
                things.update(list(self._daemons(name, running)))
            except (CharonError, BirdError) as error:
                silent[name] = str(error)
        return Found(frozenset(things), tuple(daemons), silent)

    def _links(self, namespace: str) -> dict[str, _Link]:
        return {
            link.name: link for link in map(_link, self._namespaces.handle(namespace).get_links())
        }

    def _in_namespace(
        self, part: Part, namespace: str, mine: Mapping[str, _Link]
    ) -> Iterator[Thing]:
        ruleset = firewall.from_mark(namespace, mine["lo"].alias)
        if ruleset:
            yield ruleset
        if part.kind is Kind.GATEWAY:
            return
        ours = [one for one in mine.values() if self._names.our_link(namespace, one.name)]
        for link in ours:
            yield from self._link_things(namespace, link)
        handle = self._namespaces.handle(namespace)
        by_index: dict[int | None, str | None] = {one.index: one.name for one in ours}
        yield from _addresses(namespace, handle, by_index)
        yield from _routes(namespace, handle, by_index | {None: None})
        if part.kind is Kind.VPC:
            yield from routes.rules(self._namespaces, namespace)

    def _link_things(self, namespace: str, link: _Link) -> Iterator[Thing]:
        if link.kind == "bridge" and link.up:
            yield Bridge(namespace=namespace, name=link.name)
        elif link.kind == "veth" and link.name in _NEAR_ENDS and link.alias:
            pair, peer = self._veth(namespace, link, link.alias)
            yield pair
            if peer and link.name == names.GATEWAY_LINK:
                handle = self._namespaces.handle(pair.peer_namespace)
                here: dict[int | None, str | None] = {peer.index: peer.name}
                yield from _addresses(pair.peer_namespace, handle, here)
                yield from _routes(pair.peer_namespace, handle, here)

    def _veth(self, namespace: str, link: _Link, alias: str) -> tuple[Veth, _Link | None]:
        """See a pair: the near end's alias says where the far end is, its port where that leads."""
        peer_namespace, _, peer_name = alias.partition(" ")
        peer = None
        with suppress(*LINUX_FAILURES):
            peer = _named(self._namespaces.handle(peer_namespace), peer_name)
        pair = Veth(
            namespace=namespace,
            name=link.name,
            peer_namespace=peer_namespace if peer else "",
            peer_name=peer_name,
            peer_bridge=self._bridge(peer_namespace, peer.master if peer else None),
            mac=link.mac if link.name == names.INSTANCE_LINK else None,
        )
        return pair, peer

    def _bridge(self, namespace: str, index: int | None) -> str | None:
        """Name the bridge that a port belongs to."""
        if not index:
            return None
        key = namespace, index
        if key not in self._bridges:
            (message,) = self._namespaces.handle(namespace).link("get", index=index)
            self._bridges[key] = message.get("ifname")
        return self._bridges[key]

    def _tunnel(
        self, endpoint: str, mine: Mapping[str, _Link], ought: Network
    ) -> Iterator[TunnelInterface | Address]:
        """See the tunnel interface of an endpoint: where it is expected, or last was."""
        name = f"t{names.tunnel_of(endpoint)}"
        expected = {
            one.namespace
            for one in ought
            if isinstance(one, TunnelInterface) and one.endpoint == endpoint
        }
        before = links.from_tunnel_mark(mine["lo"].alias) or endpoint
        for namespace in (*expected, *({before, endpoint} - expected)):
            with suppress(*LINUX_FAILURES):
                handle = self._namespaces.handle(namespace)
                link = _named(handle, name)
                yield TunnelInterface(
                    namespace=namespace,
                    name=name,
                    endpoint=endpoint,
                    kind=link.kind or "",
                    mtu=link.mtu,
                )
                if namespace != endpoint:  # else they were seen there
                    yield from _addresses(namespace, handle, {link.index: name})
                return

    def _daemons(self, namespace: str, processes: list[Process]) -> Iterator[Thing]:
        """See the daemons; raises `CharonError` or `BirdError` when one does not answer."""
        router = self._birds.found(namespace, processes)
        if router:
            self._birds.ask_whether_it_answers(namespace)
            yield router
        ike = self._charons.found(namespace, processes)
        if ike:
            self._charons.established(namespace)  # for which it asks its espd
            yield ike
            yield from self._charons.loaded(namespace)


def without_answer(namespace: str, kind: Kind) -> Thing:
    """A daemon that has been silent for too long: what it runs with does not matter any more."""
    if kind is Kind.GATEWAY:
        return Bird(namespace=namespace, digest=SILENT)
    return Charon(namespace=namespace, digest=SILENT)


def _named(handle: IPRoute, name: str) -> _Link:
    """See a link by its name; raises one of `LINUX_FAILURES` when there is none."""
    (message,) = handle.link("get", ifname=name)
    return _link(message)


def _addresses(
    namespace: str, handle: IPRoute, by_index: Mapping[int | None, str | None]
) -> Iterator[Address]:
    """See the addresses on these links."""
    for one in handle.get_addr():
        link = by_index.get(one["index"])
        if link:
            # On a point-to-point link IFA_ADDRESS is the peer's and IFA_LOCAL ours.
            text = one.get("local") or one.get("address")
            address = ip_interface(f"{text}/{one['prefixlen']}")
            yield Address(namespace=namespace, link=link, address=address)


def _routes(
    namespace: str, handle: IPRoute, by_index: Mapping[int | None, str | None]
) -> Iterator[Route]:
    """See our routes by these links; a blackhole's is None."""
    for one in handle.get_routes(family=socket.AF_INET):
        index = one.get("oif")
        if one["proto"] == routes.PROTOCOL and index in by_index:
            via = one.get("gateway") or (one.get("via") or {}).get("addr")
            yield Route(
                namespace=namespace,
                destination=routes.destination(one),
                table=one.get("table"),
                link=by_index[index],
                via=ip_address(via) if via else None,
            )


def _link(message: Any) -> _Link:
    return _Link(
        index=message["index"],
        name=message.get("ifname"),
        up=bool(message["flags"] & links.IFF_UP),
        kind=message.get(("linkinfo", "kind")),
        mtu=message.get("mtu"),
        alias=message.get("ifalias"),
        mac=message.get("address") or "",
        master=message.get("master"),
    )
