"""Whatever goes wrong is its own part's trouble, as long as it lasts."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from landbridge.network import reconcile
from landbridge.network.drivers.bird import BirdError
from landbridge.network.model import (
    Address,
    Bird,
    Bridge,
    Firewall,
    Namespace,
)
from landbridge.network.names import Part
from landbridge.store import observed
from landbridge.store.engine import StoreUnavailableError
from landbridge.store.tables import vpn
from landbridge.store.tables.observed import ObservedResource
from unit.network.linux import NAMES
from unit.network.reconciled import add_route, in_effect, in_endpoint, route_state, states
from unit.services.ec2.cloud import SEALER, START
from unit.services.ec2.sites import connect, connection, customer_gateway

# --- failures ---


def test_a_failure_is_its_owners_and_goes_when_it_is_over(house, site):
    house.linux.fail(OSError("no memory"), lambda one: isinstance(one, Bridge | Firewall))
    house.round()
    failed = {site.subnet, site.gateway, site.instance}
    now = states(house.cloud, site)
    assert {one for one in failed if now[one] == "pending"} == failed
    assert {site.subnet, site.gateway} <= house.troubles().keys()
    assert "no memory" in house.troubles()[site.subnet]
    assert now[site.vpc] == "available"
    house.linux.heal()
    house.settle()
    assert states(house.cloud, site) == in_effect(site)
    assert house.troubles() == {}
    assert house.linux.things == house.ought()


def test_nothing_in_a_part_is_in_effect_whose_namespace_could_not_be_made(house, site):
    house.linux.fail(OSError("no"), lambda one: one == Namespace(name=NAMES.vpc(site.vpc)))
    house.round()
    now = states(house.cloud, site)
    assert {now[site.vpc], now[site.subnet], now["attachment"]} == {"pending", "attaching"}
    assert house.troubles().keys() == {site.vpc}


def test_a_trouble_keeps_its_beginning(built, site):
    built.linux.fail(BirdError("refused"))
    built.linux.end_processes(built.linux.of(NAMES.gateway(site.gateway)))
    for _ in range(3):
        built.look(site.gateway)
        built.now += timedelta(minutes=1)
    with built.cloud.agent.reading() as session:
        (trouble,) = observed.troubles(session)
    assert (trouble.resource, trouble.since) == (site.gateway, START)


def test_a_removal_that_fails_keeps_its_own_part_only(built, site):
    cloud, linux = built.cloud, built.linux
    stuck = NAMES.endpoint(site.static, 2)
    linux.fail(OSError("busy"), lambda one: one == Namespace(name=stuck))
    for one in (site.static, site.vpn):
        cloud("DeleteVpnConnection", VpnConnectionId=one)
    built.round()
    now = states(cloud, site)
    assert (now[site.static], now[site.vpn]) == ("deleting", "deleted")
    assert built.troubles().keys() == {site.static}
    linux.heal()
    built.settle()
    assert states(cloud, site)[site.static] == "deleted"
    assert built.troubles() == {}


def test_what_nobody_foresaw_is_that_parts_trouble(built, site):
    """Also when nothing could be seen: what was in effect is still taken to be."""
    built.linux.blind.add(Part.of(site.vpc))
    cloud = built.cloud
    added = cloud.subnet(site.vpc, "10.0.2.0/24")
    results = built.round()
    assert results[site.vpc].again == reconcile.RETRY_SECONDS
    assert built.troubles() == {site.vpc: "KeyError: 'IFLA_LINKINFO'"}
    (subnet,) = cloud("DescribeSubnets", SubnetIds=[added])["Subnets"]
    assert subnet["State"] == "pending"
    assert states_but_subnets(built, site) == in_effect(site).items() - {(site.subnet, "available")}
    built.linux.heal()
    built.settle()
    assert built.troubles() == {}


def states_but_subnets(built, site):
    (described,) = built.cloud("DescribeVpcs")["Vpcs"]
    gateways = built.cloud("DescribeVpnGateways")["VpnGateways"]
    (reservation,) = built.cloud("DescribeInstances")["Reservations"]
    return {
        (site.vpc, described["State"]),
        (site.gateway, gateways[0]["State"]),
        ("attachment", gateways[0]["VpcAttachments"][0]["State"]),
        (site.instance, reservation["Instances"][0]["State"]["Name"]),
        *((one, connection(built.cloud, one)["State"]) for one in (site.static, site.vpn)),
    }


def test_a_secret_that_cannot_be_opened_is_its_connections_trouble(house, site):
    """Its gateway goes on, with the other connections."""
    with house.cloud.store.writing() as session:
        session.get(vpn.VpnTunnel, (site.vpn, 2)).pre_shared_key = SEALER.seal("x", purpose="y")
    for _ in range(2):
        house.round()
    with house.cloud.agent.reading() as session:
        generations = dict(
            session.execute(select(ObservedResource.id, ObservedResource.generation)).all()
        )
    assert site.vpn not in generations
    assert {site.gateway, site.static} <= generations.keys()
    assert None not in generations.values()
    assert house.troubles() == {site.vpn: f"cannot open what was sealed for {site.vpn}"}
    house.cloud("DeleteVpnConnection", VpnConnectionId=site.vpn)
    house.look(site.vpn)
    assert house.troubles() == {}


def test_a_part_that_fails_is_tried_less_and_less_often(built, site):
    built.linux.blind.add(Part.of(site.vpn))
    pauses = [built.look(site.vpn).again for _ in range(8)]
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    built.linux.heal()
    assert built.look(site.vpn).again is None
    built.linux.blind.add(Part.of(site.vpn))
    assert built.look(site.vpn).again == 1


def test_each_part_has_its_own_patience(built, site):
    built.linux.blind |= {Part.of(site.vpn), Part.of(site.vpc)}
    for _ in range(4):
        built.look(site.vpn)
    assert built.look(site.vpc).again == 1


def test_what_a_pass_touched_is_told_however_it_ends(house, site, monkeypatch):
    """Else those with links into what was made would wait for a reason that has been."""

    def refuse(*_, **__):
        raise StoreUnavailableError("The store's disk is full.")

    monkeypatch.setattr(observed, "report", refuse)
    assert house.look(site.vpc).touched == {NAMES.vpc(site.vpc)}


def test_a_store_that_cannot_be_written_is_nobodys_end(built, site, monkeypatch):
    add_route(built.cloud, site.static)

    def refuse(*_, **__):
        raise StoreUnavailableError("The store's disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(observed, "report", refuse)
        assert built.look(site.gateway).again == 1
    assert route_state(built.cloud, site.static) == "pending"
    built.look(site.gateway)
    assert route_state(built.cloud, site.static) == "available"
    assert built.troubles() == {}


def test_whatever_is_made_again_each_time_is_not_said_to_be_in_effect(built, site, monkeypatch):
    """Somebody takes it away as soon as it is there."""
    built.linux.things -= in_endpoint(built.linux, Address, site.vpn, 1)
    monkeypatch.setattr(built.linux, "add", lambda _: None)
    result = built.look(site.vpn)
    assert result.again == reconcile.RETRY_SECONDS


# --- static routes ---


def broken(linux, site, how):
    """A BIRD that takes no configuration: it refuses it, or hangs."""
    if how == "refuses":
        linux.fail(BirdError("syntax error"), lambda one: isinstance(one, Bird))
    else:
        linux.silent[NAMES.gateway(site.gateway)] = "timed out"


@pytest.mark.parametrize("how", ["refuses", "hangs"])
def test_static_routes_are_in_effect_only_when_their_gateways_bird_took_them(built, site, how):
    broken(built.linux, site, how)
    add_route(built.cloud, site.static)
    built.round()
    assert route_state(built.cloud, site.static) == "pending"
    assert built.troubles().keys() == {site.gateway}
    built.linux.heal()
    built.settle()
    assert route_state(built.cloud, site.static) == "available"
    assert built.troubles() == {}


@pytest.mark.parametrize("how", ["refuses", "hangs"])
def test_static_routes_are_gone_only_when_their_gateways_bird_dropped_them(built, site, how):
    cloud = built.cloud
    add_route(cloud, site.static)
    built.settle()
    broken(built.linux, site, how)
    cloud("DeleteVpnConnectionRoute", VpnConnectionId=site.static,
          DestinationCidrBlock="172.16.0.0/16")  # fmt: skip
    built.round()
    assert route_state(cloud, site.static) == "deleting"
    built.linux.heal()
    built.settle()
    assert connection(cloud, site.static)["Routes"] == []


def test_a_connection_without_a_gateway_reports_its_routes_itself(empty):
    cloud = empty.cloud
    alone = connect(cloud, customer_gateway(cloud), None, StaticRoutesOnly=True)
    connection_id = alone["VpnConnectionId"]
    empty.settle()
    add_route(cloud, connection_id)
    assert route_state(cloud, connection_id) == "pending"
    empty.look(connection_id)
    assert route_state(cloud, connection_id) == "available"
    cloud("DeleteVpnConnectionRoute", VpnConnectionId=connection_id,
          DestinationCidrBlock="172.16.0.0/16")  # fmt: skip
    empty.look(connection_id)
    assert connection(cloud, connection_id)["Routes"] == []


# --- daemons that do not answer ---


@pytest.mark.parametrize("of", ["gateway", "vpn"])
def test_a_silent_daemon_is_left_alone_for_some_looks_and_then_replaced(built, site, of):
    resource_id = getattr(site, of)
    namespace = NAMES.namespaces(Part.of(resource_id))[0]
    before = built.linux.of(namespace)
    built.linux.silent[namespace] = f"{of} in {namespace} does not answer: timed out"
    for look in (1, 2):
        result = built.look(resource_id)
        assert result.again == look, "until then it is asked again"
        assert built.linux.of(namespace) == before
        assert built.troubles() == {resource_id: built.linux.silent[namespace]}
        assert states(built.cloud, site) == in_effect(site), "as far as anybody knows"
    built.look(resource_id)
    assert built.linux.of(namespace)
    assert built.linux.of(namespace) != before
    assert built.troubles() == {}
    assert built.linux.things == built.ought()


def test_of_two_silent_charons_one_is_replaced_at_a_time(built, site):
    first, second = NAMES.namespaces(Part.of(site.vpn))
    before = {one: built.linux.of(one) for one in (first, second)}
    built.up |= {(site.vpn, 1), (site.vpn, 2)}
    built.linux.silent = dict.fromkeys((first, second), "timed out")
    for _ in range(5):
        built.look(site.vpn)
        if built.linux.of(first) != before[first]:
            built.up.discard((site.vpn, 1))
    assert built.linux.of(first) != before[first]
    assert built.linux.of(second) == before[second], "it may well carry packets"
    built.up.add((site.vpn, 1))
    built.linux.carrying.add(first)
    built.look(site.vpn)
    assert built.linux.of(second) != before[second]


def test_a_daemon_that_answers_again_is_not_replaced(built, site):
    namespace = NAMES.gateway(site.gateway)
    before = built.linux.of(namespace)
    for silent in (True, True, False, True, True):
        built.linux.silent = {namespace: "timed out"} if silent else {}
        built.look(site.gateway)
    assert built.linux.of(namespace) == before


def test_with_a_silent_daemon_the_rest_of_its_part_is_put_right(built, site):
    namespace = NAMES.gateway(site.gateway)
    built.linux.silent[namespace] = "timed out"
    firewall = {one for one in built.linux.things
                if isinstance(one, Firewall) and one.namespace == namespace}  # fmt: skip
    built.linux.things -= firewall
    built.look(site.gateway)
    assert firewall <= built.linux.things
