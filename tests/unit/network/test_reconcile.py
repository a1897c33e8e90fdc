"""What is asked for is built and reported; whatever goes wrong is its own part's trouble."""

import sqlite3
from contextlib import closing, contextmanager
from datetime import timedelta
from ipaddress import IPv4Network
from itertools import count

import pytest
from sqlalchemy import event, select

from landbridge.network import names, reconcile, rollout, strongswan
from landbridge.network.drivers.bird import BirdError
from landbridge.network.drivers.charon import CharonError
from landbridge.network.model import (
    Address,
    Bird,
    Bridge,
    Charon,
    Connection,
    Firewall,
    Namespace,
    Secret,
    Veth,
)
from landbridge.network.names import OUTSIDE, Kind, Part
from landbridge.network.plan import plan
from landbridge.network.plan.site import Site
from landbridge.network.reconcile import Reconciler
from landbridge.store import dependence, observed
from landbridge.store.engine import StoreUnavailableError
from landbridge.store.read_intent import read_intent
from landbridge.store.tables import vpn
from landbridge.store.tables.observed import ObservedResource, ObservedRoute
from landbridge.vpn.observed import LearntRoute, TunnelStatus
from unit.network.linux import NAMES, Linux
from unit.services.ec2.cloud import SEALER, START
from unit.services.ec2.sites import connect, connection, customer_gateway, vpn_gateway

SITE = Site()
PREFIX = IPv4Network("192.168.10.0/24")


class Reconciled:
    """An installation whose parts are reconciled one after another, when a test says so."""

    def __init__(self, cloud, linux):
        self.cloud, self.linux = cloud, linux
        self.now = START
        self.up = set()
        "Of tunnels, by connection and number, as they were last seen."
        self.told_of = []
        self.reconciler = self.another()

    def another(self):
        """Another agent, which knows nothing."""
        return Reconciler(
            self.linux,
            self.cloud.agent,
            SEALER,
            SITE,
            is_up=self.up.__contains__,
            gone=self.told_of.append,
            clock=lambda: self.now,
        )

    def look(self, resource_id):
        return self.reconciler.reconcile(Part.of(resource_id) if resource_id else OUTSIDE)

    def parts(self):
        """Name what is to be there, or to go; None is the outside."""
        with self.cloud.agent.reading() as session:
            return [None, *dependence.parts(session), *sorted(dependence.leaving(session))]

    def round(self):
        """Look once at everything."""
        return {one: self.look(one) for one in self.parts()}

    def settle(self):
        """Look at everything, and again wherever there is a reason, until there is none."""
        due = self.parts()
        for _ in range(40):
            if not due:
                return
            result = self.look(due.pop(0))
            with self.cloud.agent.reading() as session:
                for name in result.touched:
                    part = NAMES.part(name)
                    if part == result.part:
                        due += dependence.dependants(session, result.part.resource_id)
                    else:
                        due.append(dependence.resource(session, part.prefix, part.short))
            if result.again is not None:
                due.append(result.part.resource_id)
        raise AssertionError(f"no end of it: {self.linux.deeds[-5:]}")

    def ought(self):
        with self.cloud.agent.reading() as session:
            intent = read_intent(session, SEALER)
        learnt = frozenset(
            LearntRoute(gateway_id=one.id, prefix=prefix)
            for one in intent.vpn_gateways
            for prefix in self.linux.learnt_routes.get(NAMES.gateway(one.id), ())
        )
        return plan(intent, learnt, SITE)

    def in_effect(self, resource_id):
        """Tell whether a connection is as it was last asked to be."""
        with self.cloud.agent.reading() as session:
            (one,) = (x for x in observed.resources(session, resource_id) if x.id == resource_id)
            return session.get(ObservedResource, one.id).generation == one.generation

    def troubles(self):
        with self.cloud.agent.reading() as session:
            return {one.resource: one.message for one in observed.troubles(session)}

    @contextmanager
    def counted_commits(self):
        commits = []
        engine = self.cloud.agent.engine

        def note(_connection):
            commits.append(1)

        event.listen(engine, "commit", note)
        try:
            yield commits
        finally:
            event.remove(engine, "commit", note)


class Site1:
    """A VPC with an instance and a gateway; a static connection, and one with BGP."""

    def __init__(self, cloud):
        self.vpc = cloud.vpc()
        self.subnet = cloud.subnet(self.vpc)
        self.instance = cloud.run(self.subnet)["InstanceId"]
        self.gateway = vpn_gateway(cloud)
        cloud("AttachVpnGateway", VpnGatewayId=self.gateway, VpcId=self.vpc)
        self.static = connect(cloud, customer_gateway(cloud), self.gateway, StaticRoutesOnly=True)[
            "VpnConnectionId"
        ]
        other = customer_gateway(cloud, "198.51.100.3")
        self.vpn = connect(cloud, other, self.gateway)["VpnConnectionId"]


class Snapshot:
    """A store and a machine as they were, to begin from again and again."""

    def __init__(self, cloud, linux):
        self._cloud, self._now = cloud, cloud.now
        self._things, self._processes = frozenset(linux.things), dict(linux.processes)
        self._store = sqlite3.connect(":memory:")
        with closing(sqlite3.connect(cloud.store.path)) as store:
            store.backup(self._store)

    def restored(self):
        with closing(sqlite3.connect(self._cloud.store.path)) as store:
            self._store.backup(store)
        self._cloud.now = self._now
        linux = Linux()
        linux.things |= self._things
        linux.processes |= self._processes
        linux.pids = count(2000)
        return self._cloud, linux


@pytest.fixture(scope="module")
def snapshots(emptied):
    """A site that was asked for; then, with everything in effect."""
    cloud, linux = emptied(), Linux()
    site = Site1(cloud)
    asked_for = Snapshot(cloud, linux)
    with pytest.MonkeyPatch.context() as patch:
        linux.install(patch)
        Reconciled(cloud, linux).settle()
    assert states(cloud, site) == in_effect(site)
    return site, asked_for, Snapshot(cloud, linux)


@pytest.fixture
def site(snapshots):
    return snapshots[0]


@pytest.fixture
def house(snapshots, monkeypatch):
    """The site, of which nothing is there."""
    return restored(snapshots[1], monkeypatch)


@pytest.fixture
def built(snapshots, monkeypatch):
    """The site, with everything in effect, and an agent that has looked at nothing yet."""
    return restored(snapshots[2], monkeypatch)


def restored(snapshot, monkeypatch):
    cloud, linux = snapshot.restored()
    linux.install(monkeypatch)
    return Reconciled(cloud, linux)


@pytest.fixture
def empty(cloud, monkeypatch):
    """Nothing, and nothing asked for."""
    linux = Linux()
    linux.install(monkeypatch)
    return Reconciled(cloud, linux)


def states(cloud, site):
    """The API's states of a site's resources."""
    (instance,) = cloud("DescribeInstances")["Reservations"][0]["Instances"]
    (gateway,) = cloud("DescribeVpnGateways", VpnGatewayIds=[site.gateway])["VpnGateways"]
    (subnet,) = cloud("DescribeSubnets")["Subnets"]
    (vpc,) = cloud("DescribeVpcs")["Vpcs"]
    return {
        site.vpc: vpc["State"],
        site.subnet: subnet["State"],
        site.instance: instance["State"]["Name"],
        site.gateway: gateway["State"],
        "attachment": gateway["VpcAttachments"][0]["State"],
        site.static: connection(cloud, site.static)["State"],
        site.vpn: connection(cloud, site.vpn)["State"],
    }


def in_effect(site):
    return {
        site.vpc: "available",
        site.subnet: "available",
        site.instance: "running",
        site.gateway: "available",
        "attachment": "attached",
        site.static: "available",
        site.vpn: "available",
    }


def route_state(cloud, connection_id):
    (route,) = connection(cloud, connection_id)["Routes"]
    return route["State"]


def add_route(cloud, connection_id, destination="172.16.0.0/16"):
    cloud("CreateVpnConnectionRoute", VpnConnectionId=connection_id,
          DestinationCidrBlock=destination)  # fmt: skip


def in_endpoint(linux, kind, connection_id, number):
    namespace = NAMES.endpoint(connection_id, number)
    return {one for one in linux.things if isinstance(one, kind) and one.namespace == namespace}


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


# --- one tunnel at a time ---

KEYS = (Secret, Connection)


def other_keys(built, site, _):
    with built.cloud.store.writing() as session:
        for number in (1, 2):
            tunnel = session.get(vpn.VpnTunnel, (site.vpn, number))
            tunnel.pre_shared_key = SEALER.seal(f"another.{number}", purpose=site.vpn)


def other_options(built, site, _):
    with built.cloud.store.writing() as session:
        for number in (1, 2):
            tunnel = session.get(vpn.VpnTunnel, (site.vpn, number))
            tunnel.options = {"Phase1EncryptionAlgorithms": ["AES256"]}


def other_settings(_, __, monkeypatch):
    text = strongswan.settings
    monkeypatch.setattr(strongswan, "settings", lambda **of: text(**of) + "  threads = 9\n")


CHANGES = {"keys": other_keys, "options": other_options, "charon's settings": other_settings}


@pytest.fixture(params=CHANGES.values(), ids=CHANGES)
def changed(built, site, request, monkeypatch):
    """Both tunnels of a connection stand, and both are to be changed."""
    for number in (1, 2):
        carry(built, site, number)
    request.param(built, site, monkeypatch)
    return built


def carry(built, site, number, *, up=True):
    """Let a tunnel come up, or go down."""
    namespace = NAMES.endpoint(site.vpn, number)
    for known, one in ((built.up, (site.vpn, number)), (built.linux.carrying, namespace)):
        known.add(one) if up else known.discard(one)


def which_are(built, site):
    """Number the tunnels whose charon has what it ought to have."""
    ought = built.ought()

    def of(things, number):
        there = NAMES.endpoint(site.vpn, number)
        return {x for x in things if x.namespace == there and isinstance(x, (*KEYS, Charon))}

    return [number for number in (1, 2) if of(ought, number) == of(built.linux.things, number)]


def test_the_second_tunnel_follows_when_the_first_is_up_again(changed, site):
    result = changed.look(site.vpn)
    assert which_are(changed, site) == [1]
    assert result.again == reconcile.RETRY_SECONDS
    assert NAMES.endpoint(site.vpn, 2) in changed.linux.carrying
    carry(changed, site, 1, up=False)
    changed.look(site.vpn)
    assert which_are(changed, site) == [1], "the first is down"
    carry(changed, site, 1)
    assert changed.look(site.vpn).again is None
    assert which_are(changed, site) == [1, 2]


def test_both_never_change_in_one_pass_whatever_is_said_of_them(changed, site, monkeypatch):
    """What was last seen of the first may be from before the change."""
    monkeypatch.setattr(changed.linux, "carrying", _Always())
    changed.look(site.vpn)
    assert which_are(changed, site) == [1]
    changed.look(site.vpn)
    assert which_are(changed, site) == [1, 2]


class _Always(set):
    def __contains__(self, _):
        return True


def test_tunnels_that_are_down_change_at_once(changed, site):
    for number in (1, 2):
        carry(changed, site, number, up=False)
    assert changed.look(site.vpn).again is None
    assert which_are(changed, site) == [1, 2]


def test_a_tunnel_waits_for_its_sibling_only_so_long(changed, site):
    changed.look(site.vpn)
    carry(changed, site, 1, up=False)
    changed.now += timedelta(seconds=rollout.PATIENCE_SECONDS - 1)
    changed.look(site.vpn)
    assert which_are(changed, site) == [1]
    changed.now += timedelta(seconds=1)
    changed.look(site.vpn)
    assert which_are(changed, site) == [1, 2]


def test_a_change_that_waits_is_not_in_effect(built, site):
    for number in (1, 2):
        carry(built, site, number)
    other_keys(built, site, None)
    with built.cloud.store.writing() as session:
        session.get(vpn.VpnConnection, site.vpn).generation += 1
    for after in (False, True):
        built.look(site.vpn)
        assert built.in_effect(site.vpn) is after
        carry(built, site, 1)
    assert built.troubles() == {}


def test_what_interrupts_nobody_waits_for_nobody(changed, site):
    """A tunnel's port is lost while both tunnels are to be changed."""
    port = in_endpoint(changed.linux, Veth, site.vpn, 2)
    changed.linux.things -= port
    carry(changed, site, 2, up=False)
    changed.look(site.vpn)
    assert port <= changed.linux.things


def test_a_connection_that_goes_waits_for_nothing(changed, site):
    changed.cloud("DeleteVpnConnection", VpnConnectionId=site.vpn)
    assert changed.look(site.vpn).again is None
    assert states(changed.cloud, site)[site.vpn] == "deleted"


def test_a_tunnel_whose_change_fails_keeps_the_other_as_it_is(changed, site):
    first = NAMES.endpoint(site.vpn, 1)
    changed.linux.fail(CharonError("no"), lambda one: one.namespace == first)
    for _ in range(3):
        changed.look(site.vpn)
    assert which_are(changed, site) == []
    assert NAMES.endpoint(site.vpn, 2) in changed.linux.carrying
    assert len(changed.troubles()) == 1
