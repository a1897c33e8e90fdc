"""From intent to the network that ought to exist: a pure function, the heart of the agent."""

from landbridge.network.model import Network
from landbridge.network.plan import endpoints, gateways, instances, outside, vpcs
from landbridge.network.plan.site import Site
from landbridge.vpn.intent import Intent
from landbridge.vpn.observed import LearntRoute


def plan(intent: Intent, learnt: frozenset[LearntRoute], site: Site) -> Network:
    """Compute all things that ought to exist.

    `learnt` is what the gateways can reach over their VPN connections at the moment: it decides
    the propagated routes.
    """
    return frozenset(
        (
            *outside.things(site),
            *endpoints.things(intent, site),
            *gateways.things(intent, site),
            *vpcs.things(intent, learnt, site),
            *instances.things(intent, site),
        )
    )
