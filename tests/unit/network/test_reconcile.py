"""What is asked for is built and reported, and nothing is done twice."""

from ipaddress import IPv4Network

import pytest
from sqlalchemy import select

from landbridge.network import names
from landbridge.network.drivers.bird import BirdError
from landbridge.network.model import (
    Bird,
    Bridge,
    Namespace,
)
from landbridge.network.names import Kind, Part
from landbridge.store import observed
from landbridge.store.tables import vpn
from landbridge.store.tables.observed import ObservedRoute
from landbridge.vpn.observed import TunnelStatus
from unit.network.linux import NAMES
from unit.network.reconciled import add_route, in_effect, states
from unit.services.ec2.cloud import START

PREFIX = IPv4Network("192.168.10.0/24")

# --- building and removing ---


def test_what_is_asked_for_is_built_and_reported(house, site):
    assert set(states(house.cloud, site).values()) == {"pending", "attaching"}
    house.settle()
    assert house.linux.things == house.ought()
    assert states(house.cloud, site) == in_effect(site)
    assert house.troubles() == {}


def test_in_whatever_order_parts_are_looked_at_nothing_fails(house, site):
    """What stands on another part waits for it, and nobody is in trouble for that."""
    everything = (site.instance, site.vpn, site.static, site.vpc, site.gateway, None)
    for one in everything:
        result = house.look(one)
        assert result.again is None, "there will be a reason"
        assert house.troubles() == {}
    assert states(house.cloud, site)[site.vpn] == "pending"
    for _ in range(2):
        for one in everything:
            house.look(one)
    assert house.linux.things == house.ought()
    assert states(house.cloud, site) == in_effect(site)


def test_a_change_is_pending_until_it_is_in_effect(built, site):
    add_route(built.cloud, site.static)
    assert not built.in_effect(site.static)
    built.look(site.gateway)
    built.look(site.static)
    assert built.in_effect(site.static)
    assert built.linux.things == built.ought()


def test_another_agent_finds_all_as_it_is(built):
    deeds = len(built.linux.deeds)
    built.reconciler = built.another()
    built.round()
    assert len(built.linux.deeds) == deeds


def test_what_is_lost_is_made_again(built, site):
    built.linux.remove(NAMES.vpc(site.vpc))
    built.linux.end_processes(built.linux.of(NAMES.endpoint(site.vpn, 1)))
    built.settle()
    assert built.linux.things == built.ought()


def test_what_is_deleted_goes_and_is_reported_gone(built, site):
    cloud = built.cloud
    with cloud.agent.writing() as session:
        observed.report_tunnels(session, [down(site.vpn, 1), down(site.static, 1)])
    cloud("DeleteVpnConnection", VpnConnectionId=site.vpn)
    assert states(cloud, site)[site.vpn] == "deleting"
    built.look(site.vpn)
    assert built.told_of == [site.vpn], "before its statuses are dropped"
    assert states(cloud, site) == in_effect(site) | {site.vpn: "deleted"}
    with cloud.agent.reading() as session:
        assert [one.connection_id for one in observed.tunnels(session)] == [site.static]
    built.settle()
    assert built.linux.things == built.ought()


def down(connection_id, number):
    return TunnelStatus(
        connection_id=connection_id, number=number, up=False, message="IPSEC IS DOWN",
        last_change=START, accepted_routes=0,
    )  # fmt: skip


def test_a_pass_tells_what_others_hang_on(built, site):
    built.linux.remove(NAMES.vpc(site.vpc))
    assert built.look(site.vpc).touched == {NAMES.vpc(site.vpc)}
    assert built.look(site.vpc).touched == set()
    cloud = built.cloud
    with cloud.store.writing() as session:
        session.get(vpn.VpnConnection, site.vpn).vpn_gateway_id = None
    left = NAMES.gateway(site.gateway)
    assert built.look(site.vpn).touched == {left}, "its BIRD need not wait for a round"


def test_a_pass_tells_whose_part_it_was(built, site):
    """Heard of by its namespace's name, it is told with its resource's id."""
    built.linux.remove(NAMES.vpc(site.vpc))
    result = built.reconciler.reconcile(NAMES.part(NAMES.vpc(site.vpc)))
    assert result.part.resource_id == site.vpc


def test_the_connection_is_told_as_long_as_it_is_to_be_there(built, site):
    assert built.look(site.vpn).connection.id == site.vpn
    assert built.look(site.gateway).connection is None
    built.cloud("DeleteVpnConnection", VpnConnectionId=site.vpn)
    assert built.look(site.vpn).connection is None


# --- parts known by a name only ---


def test_a_part_that_is_known_by_its_name_only_is_found_out(built, site):
    for kind, resource_id in (
        (Kind.VPC, site.vpc),
        (Kind.GATEWAY, site.gateway),
        (Kind.ENDPOINTS, site.vpn),
        (Kind.INSTANCE, site.instance),
    ):
        built.reconciler.reconcile(Part(kind, names.short(resource_id)))
    assert built.linux.things == built.ought()


@pytest.mark.parametrize("name", ["lbv-00000000ff", "lbe-00000000ff-2", "lbg-f", "lbi-00000000ff"])
def test_an_orphan_is_removed(built, name):
    built.linux.things |= {Namespace(name=name), Bridge(namespace=name, name="s00000000ff")}
    assert built.reconciler.reconcile(NAMES.part(name)).again is None
    assert built.linux.things == built.ought()
    assert built.troubles() == {}


def test_what_is_left_half_made_by_nobody_is_removed(built):
    built.linux.things.add(Namespace(name="lbv-00000000ff", whole=False))
    built.reconciler.reconcile(NAMES.part("lbv-00000000ff"))
    assert built.linux.things == built.ought()


def test_a_name_that_is_the_end_of_anothers_is_not_its(built, site):
    """It is an orphan, and the VPC of the longer name is not touched for it."""
    name = NAMES.vpc(site.vpc[-4:])
    built.linux.things.add(Namespace(name=name))
    deeds = len(built.linux.deeds)
    built.reconciler.reconcile(NAMES.part(name))
    assert built.linux.deeds[deeds:] == [f"remove {Namespace(name=name)}"]
    assert built.linux.things == built.ought()


# --- learnt routes ---


def learnt(cloud):
    with cloud.agent.reading() as session:
        return {(one.gateway_id, one.prefix) for one in session.scalars(select(ObservedRoute))}


def test_what_a_gateway_reaches_is_propagated_and_reported(built, site):
    cloud = built.cloud
    table = cloud.main_table(site.vpc)["RouteTableId"]
    cloud("EnableVgwRoutePropagation", RouteTableId=table, GatewayId=site.gateway)
    built.linux.learnt_routes[NAMES.gateway(site.gateway)] = {PREFIX}
    built.look(site.vpc)
    assert learnt(cloud) == {(site.gateway, str(PREFIX))}
    assert built.linux.things == built.ought()
    built.linux.learnt_routes.clear()
    built.look(site.vpc)
    assert learnt(cloud) == set()


def test_what_a_gateway_reached_is_forgotten_when_it_is_detached(built, site):
    built.linux.learnt_routes[NAMES.gateway(site.gateway)] = {PREFIX}
    built.look(site.vpc)
    built.cloud("DetachVpnGateway", VpnGatewayId=site.gateway, VpcId=site.vpc)
    built.settle()
    assert learnt(built.cloud) == set()


# --- writing ---


def test_nothing_is_written_when_nothing_has_changed(built):
    built.round()
    with built.counted_commits() as commits:
        built.round()
    assert commits == []


def test_nothing_is_written_while_the_same_fails(built, site):
    built.linux.fail(BirdError("refused"), lambda one: isinstance(one, Bird))
    add_route(built.cloud, site.static)
    built.look(site.gateway)
    with built.counted_commits() as commits:
        built.look(site.gateway)
    assert commits == []
