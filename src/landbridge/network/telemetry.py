"""Watch the tunnels: what charon, BIRD and the kernel say becomes status, within the second.

Runs in a thread of its own, so that no long reconciliation delays it. Nothing is polled: charon
sends events over VICI, BIRD writes a line to its log whenever a session changes, the kernel
announces routes. A slow tick refreshes the byte counters and catches whatever was missed.

A tunnel interface is up exactly while its charon lives and has a CHILD_SA: BIRD sees the link go,
drops the session and its routes at once, and the other tunnel takes over, static routes included.

    DOWN "IPSEC IS DOWN" --CHILD_SA--> DOWN "IPSEC IS UP" --BGP--> UP "n BGP ROUTES"
                         --CHILD_SA--> UP (static routing)
"""

import logging
import queue
import selectors
import socket
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network

from asyncinotify import Inotify, Mask

from landbridge.network.drivers import links, routes
from landbridge.network.drivers.bird import BirdError, Birds, Session
from landbridge.network.drivers.charon import CharonError, Charons, Events
from landbridge.network.drivers.esp import Counters, Tunnels
from landbridge.network.drivers.netns import LINUX_FAILURES, Namespaces
from landbridge.vpn.observed import TunnelStatus
from landbridge.vpn.reasons import IPSEC_IS_DOWN, tunnel_status

log = logging.getLogger(__name__)
TICK_SECONDS = 10.0
_GOODBYE = timedelta(seconds=5)
"How long a charon that is told to end may take to do so, having ended its tunnel first."
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A tunnel to watch."""

    connection_id: str
    number: int
    endpoint: str
    "Namespace of its charon."
    gateway: str | None
    "Namespace of its BIRD."
    interface_namespace: str
    interface: str
    protocol: str | None
    "BIRD's name of its BGP session; None for static routing."
    static_routes: int


@dataclass(slots=True)
class _Tunnel:
    watched: Watched
    lost: datetime | None
    "Since when its charon has been without a CHILD_SA; None: it had one when last heard of."
    resume: bool
    "It was up when its charon ended."
    events: Events | None = None
    bgp: Session = field(default_factory=lambda: Session(established=False, imported=0))


@dataclass(slots=True)
class _Gateway:
    news: socket.socket
    learnt: frozenset[IPv4Network] | None = None


class Telemetry(threading.Thread):
    """The watching thread."""

    def __init__(
        self,
        charons: Charons,
        birds: Birds,
        tunnels: Tunnels,
        *,
        known: Iterable[TunnelStatus],
        publish: Callable[[list[TunnelStatus]], None],
        routes_changed: Callable[[], None],
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(name="telemetry", daemon=True)
        self._charons = charons
        self._birds = birds
        self._drivers = tunnels
        self._publish = publish
        self._routes_changed = routes_changed
        self._clock = clock
        self._status = {(one.connection_id, one.number): one for one in known}
        self._tunnels: dict[tuple[str, int], _Tunnel] = {}
        self._gateways: dict[str, _Gateway] = {}
        self._namespaces = Namespaces()
        self._selector = selectors.DefaultSelector()
        self._inbox: queue.SimpleQueue[frozenset[Watched] | None] = queue.SimpleQueue()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)

    def watch(self, tunnels: frozenset[Watched]) -> None:
        """Watch these tunnels from now on; called after each reconciliation, by its thread."""
        self._inbox.put(tunnels)
        self._wake_write.send(b"\0")

    def stop(self) -> None:
        """End the thread."""
        self._inbox.put(None)
        self._wake_write.send(b"\0")
        self.join()

    def run(self) -> None:
        """Wait for events and digest them until stopped."""
        with Inotify(sync_timeout=0) as inotify:
            self._inotify = inotify
            self._selector.register(self._wake_read, selectors.EVENT_READ)
            self._selector.register(inotify.fd, selectors.EVENT_READ)
            while self._digest():
                pass
        for tunnel in self._tunnels.values():
            self._close_events(tunnel)
        self._namespaces.close()

    def _digest(self) -> bool:
        """Digest one round of events; what goes wrong in one must not end the watch."""
        try:
            return self._once()
        except Exception:
            log.exception("a round of events was lost; the next tick looks at everything")
            return True

    def _once(self) -> bool:
        ready = self._selector.select(TICK_SECONDS)
        touched: set[tuple[str, int]] = set()
        birds: set[str] = set()
        if not ready:
            touched.update(self._tunnels)
            birds.update(self._gateways)
        for key, _ in ready:
            if key.fileobj is self._wake_read:
                if not self._read_inbox(touched, birds):
                    return False
            elif key.fd == self._inotify.fd:
                birds.update(self._bird_logs())
            elif key.data in self._gateways:
                self._drain(self._gateways[key.data].news)
                self._look_at_routes(key.data)
            else:
                self._charon_events(key.data)
                touched.add(key.data)
        self._look(touched, birds)
        return True

    def _read_inbox(self, touched: set[tuple[str, int]], birds: set[str]) -> bool:
        self._drain(self._wake_read)
        while not self._inbox.empty():
            wanted = self._inbox.get()
            if wanted is None:
                return False
            self._adopt(wanted)
        touched.update(self._tunnels)
        birds.update(self._gateways)
        return True

    @staticmethod
    def _drain(source: socket.socket) -> None:
        with suppress(BlockingIOError):
            while source.recv(65536):
                pass

    def _adopt(self, wanted: frozenset[Watched]) -> None:
        """Begin and end watching, so that exactly `wanted` is watched."""
        by_key = {(one.connection_id, one.number): one for one in wanted}
        for key in self._tunnels.keys() - by_key.keys():
            self._close_events(self._tunnels.pop(key))
            self._status.pop(key, None)
        for key, watched in by_key.items():
            tunnel = self._tunnels.setdefault(key, self._new_tunnel(key, watched))
            tunnel.watched = watched
            if tunnel.events is None:
                self._open_events(key, tunnel)
        self._adopt_gateways({one.gateway for one in wanted if one.gateway})

    def _new_tunnel(self, key: tuple[str, int], watched: Watched) -> _Tunnel:
        last = self._status.get(key)
        was_up = last is not None and last.message != IPSEC_IS_DOWN
        return _Tunnel(watched, lost=None if was_up else _LONG_AGO, resume=was_up)

    def _adopt_gateways(self, wanted: set[str]) -> None:
        for name in self._gateways.keys() - wanted:
            news = self._gateways.pop(name).news
            self._selector.unregister(news)
            news.close()
            self._namespaces.forget(name)
        for name in wanted - self._gateways.keys():
            with suppress(*LINUX_FAILURES):
                self._inotify.add_watch(self._birds.folder(name), Mask.MODIFY | Mask.CREATE)
                news = routes.news(name)
                self._gateways[name] = _Gateway(news)
                self._selector.register(news, selectors.EVENT_READ, name)
                self._look_at_routes(name)

    def _open_events(self, key: tuple[str, int], tunnel: _Tunnel) -> None:
        with suppress(CharonError, *LINUX_FAILURES):
            tunnel.events = self._charons.events(tunnel.watched.endpoint)
            self._selector.register(tunnel.events, selectors.EVENT_READ, key)
            self._resume(tunnel)

    def _resume(self, tunnel: _Tunnel) -> None:
        """Start a tunnel that was up when its charon ended.

        The device would notice by dead peer detection only, and then it may be its part to start;
        our INITIAL_CONTACT replaces its stale SAs at once.
        """
        endpoint = tunnel.watched.endpoint
        if tunnel.resume and not self._charons.established(endpoint).child_sas:
            log.info("%s tunnel %d: resuming", tunnel.watched.connection_id, tunnel.watched.number)
            self._charons.initiate(endpoint)

    def _close_events(self, tunnel: _Tunnel) -> None:
        if tunnel.events:
            self._selector.unregister(tunnel.events)
            tunnel.events.close()
            tunnel.events = None

    def _charon_events(self, key: tuple[str, int]) -> None:
        tunnel = self._tunnels.get(key)
        if tunnel and tunnel.events and not tunnel.events.drain():
            self._close_events(tunnel)
            tunnel.resume = tunnel.lost is None or self._clock() - tunnel.lost < _GOODBYE

    def _bird_logs(self) -> set[str]:
        """Name the gateways whose BIRD wrote to its log."""
        return {event.watch.path.name for event in self._inotify if event.watch}

    def _look(self, touched: set[tuple[str, int]], birds: set[str]) -> None:
        for gateway in birds:
            touched.update(self._look_at_bird(gateway))
        news = []
        for key in touched & self._tunnels.keys():
            status = self._look_at_tunnel(key, self._tunnels[key])
            if status != self._status.get(key):
                self._status[key] = status
                news.append(status)
        if news:
            self._publish(news)

    def _look_at_bird(self, gateway: str) -> list[tuple[str, int]]:
        try:
            sessions = self._birds.sessions(gateway)
        except BirdError:
            sessions = {}
        of_gateway = [key for key, one in self._tunnels.items() if one.watched.gateway == gateway]
        for key in of_gateway:
            tunnel = self._tunnels[key]
            tunnel.bgp = sessions.get(tunnel.watched.protocol or "", Session(False, 0))
        return of_gateway

    def _look_at_routes(self, gateway: str) -> None:
        with suppress(*LINUX_FAILURES):
            learnt = routes.learnt(self._namespaces, gateway)
            if learnt != self._gateways[gateway].learnt:
                self._gateways[gateway].learnt = learnt
                self._routes_changed()

    def _look_at_tunnel(self, key: tuple[str, int], tunnel: _Tunnel) -> TunnelStatus:
        watched = tunnel.watched
        ipsec = self._has_child_sa(tunnel)
        counters = self._follow(tunnel, up=ipsec)
        bgp = tunnel.bgp.established if watched.protocol else None
        accepted = tunnel.bgp.imported if watched.protocol else watched.static_routes
        up, message = tunnel_status(ipsec=ipsec and counters is not None, bgp=bgp, routes=accepted)
        before = self._status.get(key)
        if before is None or before.up != up:
            log.info("%s tunnel %d: %s %s", *key, "UP" if up else "DOWN", message)
        counters = counters or Counters()
        return TunnelStatus(
            connection_id=watched.connection_id,
            number=watched.number,
            up=up,
            message=message,
            last_change=before.last_change if before and before.up == up else self._clock(),
            accepted_routes=accepted,
            packets_in=counters.packets_in,
            bytes_in=counters.bytes_in,
            packets_out=counters.packets_out,
            bytes_out=counters.bytes_out,
            drops=counters.drops,
        )

    def _has_child_sa(self, tunnel: _Tunnel) -> bool:
        try:
            up = self._charons.established(tunnel.watched.endpoint).child_sas > 0
        except CharonError:
            return False
        if up:
            tunnel.lost = None
        elif tunnel.lost is None:
            tunnel.lost = self._clock()
        return up

    def _follow(self, tunnel: _Tunnel, *, up: bool) -> Counters | None:
        """Let the tunnel interface follow its tunnel; None when there is no interface."""
        watched = tunnel.watched
        with suppress(*LINUX_FAILURES):
            link = links.state(self._namespaces, watched.interface_namespace, watched.interface)
            if link.up != up:
                links.set_up(
                    self._namespaces, watched.interface_namespace, watched.interface, up=up
                )
            return self._drivers.counters(watched.endpoint, link)
        return None
