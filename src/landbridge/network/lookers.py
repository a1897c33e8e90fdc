"""The threads that look at tunnels and BIRDs, when something was heard of them or by turns.

A daemon that does not answer keeps a thread for a moment, and no other tunnel from being looked
at; what is known of its own stands meanwhile, and somebody is told.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from landbridge.network.drivers.bird import BirdError, Birds
from landbridge.network.drivers.charon import CharonSilentError, Events
from landbridge.network.drivers.netns import LINUX_FAILURES
from landbridge.network.plan.bgp import HOLD_TIME
from landbridge.network.tunnel_status import NO_SESSION, Key, Looks, Tunnel, Watched
from landbridge.network.workers import Workers
from landbridge.vpn.observed import Counters, TunnelStatus

log = logging.getLogger(__name__)
COUNTERS_SECONDS = 10.0
_RETRY_SECONDS = 3.0
_THREADS = 4
_COUNTERS = "counters"
_PUBLISH = "publish"


class WatchedTunnels:
    """The tunnels that are watched, with what is known of each; for several threads."""

    def __init__(self, known: Iterable[TunnelStatus]) -> None:
        self._known = {(one.connection_id, one.number): one for one in known}
        self._tunnels: dict[Key, Tunnel] = {}
        self._of_gateway: dict[str, set[Key]] = {}
        self._lock = threading.Lock()
        "Held while tunnels are taken up or dropped; never for long."

    def watch(self, connection_id: str, tunnels: Collection[Watched]) -> tuple[Key, ...]:
        """Watch exactly these tunnels of a connection; returns the keys that it may have."""
        wanted = {one.key: one for one in tunnels}
        keys = ((connection_id, 1), (connection_id, 2))
        with self._lock:
            for key in keys:
                self._take_up(key, wanted.get(key))
        return keys

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

    def get(self, key: Key) -> Tunnel | None:
        """A tunnel, if it is watched."""
        return self._tunnels.get(key)

    def listed(self) -> list[tuple[Key, Tunnel]]:
        """All of them."""
        with self._lock:
            return list(self._tunnels.items())

    def at(self, gateway: str) -> list[tuple[Key, Tunnel]]:
        """Those at a gateway."""
        with self._lock:
            return [(key, self._tunnels[key]) for key in self._of_gateway.get(gateway, ())]

    def deserted(self) -> list[str]:
        """Name, once, the gateways at which there is none any more."""
        with self._lock:
            gone = [one for one, keys in self._of_gateway.items() if not keys]
            for one in gone:
                del self._of_gateway[one]
        return gone


class Lookers:
    """Looks at what is added: a tunnel by its key, a gateway's BIRD by its namespace."""

    def __init__(
        self,
        tunnels: WatchedTunnels,
        looks: Looks,
        birds: Birds,
        *,
        publish: Callable[[Sequence[TunnelStatus]], None],
        publish_counters: Callable[[Mapping[Key, Counters]], None],
        attention: Callable[[str], None],
        opened: Callable[[Key, Events], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._tunnels = tunnels
        self._looks = looks
        self._birds = birds
        self._publish = publish
        self._publish_counters = publish_counters
        self._attention = attention
        "Told of a VPN connection or gateway whose daemon is silent, or whose tunnel has come up."
        self._opened = opened
        "Told of a new stream of a charon's events."
        self._clock = clock
        self._answered: dict[str, datetime] = {}
        "When a gateway's BIRD last told of its sessions."
        self._news: dict[Key, TunnelStatus] = {}
        "What is to be published."
        self._publishing = threading.Lock()
        "Held while something is written; nobody who looks waits for it."
        self._workers: Workers[Key | str] = Workers("looker", self._look, threads=_THREADS, later=1)

    def start(self) -> None:
        """Begin."""
        self._workers.start()
        self._workers.add(_COUNTERS, after=COUNTERS_SECONDS)

    def stop(self) -> None:
        """End."""
        self._workers.stop()

    def add(self, one: Key | str, *, rank: int = 0) -> None:
        """Look at a tunnel or BIRD soon; the lowest rank first."""
        self._workers.add(one, rank=rank)

    def forget_gateway(self, gateway: str) -> None:
        """Forget a gateway at which there is no tunnel any more."""
        self._answered.pop(gateway, None)

    def _look(self, one: Key | str) -> float | None:
        if one == _PUBLISH:
            return self._publish_news()
        if one == _COUNTERS:
            self._look_at_counters()
            return COUNTERS_SECONDS
        if isinstance(one, str):
            return self._look_at_bird(one)
        return self._look_at_tunnel(one)

    def _look_at_tunnel(self, key: Key) -> float | None:
        tunnel = self._tunnels.get(key)
        if tunnel is None:
            return None
        if tunnel.events is None:
            tunnel.events = self._looks.events(tunnel)
            if tunnel.events:
                self._opened(key, tunnel.events)
        if tunnel.resume and tunnel.events:
            self._looks.resume(tunnel)
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
        """Have a status published that differs."""
        before, tunnel.status = tunnel.status, status
        if status == before:
            return
        self._news[key] = status
        self._workers.add(_PUBLISH)
        if status.up and before and not before.up:
            self._attention(key[0])

    def dropped(self) -> None:
        """Wait until nothing is published any more of tunnels that are no longer watched."""
        with self._publishing:
            return

    def _publish_news(self) -> float | None:
        """Publish what is new, but of dropped tunnels; no other thread waits for the store."""
        news = [(key, self._news[key]) for key in list(self._news)]
        with self._publishing:
            if statuses := [one for key, one in news if self._tunnels.get(key)]:
                self._publish(statuses)
        for key, status in news:
            if self._news.get(key) is status:
                del self._news[key]
        return 0.0 if self._news else None

    def _look_at_bird(self, gateway: str) -> float | None:
        """Ask for the sessions; one that does not answer is taken to go on for the hold time."""
        now, again = self._clock(), None
        of_gateway = self._tunnels.at(gateway)
        try:
            sessions = self._birds.sessions(gateway)
            self._answered[gateway] = now
        except BirdError:
            for _, tunnel in of_gateway[:1]:
                again = _RETRY_SECONDS
                self._attention(tunnel.watched.gateway_id or "")
            if now - self._answered.setdefault(gateway, now) < timedelta(seconds=HOLD_TIME):
                return again
            sessions = {}
        for key, tunnel in of_gateway:
            bgp = sessions.get(tunnel.watched.protocol or "", NO_SESSION)
            known = tunnel.bgp or tunnel.status
            if known and bgp.recovering and not bgp.established:
                again = _RETRY_SECONDS  # its routes are in force; it has not told all yet
            elif bgp != tunnel.bgp:
                tunnel.bgp = bgp
                self.add(key)
        return again

    def _look_at_counters(self) -> None:
        """Read the counters of the tunnels that are up, and publish what is new."""
        news: dict[Key, Counters] = {}
        for key, tunnel in self._tunnels.listed():
            if tunnel.lost is None:
                with suppress(*LINUX_FAILURES):
                    counted = self._looks.counters(tunnel)
                    if counted != tunnel.counters:
                        news[key] = counted
        with self._publishing:
            watched = {key: one for key in news if (one := self._tunnels.get(key))}
            if watched:
                self._publish_counters({key: news[key] for key in watched})
        for key, one in watched.items():
            one.counters = news[key]
