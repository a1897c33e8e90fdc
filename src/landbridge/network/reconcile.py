"""Put one part of the network right: read, plan, look, diff, apply, report.

One reconciliation takes no input but whose part it is: it reads everything that ought to be and
everything that is, and puts the difference right. Creation, repair after a crash, adoption of what
runs and clean-up of orphans are therefore one and the same. Several parts are reconciled side by
side, by a thread each; whatever goes wrong in one is reported as its trouble and tried again.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from landbridge.network import names, rollout
from landbridge.network.apply import Outcome
from landbridge.network.drivers.netns import Namespaces, end_processes
from landbridge.network.names import Kind, Part
from landbridge.network.observe import Found
from landbridge.network.plan.site import Site
from landbridge.network.rollout import tunnel_of_thing
from landbridge.network.tunnel_status import Key
from landbridge.network.work import Machine, Work
from landbridge.store import dependence, observed
from landbridge.store.engine import Store
from landbridge.store.observed import Wanted
from landbridge.store.read_intent import read_intent
from landbridge.store.secrets import SealBrokenError, Sealer
from landbridge.vpn.intent import Intent, VpnConnection

log = logging.getLogger(__name__)
RETRY_SECONDS = 1.0
"After a pass in which something could not be put right, the first time."
LONGEST_RETRY_SECONDS = 30.0
_MOST_ROUNDS = 4
"A pass may uncover work (a daemon restarted); more than these wait for the next."
_MANY_FAILURES = 3
"Passes in a row after which what is put off is a trouble, too."
_SILENT_LOOKS = 3
"A daemon that has not answered in so many looks in a row is replaced."


@dataclass(slots=True)
class _Memory:
    """What a part's passes have to tell the next."""

    failures: int = 0
    waiting: frozenset[str] = frozenset()
    "The tunnels whose change waits for their sibling, and since when."
    since: datetime | None = None
    reported: object = None
    "What was written last."
    silent: Counter[str] = field(default_factory=Counter)
    "In how many looks in a row a namespace's daemon has not answered."
    touched: set[str] = field(default_factory=set)
    "By this pass, whatever becomes of it; see `Result`."


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a pass."""

    part: Part
    "With its resource's id, if there is a resource."
    again: float | None
    "Seconds after which to try again; None: when there is a reason."
    found: Found
    "As it was at the end."
    connection: VpnConnection | None
    "The one whose part it is, if it is to be there."
    touched: frozenset[str]
    "Namespaces that were made, and others' that something has left."


class Reconciler:
    """Reconciles parts; each by one thread at a time."""

    def __init__(
        self,
        machine: Machine,
        store: Store,
        sealer: Sealer,
        site: Site,
        *,
        is_up: Callable[[Key], bool],
        gone: Callable[[str], None],
        clock: Callable[[], datetime],
    ) -> None:
        self._machine = machine
        self._store = store
        self._sealer = sealer
        self._site = site
        self._is_up = is_up
        "Whether a tunnel was up when last looked at."
        self._gone = gone
        "Told of a VPN connection that is going, before its tunnels do."
        self._clock = clock
        self._memories: dict[Part, _Memory] = {}

    def reconcile(self, part: Part) -> Result:
        """Put right whatever differs in a part from what ought to be, and report."""
        memory = self._memories.setdefault(part, _Memory())
        memory.touched = set()
        try:
            part = self._identified(part)
            result = self._pass(part, memory)
        except SealBrokenError as error:
            result = self._failed(part, memory, str(error))
        except Exception as error:
            log.exception("%s: this pass failed", part)
            result = self._failed(part, memory, f"{type(error).__name__}: {error}")
        if result.again is None:
            memory.failures = 0
            if not result.found.network:
                del self._memories[part]
        return result

    def _identified(self, part: Part) -> Part:
        """Find out whose a part is that is known by a namespace's name only."""
        if part.resource_id or part.kind is Kind.OUTSIDE:
            return part
        with self._store.reading() as session:
            resource_id = dependence.resource(session, part.prefix, part.short)
        whole = resource_id and names.short(resource_id) == part.short
        return replace(part, resource_id=resource_id if whole else None)

    def _failed(self, part: Part, memory: _Memory, why: str) -> Result:
        """Nothing is known to be in effect or gone: the report of that stays as it was."""
        log.warning("%s: %s", part, why)
        with suppress(Exception), self._store.writing() as session:
            observed.report_troubles(session, str(part), {str(part): why}, self._clock())
        memory.reported = None
        touched = frozenset(memory.touched)
        return Result(part, self._pause(memory), Found(frozenset()), None, touched)

    def _pass(self, part: Part, memory: _Memory) -> Result:
        intent, wanted = self._read(part)
        if part.kind is Kind.ENDPOINTS and not intent.vpn_connections:
            self._gone(str(part))
        with Namespaces() as namespaces:
            work = Work(part, intent, self._site, self._machine, namespaces)
            memory.touched = work.touched
            outcome, waiting = self._settle(work, memory)
        connection = next(iter(intent.vpn_connections), None)
        self._report(work, memory, wanted, outcome, waits=bool(waiting))
        self._tidy(work)
        return Result(
            part=part,
            again=self._again(outcome, waiting, work.found, memory),
            found=work.found,
            connection=connection if part.kind is Kind.ENDPOINTS else None,
            touched=frozenset(work.touched),
        )

    def _tidy(self, work: Work) -> None:
        """Keep daemons' logs short; remove their files with what they were for."""
        for namespace in self._site.names.namespaces(work.part):
            if work.is_gone:
                end_processes(self._machine.running.astray(namespace))
                self._machine.charons.forget(namespace)
                self._machine.birds.forget(namespace)
            elif work.part.kind is Kind.ENDPOINTS:
                self._machine.charons.bound_log(namespace)

    def _read(self, part: Part) -> tuple[Intent, tuple[Wanted, ...]]:
        """Read what ought to be, and claim what is new in it before anything is built."""
        if part.resource_id is None:
            return Intent(), ()
        with self._store.reading() as session:
            wanted = observed.resources(session, part.resource_id)
            if all(one.claimed for one in wanted):
                return read_intent(session, self._sealer, part.resource_id), wanted
        with self._store.writing() as session:
            wanted = observed.resources(session, part.resource_id)
            observed.claim(session, wanted)
            return read_intent(session, self._sealer, part.resource_id), wanted

    def _settle(self, work: Work, memory: _Memory) -> tuple[Outcome, frozenset[str]]:
        """Look and apply until nothing is to be done that can be done now.

        A tunnel that waits does so until the next pass: by then it has been seen what became of
        its sibling.
        """
        outcome, waiting = Outcome(), frozenset[str]()
        for _ in range(_MOST_ROUNDS):
            work.look()
            self._count_silent(work, memory)
            steps = [one for one in work.steps() if tunnel_of_thing(one.thing) not in waiting]
            admission = rollout.admit(
                steps,
                self._up(work) if steps else (),
                patience_over=self._patience_is_over(memory),
            )
            waiting |= admission.waiting
            if waiting != memory.waiting:
                memory.waiting, memory.since = waiting, self._clock()
            if not admission.now:
                break
            outcome = work.apply(admission.now)
            if outcome.failed or outcome.blocked:
                work.look()
                break
        else:  # nobody has seen whether it lasts
            outcome = replace(
                outcome, postponed=frozenset(one.thing.owner for one in admission.now)
            )
        return outcome, waiting

    def _up(self, work: Work) -> set[str]:
        """Name the endpoints whose tunnels are up: so they were seen, and so charon says."""
        return {
            namespace
            for number, namespace in enumerate(self._site.names.namespaces(work.part), start=1)
            if self._is_up((str(work.part), number)) and work.has_child_sa(namespace)
        }

    def _patience_is_over(self, memory: _Memory) -> bool:
        if not memory.waiting or memory.since is None:
            return False
        return self._clock() - memory.since >= timedelta(seconds=rollout.PATIENCE_SECONDS)

    def _count_silent(self, work: Work, memory: _Memory) -> None:
        """Replace what has been silent for several looks; until then it is left as it is."""
        silent = work.found.silent
        memory.silent = Counter({name: memory.silent[name] + 1 for name in silent})
        for namespace, looks in memory.silent.items():
            if looks == _SILENT_LOOKS:
                log.warning("%s; it is replaced", silent[namespace])
            if looks >= _SILENT_LOOKS:
                work.give_up(namespace)

    @staticmethod
    def _troubles(work: Work, memory: _Memory, outcome: Outcome) -> dict[str, str]:
        """Say what is wrong, by resource."""
        part = work.part
        troubles = {owner or str(part): why for owner, why in outcome.failed.items()}
        for namespace, why in work.found.silent.items():
            troubles.setdefault(part.resource_id or namespace, why)
        if memory.failures >= _MANY_FAILURES:
            for owner in outcome.postponed:
                troubles.setdefault(owner or str(part), "put off again and again: see agent.log")
        return troubles

    def _report(
        self,
        work: Work,
        memory: _Memory,
        wanted: Collection[Wanted],
        outcome: Outcome,
        *,
        waits: bool,
    ) -> None:
        """Write what is in effect, what is gone and what is wrong, if it differs from before."""
        part, silent = work.part, work.found.silent
        troubles = self._troubles(work, memory, outcome)
        unfinished = {*outcome.failed, *outcome.postponed, *outcome.blocked}
        if waits or silent:
            unfinished.add(part.resource_id or "")
        gone = unfinished.isdisjoint({"", part.resource_id})
        if part.resource_id in unfinished:  # a static route has nothing of its own in Linux
            unfinished.update(one.id for one in wanted)
        news = ({(one.id, one.generation, one.deleted) for one in wanted}, unfinished, troubles,
                work.learnt)  # fmt: skip
        if news == memory.reported:
            return
        with self._store.writing() as session:
            observed.report(session, wanted, failed=unfinished, gone=gone)
            observed.report_troubles(session, str(part), troubles, self._clock())
            if part.kind is Kind.VPC:
                observed.report_routes(session, work.gateways, work.learnt)
            if part.kind is Kind.ENDPOINTS and part.resource_id and not work.intent.vpn_connections:
                observed.forget_tunnels(session, part.resource_id)
        memory.reported = news

    def _again(
        self, outcome: Outcome, waiting: frozenset[str], found: Found, memory: _Memory
    ) -> float | None:
        if outcome.failed or outcome.postponed or found.silent:
            return self._pause(memory)
        return RETRY_SECONDS if waiting else None

    def _pause(self, memory: _Memory) -> float:
        """Wait longer each time: what fails for good must not keep the machine busy."""
        pause = min(RETRY_SECONDS * 2.0**memory.failures, LONGEST_RETRY_SECONDS)
        memory.failures = min(memory.failures + 1, 10)
        return pause
