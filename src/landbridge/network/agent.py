"""The agent: wherever there may be a reason, look, and put right what differs.

The network is reconciled part by part (`reconcile`), several side by side. The bell, a daemon's end
and a change of routes only say "look there"; the store's log of changes says where "there" is. One
part after another is looked at anyway, slowly: whatever was missed is repaired then.

    bell --> changes since --> parts that depend on them --+
    daemon ended, routes changed, namespace lost, ... -----+--> workers --> reconcile a part
    a namespace was made --> parts with links into it -----+
    every tick, the next part of all that there is --------+
"""

import logging
import queue
import selectors
import signal
import socket
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from time import monotonic

from asyncinotify import Inotify, Mask

from landbridge import clock, sd_notify
from landbridge.network import probe
from landbridge.network.drivers import netns
from landbridge.network.drivers.bird import Birds
from landbridge.network.drivers.charon import Charons
from landbridge.network.drivers.esp import Tunnels
from landbridge.network.drivers.running import Running
from landbridge.network.ends import Ends
from landbridge.network.names import Kind, Part
from landbridge.network.parts import everything
from landbridge.network.plan.site import Site
from landbridge.network.reconcile import Reconciler, Result
from landbridge.network.telemetry import Telemetry
from landbridge.network.tunnel_status import Key, Looks, watched
from landbridge.network.turns import Turns
from landbridge.network.work import Machine
from landbridge.network.workers import Workers
from landbridge.settings import Settings
from landbridge.store import changes, dependence, observed
from landbridge.store import signal as bell
from landbridge.store.engine import Store
from landbridge.store.secrets import Sealer
from landbridge.vpn.observed import Counters, TunnelStatus

log = logging.getLogger(__name__)
TICK_SECONDS = 4.0
"""Between one part and the next that are looked at without a reason.

A look costs some 30 ms of a processor, so this is what the agent costs at rest, whatever exists."""
ROUND_SECONDS = 30.0
"No part is looked at without a reason more often than this."
_START_TICK_SECONDS = 0.1
_ROUTES_SECONDS = 0.5
"A gateway whose routes keep changing has its VPCs looked at no more often than this."
_SETTLED_SECONDS = 5.0
"After a namespace was made: by then it is known to be ours, or is left over."
FIRST_ROUND_SECONDS = 100.0
"How long the start waits until every part has been looked at."
_THREADS = 8
_RANKS = {kind: rank for rank, kind in enumerate(Kind)}
"What others stand on goes first."
_BACKGROUND = len(_RANKS)


class Agent:
    """The privileged process of one installation."""

    def __init__(self, settings: Settings, site: Site, sealer: Sealer, owner: tuple[int, int]):
        self._names = site.names
        self._store = Store(settings.database, role="agent")
        self._folders = (settings.run_dir / "endpoints", settings.run_dir / "gateways")
        charons, birds = Charons(self._folders[0]), Birds(self._folders[1])
        tunnels = Tunnels(site.esp, self._folders[0], settings.datapath_dir)
        self._machine = Machine(Running(self._folders), charons, birds, tunnels)
        self._bell = bell.listen(settings.bell, owner=owner)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._wake_read, self._wake_write = socket.socketpair()
        for end in (self._wake_read, self._wake_write):
            end.setblocking(False)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._names_news = Inotify(sync_timeout=0)
        self._names_news.add_watch(netns.directory(), Mask.CREATE | Mask.DELETE)
        self._selector.register(self._names_news.fd, selectors.EVENT_READ)
        self._ends = Ends(self._selector)
        self._inbox: queue.SimpleQueue[Result | str] = queue.SimpleQueue()
        "Results of passes, and gateways whose routes have changed."
        self._unread: Result | str | None = None
        "News that could not be digested, and are tried again."
        self._routes_told: dict[str, float] = {}
        "When, of gateways whose routes have just changed."
        self._revision = 0
        self._turns: Turns[Part] = Turns(self._round, tick=TICK_SECONDS, least=ROUND_SECONDS)
        self._ready = False
        self._begun = 0.0
        self._stopping = False
        with self._store.reading() as session:
            known = observed.tunnels(session)
        self._telemetry = Telemetry(
            Looks(charons, tunnels),
            birds,
            known=known,
            publish=self._publish,
            publish_counters=self._publish_counters,
            routes_changed=self._routes_changed,
            attention=lambda resource_id: self._add([resource_id]),
            clock=clock.now,
        )
        self._reconciler = Reconciler(
            self._machine,
            self._store,
            sealer,
            site,
            is_up=self._telemetry.is_up,
            gone=lambda connection_id: self._telemetry.watch(connection_id, ()),
            clock=clock.now,
        )
        self._workers = Workers("worker", self._reconcile, threads=_THREADS, later=_BACKGROUND)

    def run(self) -> None:
        """Reconcile whenever there may be a reason, until `stop`."""
        self._telemetry.start()
        try:
            self._begin()
            while not self._stopping:
                self._wait()
                self._guard(self._read_inbox)
                self._guard(self._follow_changes)
                if self._is_ready():
                    self._guard(self._next_turn)
        finally:
            self._workers.stop()
            self._telemetry.stop()
            self._store.close()
            self._names_news.close()

    def stop(self) -> None:
        """End `run` soon; what carries traffic goes on without us."""
        self._stopping = True
        self._wake()

    def _begin(self) -> None:
        """Let everything be looked at; what is wrong is found anew."""
        with self._store.reading() as session:
            self._revision = changes.revision(session)
        with self._store.writing() as session:
            observed.forget_troubles(session)
        for part in everything(self._names, self._store, self._folders):
            self._workers.add(part, rank=_RANKS[part.kind])
        self._workers.start()
        self._begun = monotonic()

    def _is_ready(self) -> bool:
        """Whether everything has been looked at once, or could have been; and say so, once."""
        if not self._ready:
            idle = self._workers.idle(0) and self._inbox.empty()
            self._ready = idle or monotonic() - self._begun > FIRST_ROUND_SECONDS
            if self._ready:
                sd_notify.ready()
        return self._ready

    def _guard(self, deed: Callable[[], None]) -> None:
        """Go on whatever goes wrong: the next tick is the retry."""
        try:
            deed()
        except Exception:
            log.exception("the next tick tries again")

    def _wake(self) -> None:
        with suppress(BlockingIOError):
            self._wake_write.send(b"\0")

    # --- the workers ---

    def _reconcile(self, part: Part) -> float | None:
        result = self._reconciler.reconcile(part)
        if part.kind is Kind.ENDPOINTS and result.connection:
            tunnels = watched(result.connection, self._names)
            self._telemetry.watch(result.connection.id, tunnels)
        self._inbox.put(result)
        self._wake()
        return result.again

    def _publish(self, statuses: Sequence[TunnelStatus]) -> None:
        with self._store.writing() as session:
            observed.report_tunnels(session, statuses)

    def _publish_counters(self, counted: Mapping[Key, Counters]) -> None:
        with self._store.writing() as session:
            observed.report_counters(session, counted)

    def _routes_changed(self, gateway_id: str) -> None:
        self._inbox.put(gateway_id)
        self._wake()

    # --- the main thread ---

    def _wait(self) -> None:
        seconds = TICK_SECONDS if self._ready else _START_TICK_SECONDS
        for key, _ in self._selector.select(seconds):
            self._guard(partial(self._hear, key))

    def _hear(self, key: selectors.SelectorKey) -> None:
        if key.fileobj is self._bell:
            bell.drain(self._bell)
        elif key.fileobj is self._wake_read:
            with suppress(BlockingIOError):
                self._wake_read.recv(65536)
        elif key.fd == self._names_news.fd:
            self._follow_names()
        else:
            pid, part = key.data
            log.warning("%s: daemon %d ended", part, pid)
            try:
                self._ends.forget(pid)
            finally:
                self._workers.add(part)

    def _follow_names(self) -> None:
        """Look at what somebody removes at once; at what is made, once it may be done."""
        for event in self._names_news:
            if part := self._names.part(str(event.name)):
                made = bool(event.mask & Mask.CREATE)
                self._workers.add(part, after=_SETTLED_SECONDS if made else 0)

    def _add(self, resource_ids: Iterable[str]) -> None:
        for part in map(Part.of, resource_ids):
            self._workers.add(part, rank=_RANKS[part.kind])

    def _follow_changes(self) -> None:
        """Look at what depends on resources that were changed."""
        with self._store.reading() as session:
            revision, changed = changes.since(session, self._revision)
            parts = dependence.affected(session, changed) if changed else ()
        self._revision = revision
        self._add(parts)

    def _round(self) -> list[Part]:
        """Begin a round: look at all processes, and list all parts."""
        self._machine.running.walk()
        return everything(self._names, self._store, self._folders)

    def _next_turn(self) -> None:
        if part := self._turns.next():
            self._workers.add(part, rank=_BACKGROUND)

    def _read_inbox(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._unread = self._unread or self._inbox.get_nowait()
                if isinstance(self._unread, str):
                    self._follow_routes(self._unread)
                else:
                    self._digest(self._unread)
                self._unread = None

    def _follow_routes(self, gateway_id: str) -> None:
        """Look at the VPCs of a gateway; at once, but not again and again at once."""
        now = monotonic()
        recent = {one: at for one, at in self._routes_told.items() if now - at < _ROUTES_SECONDS}
        after = _ROUTES_SECONDS if gateway_id in recent else 0.0
        self._routes_told = recent | {gateway_id: recent.get(gateway_id, now)}
        with self._store.reading() as session:
            for one in dependence.attached(session, gateway_id):
                self._workers.add(Part.of(one), rank=_RANKS[Kind.VPC], after=after)

    def _digest(self, result: Result) -> None:
        """Hear of daemons' ends, and look at whatever hangs on what has been made."""
        if not self._ends.watch(result.part, result.found.daemons):
            self._workers.add(result.part)  # one ended since it was seen
        for name in result.touched:
            touched = self._names.part(name)
            if touched == result.part:
                with self._store.reading() as session:
                    self._add(dependence.dependants(session, result.part.resource_id))
            elif touched:
                self._workers.add(touched, rank=_RANKS[touched.kind])


def run(settings: Settings, owner: tuple[int, int]) -> None:
    """Run the agent until SIGTERM or SIGINT; `owner` (uid, gid) is the api's user.

    Raises `EspError` when nobody can do ESP here as the settings ask.
    """
    settings.run_dir.mkdir(parents=True, exist_ok=True)
    decision = probe.of(settings)
    site = Site.of(settings, decision.settled())
    log.info("ESP is done by %s", decision.reason)
    agent = Agent(settings, site, Sealer.from_file(settings.sealing_key), owner)
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: agent.stop())
    agent.run()
