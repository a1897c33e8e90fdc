"""Whatever is asked for: the parts of the network that it changes are looked at, and no others'."""

from ipaddress import IPv4Network
from random import Random

from sqlalchemy import case, select

import landbridge.services.ec2  # noqa: F401 - enters its operations
from landbridge.network.names import Names, Part, short
from landbridge.network.plan import plan_part
from landbridge.network.plan.site import Site
from landbridge.services.registry import OPERATIONS
from landbridge.store import changes, dependence, observed
from landbridge.store.read_intent import read_intent
from landbridge.store.tables.base import resource_tables
from landbridge.store.tables.observed import ObservedResource
from landbridge.store.tables.vpc import SecurityGroup
from landbridge.store.tables.vpn import CustomerGateway
from landbridge.vpn.observed import LearntRoute
from unit.services.ec2.cloud import SEALER
from unit.services.ec2.sites import connect, customer_gateway
from unit.store.requests import Chance, attempt, furnish

SITE, NAMES = Site(), Names()
NOT_OF_THE_NETWORK = {
    "CreateCustomerGateway",
    "CreateSecurityGroup",
    "CreateTags",
    "DeleteCustomerGateway",
    "DeleteSecurityGroup",
    "DeleteTags",
    "ModifyVpcAttribute",
}
"Nothing in Linux changes with these."
ROUNDS = 50
"Of requests of an operation, of which most are refused: made at random."


def plans(cloud):
    """The network that ought to be, part by part; the gateways reach something."""
    with cloud.agent.reading() as session:
        intent = read_intent(session, SEALER)
        parts = dependence.parts(session)
    learnt = frozenset(
        LearntRoute(gateway_id=one.id, prefix=IPv4Network("192.168.0.0/16"))
        for one in intent.vpn_gateways
    )
    return {part: plan_part(Part.of(part), intent, learnt, SITE) for part in parts}


class Follower:
    """An agent that looks at nothing but what the log of changes leads it to."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.plans = plans(cloud)
        with cloud.agent.reading() as session:
            self.revision = changes.revision(session)

    def changed(self):
        """Name the parts whose plan is another than the last time."""
        before, self.plans = self.plans, plans(self.cloud)
        return {
            part
            for part in before.keys() | self.plans.keys()
            if before.get(part, frozenset()) != self.plans.get(part, frozenset())
        }

    def follow(self):
        """Name the parts that were affected since the last time, and report them as built."""
        with self.cloud.agent.reading() as session:
            self.revision, changed = changes.since(session, self.revision)
            parts = dependence.affected(session, changed)
        with self.cloud.agent.writing() as session:
            for part in parts:
                observed.claim(session, observed.resources(session, part))
                session.flush()
                wanted = observed.resources(session, part)
                observed.report(session, wanted, failed=(), gone=True)
        return parts

    def unfinished(self):
        """Name what would wait for ever: resources that are pending or deleting."""
        seen = ObservedResource
        with self.cloud.agent.reading() as session:
            return {
                one
                for table in resource_tables()
                if table not in (CustomerGateway, SecurityGroup)  # nothing of them is built
                for one in session.scalars(
                    select(table.id)
                    .outerjoin(seen, seen.id == table.id)
                    .where(
                        case(
                            (table.deleted_at.is_not(None), seen.id.is_not(None)),
                            else_=seen.generation.is_distinct_from(table.generation),
                        )
                    )
                )
            }


def names(rng):
    """Name the operations that change something, in any order; last those that end resources."""
    known = sorted(one.name for one in OPERATIONS.values() if not one.reads_only)
    ending = [
        one
        for one in known
        if one.startswith(("Delete", "Detach", "Terminate")) and not one.endswith("Route")
    ]
    for phase in ([one for one in known if one not in ending], ending):
        for _ in range(ROUNDS):
            yield from rng.sample(phase, len(phase))


def test_whatever_an_operation_changes_is_looked_at(cloud):
    rng = Random(1)
    chance = Chance(cloud, rng)
    furnish(cloud, chance)
    follower, seen, missed = Follower(cloud), set(), {}
    for name in names(rng):
        request = None if name in seen else attempt(cloud, chance, name)
        if request is None:
            continue
        changed, affected = follower.changed(), follower.follow()
        if not changed <= affected or follower.unfinished():
            missed[name] = request, changed - affected, follower.unfinished()
            cloud.build()
        if changed or name in NOT_OF_THE_NETWORK:
            seen.add(name)
    assert not missed
    assert seen == set(names(rng)), "each has changed something"


def test_nothing_of_one_site_depends_on_another(cloud):
    sites = []
    for number in (1, 2):
        follower = Follower(cloud)
        vpc = cloud.vpc()
        subnet = cloud.subnet(vpc)
        gateway = cloud.gateway(vpc)
        instance = cloud.run(subnet)["InstanceId"]
        customer = customer_gateway(cloud, f"20.0.0.{number}")
        connection = connect(cloud, customer, gateway)["VpnConnectionId"]
        sites.append({vpc, gateway, instance, connection})
        assert follower.follow() == sites[-1]


def stands_on(part, things, of):
    """Whether a thing of a part is in, or leads to, a namespace of another."""
    theirs = set(NAMES.namespaces(Part.of(of)))
    return part != of and any(
        {one.namespace, getattr(one, "peer_namespace", "")} & theirs for one in things
    )


def test_the_dependants_of_a_part_are_those_with_links_into_it(cloud):
    furnish(cloud, Chance(cloud, Random(0)))
    planned = plans(cloud)
    with cloud.agent.reading() as session:
        for of in planned:
            found = dependence.dependants(session, of)
            assert found == {one for one, things in planned.items() if stands_on(one, things, of)}
        outside = dependence.dependants(session, None)
        assert outside == {
            part
            for part, things in planned.items()
            if any(getattr(one, "peer_namespace", "") == NAMES.outside for one in things)
        }


def test_parts_are_named_after_those_that_they_stand_on(cloud):
    furnish(cloud, Chance(cloud, Random(0)))
    planned = plans(cloud)
    with cloud.agent.reading() as session:
        order = dependence.parts(session)
    instances = [part for part in order if part.startswith("i-")]
    for part in instances:
        for of in order[order.index(part) :]:
            assert not stands_on(part, planned[part], of)


def test_what_is_deleted_is_leaving_until_it_is_reported_gone(cloud):
    vpc = cloud.vpc()
    gateway = cloud.gateway(vpc)
    cloud("DetachVpnGateway", VpnGatewayId=gateway, VpcId=vpc)
    with cloud.agent.reading() as session:
        assert dependence.leaving(session) == {vpc, gateway}, "the attachment is of both"
    cloud.build()
    with cloud.agent.reading() as session:
        assert dependence.leaving(session) == set()
    cloud("DeleteVpnGateway", VpnGatewayId=gateway)
    with cloud.agent.reading() as session:
        assert gateway in dependence.leaving(session)


def test_what_was_deleted_before_anything_was_built_needs_no_leave(cloud):
    cloud("DeleteVpc", VpcId=cloud.vpc())
    with cloud.agent.reading() as session:
        assert dependence.leaving(session) == set()


def test_a_resource_is_known_by_the_digits_in_names_deleted_ones_too(cloud):
    vpc, other = cloud.vpc(), cloud.vpc()
    cloud("DeleteVpc", VpcId=other)
    with cloud.agent.reading() as session:
        for one in (vpc, other):
            assert dependence.resource(session, "vpc", short(one)) == one
            assert dependence.resource(session, "vgw", short(one)) is None


def test_only_the_gateway_that_is_attached_has_a_vpc(cloud):
    vpc = cloud.vpc()
    gateway = cloud.gateway(vpc)
    with cloud.agent.reading() as session:
        assert dependence.attached(session, gateway) == {vpc}
    cloud("DetachVpnGateway", VpnGatewayId=gateway, VpcId=vpc)
    with cloud.agent.reading() as session:
        assert dependence.attached(session, gateway) == set()
