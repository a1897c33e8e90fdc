"""From intent to the network that ought to exist: pure functions, the heart of the agent.

The network is planned part by part (`names.Part`), each from what the intent says of it and no
more; the whole is the union.
"""

from landbridge.network.model import Network
from landbridge.network.names import OUTSIDE, Kind, Part
from landbridge.network.plan import endpoints, gateways, instances, outside, vpcs
from landbridge.network.plan.site import Site
from landbridge.vpn.intent import Intent
from landbridge.vpn.observed import LearntRoute


def plan_part(part: Part, intent: Intent, learnt: frozenset[LearntRoute], site: Site) -> Network:
    """Compute the things that ought to exist of one part.

    `learnt` is what the gateways can reach over their VPN connections at the moment: it decides
    the propagated routes of a VPC.
    """
    match part.kind:
        case Kind.OUTSIDE:
            return frozenset(outside.things(site))
        case Kind.ENDPOINTS:
            of = [one for one in intent.vpn_connections if one.id == part.resource_id]
            return frozenset(thing for one in of for thing in endpoints.things(one, site))
        case Kind.GATEWAY:
            gateway = [one for one in intent.vpn_gateways if one.id == part.resource_id]
            return frozenset(
                thing for one in gateway for thing in gateways.things(one, intent, site)
            )
        case Kind.VPC:
            vpc = [one for one in intent.vpcs if one.id == part.resource_id]
            return frozenset(
                thing for one in vpc for thing in vpcs.things(one, intent, learnt, site)
            )
        case Kind.INSTANCE:
            host = [one for one in intent.instances if one.id == part.resource_id]
            return frozenset(thing for one in host for thing in instances.things(one, intent, site))


def plan(intent: Intent, learnt: frozenset[LearntRoute], site: Site) -> Network:
    """Compute all things that ought to exist."""
    resources = (intent.vpcs, intent.vpn_gateways, intent.vpn_connections, intent.instances)
    parts = [OUTSIDE, *(Part.of(one.id) for family in resources for one in family)]
    return frozenset(thing for part in parts for thing in plan_part(part, intent, learnt, site))
