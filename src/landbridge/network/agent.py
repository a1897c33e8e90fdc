"""The agent: observe, diff, apply, forever.

One reconciliation takes no input: it reads everything that ought to be and everything that is,
and puts the difference right. The bell, a daemon's end and a change of routes only say "look";
a slow tick looks anyway. Creation, repair after a crash, adoption of what runs and clean-up of
orphans are therefore one and the same.

    bell | daemon ended | routes changed | tick
      -> read intent -> plan -> look -> diff -> apply -> report
"""

import logging
import os
import selectors
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress

from landbridge import clock, sd_notify
from landbridge.network import probe
from landbridge.network.apply import Applier, Outcome
from landbridge.network.diff import diff
from landbridge.network.drivers.bird import Birds
from landbridge.network.drivers.charon import Charons
from landbridge.network.drivers.esp import Tunnels
from landbridge.network.drivers.netns import Namespaces, Process
from landbridge.network.model import Charon
from landbridge.network.names import tunnel_interface
from landbridge.network.observe import Found, Observer
from landbridge.network.plan import plan
from landbridge.network.plan.bgp import protocol
from landbridge.network.plan.site import Site
from landbridge.network.telemetry import Telemetry, Watched
from landbridge.settings import Settings
from landbridge.store import observed
from landbridge.store import signal as bell
from landbridge.store.engine import Store
from landbridge.store.read_intent import read_intent
from landbridge.store.secrets import Sealer
from landbridge.vpn.intent import Intent
from landbridge.vpn.observed import LearntRoute, TunnelStatus

log = logging.getLogger(__name__)
TICK_SECONDS = 30.0
RETRY_SECONDS = 1.0
"After a pass in which something could not be put right."
_MOST_PASSES = 4
"A pass may uncover work (a daemon restarted); more than these wait for the next wake-up."


class Agent:
    """The privileged process of one installation."""

    def __init__(self, settings: Settings, site: Site, sealer: Sealer, owner: tuple[int, int]):
        self._site = site
        self._sealer = sealer
        self._store = Store(settings.database, role="agent")
        self._namespaces = Namespaces()
        endpoints = settings.run_dir / "endpoints"
        self._charons = Charons(endpoints)
        tunnels = Tunnels(site.esp, endpoints, settings.datapath_dir)
        self._birds = Birds(settings.run_dir / "gateways")
        self._observer = Observer(site.names, self._namespaces, self._charons, self._birds)
        self._applier = Applier(self._namespaces, self._charons, self._birds, tunnels)
        self._bell = bell.listen(settings.bell, owner=owner)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._wake_read, self._wake_write = socket.socketpair()
        for end in (self._wake_read, self._wake_write):
            end.setblocking(False)
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._ends: dict[int, int] = {}
        self._stopping = False
        with self._store.reading() as session:
            known = observed.tunnels(session)
        self._telemetry = Telemetry(
            self._charons,
            self._birds,
            tunnels,
            known=known,
            publish=self._publish,
            routes_changed=self.wake,
            clock=clock.now,
        )

    def run(self) -> None:
        """Reconcile whenever there may be a reason, until `stop`."""
        self._telemetry.start()
        try:
            settled = self._try()
            sd_notify.ready()
            while not self._stopping:
                self._wait(TICK_SECONDS if settled else RETRY_SECONDS)
                settled = self._try()
        finally:
            self._telemetry.stop()
            self._namespaces.close()
            self._store.close()

    def stop(self) -> None:
        """End `run` soon; what carries traffic goes on without us."""
        self._stopping = True
        self.wake()

    def wake(self) -> None:
        """Cause a reconciliation; from any thread or signal handler."""
        with suppress(BlockingIOError):
            self._wake_write.send(b"\0")

    def _try(self) -> bool:
        """Reconcile; whatever goes wrong, the next pass is the retry."""
        try:
            return self.reconcile()
        except Exception:
            log.exception("this pass failed")
            return False

    def reconcile(self) -> bool:
        """Put right whatever differs from what ought to be, report, and say if all of it was."""
        with self._store.writing() as session:
            intent = read_intent(session, self._sealer)
            wanted = observed.generations(intent)
            observed.claim(session, wanted)
        outcome, learnt, found = self._settle(intent)
        with self._store.writing() as session:
            unfinished = outcome.failed | outcome.postponed
            in_effect = {one: at for one, at in wanted.items() if one not in unfinished}
            observed.report(session, in_effect, gone="" not in outcome.failed, wanted=set(wanted))
            observed.report_routes(session, learnt)
            observed.forget_tunnels(session, {one.id for one in intent.vpn_connections})
        self._await_ends(found.daemons)
        for thing in found.network:
            if isinstance(thing, Charon):
                self._charons.bound_log(thing.namespace)
        self._telemetry.watch(watched(intent, self._site))
        return not unfinished

    def _settle(self, intent: Intent) -> tuple[Outcome, frozenset[LearntRoute], Found]:
        outcome = Outcome(0, frozenset())
        found = self._observer.look()
        for _ in range(_MOST_PASSES):
            learnt = self._learnt(intent)
            steps = diff(plan(intent, learnt, self._site), found.network)
            if not steps:
                break
            outcome = self._applier.apply(steps)
            if outcome.postponed:
                found = self._observer.look()
            else:
                touched = {namespace for step in steps for namespace in step.namespaces}
                found = self._observer.look_again(found, touched)
            if outcome.failed:
                break
        return outcome, learnt, found

    def _learnt(self, intent: Intent) -> frozenset[LearntRoute]:
        learnt: set[LearntRoute] = set()
        for gateway in intent.vpn_gateways:
            with suppress(FileNotFoundError):  # its namespace is still to be made
                namespace = self._site.names.gateway(gateway.id)
                learnt.update(
                    LearntRoute(gateway_id=gateway.id, prefix=prefix)
                    for prefix in self._observer.learnt(namespace)
                )
        return frozenset(learnt)

    def _await_ends(self, daemons: Sequence[Process]) -> None:
        """Hear of the end of every daemon, whoever started it."""
        running = {process.pid for process in daemons}
        for pid in self._ends.keys() - running:
            self._forget_end(pid)
        for pid in running - self._ends.keys():
            with suppress(ProcessLookupError):
                self._ends[pid] = os.pidfd_open(pid)
                self._selector.register(self._ends[pid], selectors.EVENT_READ, pid)

    def _forget_end(self, pid: int) -> None:
        fd = self._ends.pop(pid)
        self._selector.unregister(fd)
        os.close(fd)
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)

    def _wait(self, seconds: float) -> None:
        for key, _ in self._selector.select(seconds):
            if key.fileobj is self._bell:
                bell.drain(self._bell)
            elif key.fileobj is self._wake_read:
                with suppress(BlockingIOError):
                    self._wake_read.recv(65536)
            else:
                log.warning("daemon %d ended", key.data)
                self._forget_end(key.data)

    def _publish(self, statuses: list[TunnelStatus]) -> None:
        with self._store.writing() as session:
            observed.report_tunnels(session, statuses)


def watched(intent: Intent, site: Site) -> frozenset[Watched]:
    """List the tunnels to watch."""
    found = set()
    for connection in intent.vpn_connections:
        gateway = site.names.gateway(connection.gateway_id) if connection.gateway_id else None
        for tunnel in connection.tunnels:
            endpoint = site.names.endpoint(connection.id, tunnel.number)
            found.add(
                Watched(
                    connection_id=connection.id,
                    number=tunnel.number,
                    endpoint=endpoint,
                    gateway=gateway,
                    interface_namespace=gateway or endpoint,
                    interface=tunnel_interface(connection.id, tunnel.number),
                    protocol=(
                        None
                        if connection.static_routes_only
                        else protocol(connection.id, tunnel.number)
                    ),
                    static_routes=len(connection.static_routes),
                )
            )
    return frozenset(found)


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
