"""What is read for one part is enough to plan it, and leaves others' keys sealed."""

from ipaddress import IPv4Network
from random import Random

import pytest

from landbridge.network.names import Part
from landbridge.network.plan import plan_part
from landbridge.network.plan.site import Site
from landbridge.store import dependence
from landbridge.store.read_intent import read_intent
from landbridge.store.secrets import SealBrokenError, Sealer
from landbridge.vpn.observed import LearntRoute
from unit.services.ec2.cloud import SEALER
from unit.store.requests import REQUESTS, Chance, attempt, furnish

OTHER_SEALER = Sealer(b"1" * 32)


def with_payloads(network):
    """All of a network: a digest that stands for a text must not be all that is equal."""
    return {(one, getattr(one, "data", None), getattr(one, "ruleset", None),
             getattr(one, "config", None), getattr(one, "settings", None), one.owner)
            for one in network}  # fmt: skip


def test_what_is_read_for_a_part_plans_it_as_all_does(cloud):
    rng = Random(1)
    chance = Chance(cloud, rng)
    furnish(cloud, chance)
    for _ in range(40):
        attempt(cloud, chance, rng.choice([*REQUESTS]))
    with cloud.agent.reading() as session:
        whole = read_intent(session, SEALER)
        learnt = frozenset(
            LearntRoute(gateway_id=one.id, prefix=IPv4Network("192.168.0.0/16"))
            for one in whole.vpn_gateways
        )
        parts = dependence.parts(session)
        assert len(parts) > 5
        for part in parts:
            its = read_intent(session, SEALER, part)
            its_plan, plan = (plan_part(Part.of(part), one, learnt, Site()) for one in (its, whole))
            assert its_plan
            assert with_payloads(its_plan) == with_payloads(plan)


def test_only_a_connection_needs_its_keys(cloud):
    furnish(cloud, Chance(cloud, Random(0)))
    with cloud.agent.reading() as session:
        for part in dependence.parts(session):
            if part.startswith("vpn-"):
                with pytest.raises(SealBrokenError):
                    read_intent(session, OTHER_SEALER, part)
            else:
                read_intent(session, OTHER_SEALER, part)
