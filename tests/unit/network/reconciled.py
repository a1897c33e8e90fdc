"""An installation whose parts are reconciled when a test says so, on a twin of Linux."""

import sqlite3
from contextlib import closing, contextmanager
from itertools import count

from sqlalchemy import event

from landbridge.network.names import OUTSIDE, Part
from landbridge.network.plan import plan
from landbridge.network.plan.site import Site
from landbridge.network.reconcile import Reconciler
from landbridge.store import dependence, observed
from landbridge.store.read_intent import read_intent
from landbridge.store.tables.observed import ObservedResource
from landbridge.vpn.observed import LearntRoute
from unit.network.linux import NAMES, Linux
from unit.services.ec2.cloud import SEALER, START
from unit.services.ec2.sites import connect, connection, customer_gateway, vpn_gateway

SITE = Site()


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
