"""One part of the network in one pass: what it ought to be, what it is, and the steps between."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from landbridge.network.apply import Applier, Outcome
from landbridge.network.diff import Step, Verb, diff
from landbridge.network.drivers import routes
from landbridge.network.drivers.bird import Birds
from landbridge.network.drivers.charon import CharonError, Charons, CharonSilentError
from landbridge.network.drivers.esp import Tunnels
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.drivers.running import Running
from landbridge.network.model import Bird, Charon, Connection, Namespace, Network, Secret
from landbridge.network.names import Kind, Part
from landbridge.network.observe import Found, Observer, without_answer
from landbridge.network.plan import plan_part
from landbridge.network.plan.site import Site
from landbridge.vpn.intent import Intent
from landbridge.vpn.observed import LearntRoute


@dataclass(frozen=True, slots=True)
class Machine:
    """What all parts share: drivers that several threads may use at once."""

    running: Running
    charons: Charons
    birds: Birds
    tunnels: Tunnels


class Work:
    """One part in one pass."""

    def __init__(
        self, part: Part, intent: Intent, site: Site, machine: Machine, namespaces: Namespaces
    ) -> None:
        self.part = part
        self.intent = intent
        self.gateways = {one.id for one in intent.vpn_gateways} if part.kind is Kind.VPC else set()
        self.learnt: frozenset[LearntRoute] = frozenset()
        self.found = Found(frozenset())
        self.touched: set[str] = set()
        self._site = site
        self._charons = machine.charons
        self._namespaces = namespaces
        self._observer = Observer(
            site.names, namespaces, machine.running, machine.charons, machine.birds
        )
        self._applier = Applier(
            namespaces, machine.running, machine.charons, machine.birds, machine.tunnels
        )
        self._ought: Network = frozenset()

    def look(self) -> None:
        """See how it is, and what it ought to be: learnt routes decide on that."""
        self.learnt = frozenset(self._learnt())
        self._ought = plan_part(self.part, self.intent, self.learnt, self._site)
        self.found = self._observer.look(self.part, self._ought)

    @property
    def is_gone(self) -> bool:
        """Whether nothing of the part ought to be there, and nothing is."""
        return not self._ought and not self.found.network

    def has_child_sa(self, endpoint: str) -> bool:
        """Ask charon whether a tunnel stands; one that is there and silent may well have it."""
        try:
            return self._charons.established(endpoint).child_sas > 0
        except CharonSilentError:
            dead = without_answer(endpoint, Kind.ENDPOINTS)
            return endpoint in self.found.silent or dead in self.found.network
        except CharonError:
            return False

    def steps(self) -> tuple[Step, ...]:
        """List what is to be done; nothing to a daemon that does not answer."""
        silent = self.found.silent
        return diff(_without(self._ought, silent), _without(self.found.network, silent))

    def give_up(self, namespace: str) -> None:
        """Count a daemon that does not answer as one to be replaced."""
        silent = {name: why for name, why in self.found.silent.items() if name != namespace}
        dead = without_answer(namespace, self.part.kind)
        self.found = Found(self.found.network | {dead}, self.found.daemons, silent)

    def apply(self, steps: tuple[Step, ...]) -> Outcome:
        """Take steps."""
        outcome = self._applier.apply(steps)
        own = self._site.names.namespaces(self.part)
        made = {
            step.thing.namespace
            for step in steps
            if isinstance(step.thing, Namespace) and step.verb is not Verb.REMOVE
        }
        left = {step.before.namespace for step in steps if step.before}
        self.touched |= made | left.difference(own)
        return outcome

    def _learnt(self) -> Iterable[LearntRoute]:
        """See what the gateways of a VPC can reach, in their kernel tables: so packets go."""
        for gateway_id in self.gateways:
            namespace = self._site.names.gateway(gateway_id)
            with suppress(FileNotFoundError):  # it is still to be made
                for prefix in routes.learnt(self._namespaces, namespace):
                    yield LearntRoute(gateway_id=gateway_id, prefix=prefix)


def _without(network: Network, silent: Iterable[str]) -> Network:
    """Leave out the daemons of some namespaces, and what they have loaded."""
    names = set(silent)
    return frozenset(
        thing
        for thing in network
        if thing.namespace not in names
        or not isinstance(thing, Charon | Secret | Connection | Bird)
    )
