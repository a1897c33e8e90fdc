"""What exists in Linux, in the words of `landbridge.network.model`.

Only what is ours by name is seen, so that nothing else is ever touched.
"""

import re
import socket
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_address, ip_interface
from typing import Any

from landbridge.network import names
from landbridge.network.drivers import bird, charon, espd, firewall, netns, routes
from landbridge.network.drivers.bird import Birds
from landbridge.network.drivers.charon import CharonError, Charons
from landbridge.network.drivers.links import IFF_UP
from landbridge.network.drivers.netns import Namespaces, Process
from landbridge.network.model import (
    Address,
    Bridge,
    Namespace,
    Network,
    Route,
    Thing,
    TunnelInterface,
    Veth,
)
from landbridge.network.names import Names

_TUNNEL = re.compile(r"t([0-9a-f]{1,10}-[12])")
_DAEMONS = {bird.PROGRAM, charon.PROGRAM, espd.PROGRAM}
_NEAR_ENDS = {names.UPLINK, names.GATEWAY_LINK, names.INSTANCE_LINK}


@dataclass(frozen=True, slots=True)
class Found:
    """What was seen in one look."""

    network: Network
    daemons: tuple[Process, ...]
    "The charons, espds and BIRDs that run."


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
    """Looks at the machine."""

    def __init__(
        self, our_names: Names, namespaces: Namespaces, charons: Charons, birds: Birds
    ) -> None:
        self._names = our_names
        self._namespaces = namespaces
        self._charons = charons
        self._birds = birds

    def look(self) -> Found:
        """See everything that is ours."""
        return self._look(Found(frozenset(), ()), None)

    def look_again(self, before: Found, touched: Collection[str]) -> Found:
        """See what has become of some namespaces; the others are as they were."""
        return self._look(before, touched)

    def _look(self, before: Found, touched: Collection[str] | None) -> Found:
        ours = {name for name in netns.listed() if self._names.ours(name)}
        self._namespaces.forget_missing(ours)
        processes = netns.processes()
        fresh = ours if touched is None else ours.intersection(touched)
        links = {name: self._links(name) for name in fresh | self._hubs(ours)}
        things = {
            thing
            for thing in before.network
            if thing.namespace in ours and thing.namespace not in fresh
        }
        for name in fresh:
            if not links[name]["lo"].up:
                continue  # half made: its loopback is set up last
            things.add(Namespace(name=name))
            things.update(self._in_namespace(name, links))
            things.update(self._daemons(name, processes.get(name, [])))
        daemons = tuple(
            one for name in ours for one in processes.get(name, []) if one.program in _DAEMONS
        )
        return Found(frozenset(things), daemons)

    def _hubs(self, ours: set[str]) -> set[str]:
        """Name the namespaces with bridges, into which veth pairs of others lead."""
        return {name for name in ours if name == self._names.outside or self._names.is_vpc(name)}

    def learnt(self, namespace: str) -> frozenset[IPv4Network]:
        """See what a gateway can reach over its VPN connections."""
        return routes.learnt(self._namespaces, namespace)

    def _links(self, namespace: str) -> dict[str, _Link]:
        return {
            link.name: link for link in map(_link, self._namespaces.handle(namespace).get_links())
        }

    def _in_namespace(
        self, namespace: str, links: Mapping[str, dict[str, _Link]]
    ) -> Iterator[Thing]:
        mine = links[namespace]
        by_index = {link.index: link for link in mine.values()}
        ruleset = firewall.from_mark(namespace, mine["lo"].alias)
        if ruleset:
            yield ruleset
        for link in mine.values():
            if self._names.our_link(namespace, link.name):
                yield from self._link_things(namespace, link, links)
        yield from self._addresses(namespace, by_index)
        yield from self._routes(namespace, by_index)
        yield from routes.rules(self._namespaces, namespace)

    def _link_things(
        self, namespace: str, link: _Link, links: Mapping[str, dict[str, _Link]]
    ) -> Iterator[Thing]:
        tunnel = _TUNNEL.fullmatch(link.name)
        if tunnel:
            endpoint = f"{self._names.prefix}e-{tunnel[1]}"
            yield TunnelInterface(
                namespace=namespace,
                name=link.name,
                endpoint=endpoint,
                kind=link.kind or "",
                mtu=link.mtu,
            )
        elif (
            link.kind == "bridge"
            and link.up
            and (link.name == names.OUTSIDE_BRIDGE or link.name.startswith("s"))
        ):
            yield Bridge(namespace=namespace, name=link.name)
        elif link.kind == "veth" and link.name in _NEAR_ENDS and link.alias:
            yield _veth(namespace, link, links)

    def _addresses(self, namespace: str, by_index: Mapping[int, _Link]) -> Iterator[Address]:
        for one in self._namespaces.handle(namespace).get_addr():
            link = by_index.get(one["index"])
            if link and self._names.our_link(namespace, link.name):
                # On a point-to-point link IFA_ADDRESS is the peer's and IFA_LOCAL ours.
                text = one.get("local") or one.get("address")
                address = ip_interface(f"{text}/{one['prefixlen']}")
                yield Address(namespace=namespace, link=link.name, address=address)

    def _routes(self, namespace: str, by_index: Mapping[int, _Link]) -> Iterator[Route]:
        for one in self._namespaces.handle(namespace).get_routes(family=socket.AF_INET):
            if one["proto"] != routes.PROTOCOL:
                continue
            link = by_index.get(one.get("oif"))
            via = one.get("gateway") or (one.get("via") or {}).get("addr")
            yield Route(
                namespace=namespace,
                destination=routes.destination(one),
                table=one.get("table"),
                link=link.name if link else None,
                via=ip_address(via) if via else None,
            )

    def _daemons(self, namespace: str, processes: list[Process]) -> Iterator[Thing]:
        router = self._birds.found(namespace, processes)
        if router:
            yield router
        ike = self._charons.found(namespace, processes)
        if ike:
            yield ike
            try:
                yield from self._charons.loaded(namespace)
            except CharonError:
                return  # it just ended; its process will be missed in the next look


def _link(message: Any) -> _Link:
    return _Link(
        index=message["index"],
        name=message.get("ifname"),
        up=bool(message["flags"] & IFF_UP),
        kind=message.get(("linkinfo", "kind")),
        mtu=message.get("mtu"),
        alias=message.get("ifalias"),
        mac=message.get("address") or "",
        master=message.get("master"),
    )


def _veth(namespace: str, link: _Link, links: Mapping[str, dict[str, _Link]]) -> Veth:
    """Read a pair: the near end's alias says where the far end is, its port where that leads."""
    assert link.alias is not None
    peer_namespace, _, peer_name = link.alias.partition(" ")
    there = links.get(peer_namespace, {})
    peer = there.get(peer_name)
    bridge = next((one.name for one in there.values() if peer and one.index == peer.master), None)
    return Veth(
        namespace=namespace,
        name=link.name,
        peer_namespace=peer_namespace,
        peer_name=peer_name,
        peer_bridge=bridge,
        mac=link.mac if link.name == names.INSTANCE_LINK else None,
    )
