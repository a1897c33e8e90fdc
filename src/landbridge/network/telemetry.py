"""Watch the tunnels: what charon, BIRD and the kernel say becomes status, within the second.

Nothing is polled: charon sends events over VICI, BIRD writes a line to its log whenever a session
changes, the kernel announces routes. One thread hears, and never asks anybody anything; a few
others look (`tunnel_status`), so that a daemon that does not answer holds up its own tunnel only,
and is told of. One after another is looked at anyway, slowly; counters are read by and by.

    charon's events, BIRD's log --> hear --> look at tunnel, at BIRD --> publish, set interface
    the kernel's routes ----------> hear --> routes_changed
"""

import logging
import queue
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from time import monotonic

from asyncinotify import Inotify, Mask

from landbridge.network.drivers import routes
from landbridge.network.drivers.bird import BirdError, Birds
from landbridge.network.drivers.charon import CharonSilentError, Events
from landbridge.network.drivers.netns import LINUX_FAILURES, NETNS_DIRECTORY
from landbridge.network.plan.bgp import HOLD_TIME
from landbridge.network.tunnel_status import NO_SESSION, Key, Looks, Tunnel, Watched
from landbridge.network.workers import Workers
from landbridge.vpn.observed import Counters, TunnelStatus

log = logging.getLogger(__name__)
COUNTERS_SECONDS = 10.0
LOOK_SECONDS = 0.5
"Between one tunnel or BIRD and the next that are looked at without a reason."
ROUND_SECONDS = 10.0
"None is looked at without a reason more often than this."
_RETRY_SECONDS = 3.0
_THREADS = 4
_COUNTERS = "counters"


class Telemetry(threading.Thread):
    """The hearing thread, with its lookers."""

    def __init__(
        self,
        looks: Looks,
        birds: Birds,
        *,
        known: Iterable[TunnelStatus],
        publish: Callable[[TunnelStatus], None],
        publish_counters: Callable[[Mapping[Key, Counters]], None],
        routes_changed: Callable[[str], None],
        attention: Callable[[str], None],
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(name="telemetry", daemon=True)
        self._looks = looks
        self._birds = birds
        self._known = {(one.connection_id, one.number): one for one in known}
        self._publish = publish
        self._publish_counters = publish_counters
        self._routes_changed = routes_changed
        self._attention = attention
        "Told of a VPN connection or gateway whose daemon is silent, or whose tunnel has come up."
        self._clock = clock
        self._tunnels: dict[Key, Tunnel] = {}
        self._of_gateway: dict[str, set[Key]] = {}
        self._lock = threading.Lock()
        "Held while a tunnel is taken up or dropped, and while its status is published."
        self._gateways: dict[str, tuple[int, socket.socket]] = {}
        "Each gateway's namespace, by its inode, and news of its routes."
        self._answered: dict[str, datetime] = {}
        "When a gateway's BIRD last told of its sessions."
        self._round: deque[Key | str] = deque()
        self._round_begun = self._looked = monotonic()
        self._lookers: Workers[Key | str] = Workers("looker", self._look, threads=_THREADS)
        self._selector = selectors.DefaultSelector()
        self._inbox: queue.SimpleQueue[Key | None] = queue.SimpleQueue()
        self._heard: queue.SimpleQueue[tuple[Key, Events]] = queue.SimpleQueue()
        self._wake_read, self._wake_write = socket.socketpair()
        for end in (self._wake_read, self._wake_write):
            end.setblocking(False)

    def watch(self, connection_id: str, tunnels: Collection[Watched]) -> None:
        """Watch exactly these tunnels of a connection from now on, and look at them."""
        wanted = {one.key: one for one in tunnels}
        with self._lock:
            for key in [(connection_id, 1), (connection_id, 2)]:
                self._take_up(key, wanted.get(key))
                self._inbox.put(key)
        self._wake()

    def is_up(self, key: Key) -> bool:
        """Whether a tunnel was up when last looked at."""
        tunnel = self._tunnels.get(key)
        return tunnel is not None and tunnel.status is not None and tunnel.status.up

    def stop(self) -> None:
        """End the thread and its lookers."""
        self._inbox.put(None)
        self._wake()
        self.join()
        self._lookers.stop()

    def _wake(self) -> None:
        with suppress(BlockingIOError):
            self._wake_write.send(b"\0")

    def _take_up(self, key: Key, wanted: Watched | None) -> None:
        tunnel = self._tunnels.get(key)
        before = tunnel.watched.gateway if tunnel else None
        after = wanted.gateway if wanted else None
        if wanted is None:
            self._tunnels.pop(key, None)
        elif tunnel is None:
            self._tunnels[key] = Tunnel.begin(wanted, self._known.pop(key, None))
        else:
            tunnel.watched = wanted
            if before != after:
                tunnel.bgp = None
        if before and before != after:
            self._of_gateway[before].discard(key)
        if after:
            self._of_gateway.setdefault(after, set()).add(key)

    # --- the hearing thread ---

    def run(self) -> None:
        """Wait for events and let somebody look, until stopped."""
        with Inotify(sync_timeout=0) as inotify:
            self._inotify = inotify
            self._selector.register(self._wake_read, selectors.EVENT_READ)
            self._selector.register(inotify.fd, selectors.EVENT_READ)
            self._streams: dict[Key, Events] = {}
            self._lookers.start()
            self._lookers.add(_COUNTERS, after=COUNTERS_SECONDS)
            while self._hear():
                pass
        for key in list(self._streams):
            self._close(key)

    def _hear(self) -> bool:
        """Hear one round of events; what goes wrong in one must not end the watch."""
        try:
            for key, _ in self._selector.select(LOOK_SECONDS):
                if key.fileobj is self._wake_read:
                    if not self._read_inbox():
                        return False
                elif key.fd == self._inotify.fd:
                    for name in {event.watch.path.name for event in self._inotify if event.watch}:
                        self._lookers.add(name)
                elif isinstance(key.data, str):
                    _drain(self._gateways[key.data][1])
                    self._tell_routes(key.data)
                else:
                    self._charon_events(key.data)
            self._next_of_round()
        except Exception:
            log.exception("a round of events was lost; the next look at each tunnel catches up")
        return True

    def _next_of_round(self) -> None:
        now = monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        if not self._round and now - self._round_begun >= ROUND_SECONDS:
            self._round_begun = now
            self._round.extend([*self._gateways, *self._tunnels])
        if self._round:
            self._lookers.add(self._round.popleft(), rank=1)

    def _read_inbox(self) -> bool:
        _drain(self._wake_read)
        with suppress(queue.Empty):
            while True:
                self._register(*self._heard.get_nowait())
        with suppress(queue.Empty):
            while (key := self._inbox.get_nowait()) is not None:
                self._adopt(key)
            return False
        return True

    def _adopt(self, key: Key) -> None:
        tunnel = self._tunnels.get(key)
        if tunnel is None:
            self._close(key)
        else:
            self._lookers.add(key)
            if tunnel.watched.gateway:
                self._hear_of_gateway(tunnel.watched.gateway)
        for name in [one for one, keys in self._of_gateway.items() if not keys]:
            del self._of_gateway[name]
            self._answered.pop(name, None)
            self._hear_no_more_of_gateway(name)

    def _hear_of_gateway(self, name: str) -> None:
        """Hear of a gateway's BIRD and routes; the namespace may be another than before."""
        with suppress(*LINUX_FAILURES):
            inode = (NETNS_DIRECTORY / name).stat().st_ino
            if name in self._gateways and self._gateways[name][0] == inode:
                return
            self._hear_no_more_of_gateway(name)
            self._inotify.add_watch(self._birds.folder(name), Mask.MODIFY | Mask.CREATE)
            news = routes.news(name)
            self._gateways[name] = inode, news
            self._selector.register(news, selectors.EVENT_READ, name)
            self._lookers.add(name)
            self._tell_routes(name)

    def _hear_no_more_of_gateway(self, name: str) -> None:
        if name in self._gateways:
            _, news = self._gateways.pop(name)
            self._selector.unregister(news)
            news.close()

    def _register(self, key: Key, events: Events) -> None:
        tunnel = self._tunnels.get(key)
        if tunnel is None or tunnel.events is not events:
            events.close()
            return
        self._streams[key] = events
        self._selector.register(events, selectors.EVENT_READ, key)

    def _close(self, key: Key) -> None:
        events = self._streams.pop(key, None)
        if events:
            self._selector.unregister(events)
            events.close()

    def _charon_events(self, key: Key) -> None:
        events = self._streams.get(key)
        if events and not events.drain():
            self._close(key)
            tunnel = self._tunnels.get(key)
            if tunnel:
                tunnel.events = None
                tunnel.charon_ended(self._clock())
        self._lookers.add(key)

    def _tell_routes(self, gateway: str) -> None:
        for _, tunnel in self._at(gateway):
            if tunnel.watched.gateway_id:
                self._routes_changed(tunnel.watched.gateway_id)
                return

    def _at(self, gateway: str) -> list[tuple[Key, Tunnel]]:
        """List the tunnels at a gateway."""
        with self._lock:
            keys = self._of_gateway.get(gateway, ())
            return [(key, self._tunnels[key]) for key in keys]

    # --- the lookers ---

    def _look(self, key: Key | str) -> float | None:
        if key == _COUNTERS:
            self._look_at_counters()
            return COUNTERS_SECONDS
        if isinstance(key, str):
            return self._look_at_bird(key)
        return self._look_at_tunnel(key)

    def _look_at_tunnel(self, key: Key) -> float | None:
        tunnel = self._tunnels.get(key)
        if tunnel is None:
            return None
        if tunnel.events is None:
            tunnel.events = self._looks.events(tunnel)
            if tunnel.events:
                self._heard.put((key, tunnel.events))
                self._wake()
        if tunnel.watched.protocol and tunnel.bgp is None:
            again = self._look_at_bird(tunnel.watched.gateway or "")
            if tunnel.bgp is None:
                return again  # unknown; what is known of it stands
        try:
            self._digest(key, tunnel, self._looks.status(tunnel, self._clock()))
        except CharonSilentError as error:
            log.warning("%s tunnel %d: %s", *key, error)
            self._attention(key[0])
        return None

    def _digest(self, key: Key, tunnel: Tunnel, status: TunnelStatus) -> None:
        """Publish a status that differs, unless the tunnel has been dropped meanwhile."""
        before = tunnel.status
        if status == before:
            return
        with self._lock:
            if self._tunnels.get(key) is not tunnel:
                return
            self._publish(status)
            tunnel.status = status
        if status.up and before and not before.up:
            self._attention(key[0])

    def _look_at_bird(self, gateway: str) -> float | None:
        """Ask for the sessions; one that does not answer is taken to go on for the hold time."""
        now, again = self._clock(), None
        try:
            sessions = self._birds.sessions(gateway)
            self._answered[gateway] = now
        except BirdError:
            for _, tunnel in self._at(gateway):
                again = _RETRY_SECONDS
                self._attention(tunnel.watched.gateway_id or "")
                break
            if now - self._answered.setdefault(gateway, now) < timedelta(seconds=HOLD_TIME):
                return again
            sessions = {}
        for key, tunnel in self._at(gateway):
            bgp = sessions.get(tunnel.watched.protocol or "", NO_SESSION)
            if bgp.recovering and tunnel.bgp and not bgp.established:
                again = _RETRY_SECONDS  # its routes are in force; it has not told all yet
            elif bgp != tunnel.bgp:
                tunnel.bgp = bgp
                self._lookers.add(key)
        return again

    def _look_at_counters(self) -> None:
        """Read the counters of the tunnels that are up, and publish what is new."""
        news: dict[Key, Counters] = {}
        for key, tunnel in list(self._tunnels.items()):
            if tunnel.lost is None:
                with suppress(*LINUX_FAILURES):
                    counted = self._looks.counters(tunnel)
                    if counted != tunnel.counters:
                        tunnel.counters = news[key] = counted
        if news:
            with self._lock:
                living = {key: one for key, one in news.items() if key in self._tunnels}
                self._publish_counters(living)


def _drain(source: socket.socket) -> None:
    with suppress(BlockingIOError):
        while source.recv(65536):
            pass
