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
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from asyncinotify import Inotify, Mask

from landbridge.network.drivers import routes
from landbridge.network.drivers.bird import Birds
from landbridge.network.drivers.charon import Events
from landbridge.network.drivers.netns import LINUX_FAILURES, NETNS_DIRECTORY
from landbridge.network.lookers import Lookers, WatchedTunnels
from landbridge.network.tunnel_status import Key, Looks, Watched
from landbridge.network.turns import Turns
from landbridge.vpn.observed import Counters, TunnelStatus

log = logging.getLogger(__name__)
LOOK_SECONDS = 1.0
"Between one tunnel or BIRD and the next that are looked at without a reason."
ROUND_SECONDS = 10.0
"None is looked at without a reason more often than this."


class Telemetry(threading.Thread):
    """The hearing thread, with its lookers."""

    def __init__(
        self,
        looks: Looks,
        birds: Birds,
        *,
        known: Iterable[TunnelStatus],
        publish: Callable[[Sequence[TunnelStatus]], None],
        publish_counters: Callable[[Mapping[Key, Counters]], None],
        routes_changed: Callable[[str], None],
        attention: Callable[[str], None],
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(name="telemetry", daemon=True)
        self._birds = birds
        self._routes_changed = routes_changed
        self._clock = clock
        self._tunnels = WatchedTunnels(known)
        self._lookers = Lookers(
            self._tunnels,
            looks,
            birds,
            publish=publish,
            publish_counters=publish_counters,
            attention=attention,
            opened=self._opened,
            clock=clock,
        )
        self._gateways: dict[str, tuple[int, socket.socket]] = {}
        "Each gateway's namespace, by its inode, and news of its routes."
        self._streams: dict[Key, Events] = {}
        self._turns: Turns[Key | str] = Turns(
            self._everything, tick=LOOK_SECONDS, least=ROUND_SECONDS
        )
        self._selector = selectors.DefaultSelector()
        self._inbox: queue.SimpleQueue[tuple[Key, Events | None] | None] = queue.SimpleQueue()
        "Tunnels to watch or to drop; new streams of events; None is the end."
        self._wake_read, self._wake_write = socket.socketpair()
        for end in (self._wake_read, self._wake_write):
            end.setblocking(False)

    def watch(self, connection_id: str, tunnels: Collection[Watched]) -> None:
        """Watch exactly these tunnels of a connection from now on, and look at them."""
        for key in self._tunnels.watch(connection_id, tunnels):
            self._inbox.put((key, None))
        self._wake()
        if not tunnels:
            self._lookers.dropped()

    def _opened(self, key: Key, events: Events) -> None:
        self._inbox.put((key, events))
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

    def run(self) -> None:
        """Wait for events and let somebody look, until stopped."""
        with Inotify(sync_timeout=0) as inotify:
            self._inotify = inotify
            self._selector.register(self._wake_read, selectors.EVENT_READ)
            self._selector.register(inotify.fd, selectors.EVENT_READ)
            self._lookers.start()
            while self._hear():
                pass
        for key in list(self._streams):
            self._close(key)

    def _hear(self) -> bool:
        """Hear one round of events; what goes wrong in one must not end the watch."""
        try:
            heard = [self._hear_one(key) for key, _ in self._selector.select(LOOK_SECONDS)]
            if one := self._turns.next():
                self._lookers.add(one, rank=1)
        except Exception:
            log.exception("a round of events was lost; the next look at each tunnel catches up")
            return True
        return all(heard)

    def _hear_one(self, key: selectors.SelectorKey) -> bool:
        """Hear of one source; false: it is the end."""
        if key.fileobj is self._wake_read:
            return self._read_inbox()
        if key.fd == self._inotify.fd:
            for name in {event.watch.path.name for event in self._inotify if event.watch}:
                self._lookers.add(name)
        elif isinstance(key.data, str):
            _drain(self._gateways[key.data][1])
            self._tell_routes(key.data)
        else:
            self._charon_events(key.data)
        return True

    def _everything(self) -> list[Key | str]:
        return [*self._gateways, *(key for key, _ in self._tunnels.listed())]

    def _read_inbox(self) -> bool:
        _drain(self._wake_read)
        with suppress(queue.Empty):
            while (news := self._inbox.get_nowait()) is not None:
                key, events = news
                if events:
                    self._register(key, events)
                else:
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
        for name in self._tunnels.deserted():
            self._lookers.forget_gateway(name)
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
        for _, tunnel in self._tunnels.at(gateway):
            if tunnel.watched.gateway_id:
                self._routes_changed(tunnel.watched.gateway_id)
                return


def _drain(source: socket.socket) -> None:
    with suppress(BlockingIOError):
        while source.recv(65536):
            pass
