"""Wherever there may be a reason, the agent looks; and at everything by turns."""

import os
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import replace
from math import inf
from time import monotonic

import pytest

from landbridge.network import agent as under_test
from landbridge.network import names, workers
from landbridge.network.agent import Agent
from landbridge.network.drivers import netns
from landbridge.network.drivers.netns import Process
from landbridge.network.names import OUTSIDE, Kind, Part
from landbridge.network.observe import Found
from landbridge.network.plan.site import Site
from landbridge.network.reconcile import Result
from landbridge.settings import Settings
from landbridge.store import changes, signal
from unit.network.linux import NAMES
from unit.services.ec2.cloud import SEALER
from unit.services.ec2.sites import connect, customer_gateway, vpn_gateway

PATIENCE = 10.0
OWNER = (os.getuid(), os.getgid())


class Passes:
    """In the place of the reconciler: notes which parts are looked at, and what comes of that."""

    def __init__(self):
        self.change = threading.Condition()
        self.looked = []
        self.results = {}
        "What the next pass of a part comes to, by its name."
        self.failing = set()
        self.looked_when_ready = []

    def ready(self):
        self.looked_when_ready = list(self.looked)

    def __call__(self, *_, **__):
        return self

    def reconcile(self, part):
        with self.change:
            self.looked.append(part)
            result = Result(part, None, Found(frozenset()), None, frozenset())
            result = replace(result, **self.results.pop(part, {}))
            self.change.notify_all()
        if part in self.failing:
            raise RuntimeError(part)
        return result

    def until(self, condition):
        end = monotonic() + PATIENCE
        with self.change:
            while not condition():
                assert monotonic() < end, self.looked
                self.change.wait(0.01)

    def await_looks(self, *parts):
        """Wait for looks at exactly these, in any order."""
        wanted = sorted(map(str, parts))
        self.until(lambda: len(self.looked) >= len(wanted))
        found, self.looked = self.looked, []
        assert sorted(map(str, found)) == wanted


@pytest.fixture
def passes(monkeypatch):
    made = Passes()
    monkeypatch.setattr(under_test, "Reconciler", made)
    return made


@pytest.fixture
def namespaces(monkeypatch, tmp_path):
    """The directory of the machine's namespaces."""
    directory = tmp_path / "netns"
    directory.mkdir()
    monkeypatch.setattr(netns, "NETNS_DIRECTORY", directory)
    return directory


@pytest.fixture
def settings(cloud, tmp_path, monkeypatch, namespaces):  # noqa: ARG001
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    monkeypatch.setattr(Settings, "database", cloud.store.path)
    monkeypatch.setattr(under_test, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(under_test, "ROUND_SECONDS", inf)  # nothing is looked at by turns
    monkeypatch.setattr(workers, "RETRY_SECONDS", 0.05)
    return Settings(run_dir=run_dir, state_dir=tmp_path)


@contextmanager
def running(settings, passes, *first):
    """An agent that has looked at these parts, and at nothing else, and says that it is ready."""
    ready = threading.Event()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(under_test.sd_notify, "ready", lambda: (passes.ready(), ready.set()))
        agent = Agent(settings, Site(), SEALER, OWNER)
        thread = threading.Thread(target=agent.run)
        thread.start()
        try:
            assert ready.wait(PATIENCE)
            passes.await_looks(OUTSIDE, *first)
            yield agent
        finally:
            agent.stop()
            thread.join(PATIENCE)
            assert not thread.is_alive()


class Site1:
    """A VPC with an instance and a gateway with a connection."""

    def __init__(self, cloud):
        self.vpc = cloud.vpc()
        self.instance = cloud.run(cloud.subnet(self.vpc))["InstanceId"]
        self.gateway = vpn_gateway(cloud)
        cloud("AttachVpnGateway", VpnGatewayId=self.gateway, VpcId=self.vpc)
        answer = connect(cloud, customer_gateway(cloud), self.gateway, StaticRoutesOnly=True)
        self.vpn = answer["VpnConnectionId"]

    def __iter__(self):
        return iter((self.vpc, self.instance, self.gateway, self.vpn))


@pytest.fixture
def site(cloud):
    return Site1(cloud)


def test_it_begins_with_everything(settings, passes, site):
    with running(settings, passes, *site):
        pass


def test_it_begins_with_what_others_stand_on(settings, passes, site, monkeypatch):
    monkeypatch.setattr(under_test, "_THREADS", 1)
    looked = passes.looked
    with running(settings, passes, *site):
        assert [part.kind for part in looked] == list(Kind)


def test_it_begins_with_what_is_left_as_well(settings, passes, cloud, namespaces):
    """Of what was deleted, of what nobody knows, and of a daemon's files; of nobody else's."""
    gone = cloud.vpc()
    cloud.build()
    cloud("DeleteVpc", VpcId=gone)
    (namespaces / "lbe-00000000ff-1").touch()
    (namespaces / "lbe-00000000ff-2").touch()
    (namespaces / "blue").touch()
    (settings.run_dir / "gateways" / "lbg-00000000fe").mkdir(parents=True)
    with running(settings, passes, gone, "e-00000000ff", "g-00000000fe"):
        pass


def test_the_bell_leads_to_the_parts_that_a_change_affects(settings, passes, cloud, site):
    cloud.build()
    with running(settings, passes, *site):
        cloud("CreateVpnConnectionRoute", VpnConnectionId=site.vpn,
              DestinationCidrBlock="172.16.0.0/16")  # fmt: skip
        signal.ring(settings.bell)
        passes.await_looks(site.vpn, site.gateway)


def test_a_change_without_a_bell_is_found_within_a_tick(settings, passes, cloud, site):
    with running(settings, passes, *site):
        cloud("TerminateInstances", InstanceIds=[site.instance])
        passes.await_looks(site.instance)


def test_a_change_is_not_lost_while_the_store_cannot_be_read(settings, passes, cloud, monkeypatch):
    with running(settings, passes):
        broken = threading.Event()
        since = changes.since

        def refuse(*of):
            if not broken.is_set():
                broken.set()
                raise OSError("the disk does not read")
            return since(*of)

        monkeypatch.setattr(changes, "since", refuse)
        assert broken.wait(PATIENCE)
        passes.await_looks(cloud.vpc())


@pytest.mark.parametrize("of", ["vpc", "gateway"])
def test_what_hangs_on_what_was_made_is_looked_at(settings, passes, site, of):
    """The instances and the connections had been waiting, or have lost their links."""
    resource_id = getattr(site, of)
    namespace = NAMES.namespaces(Part.of(resource_id))[0]
    passes.results[Part.of(resource_id)] = {"touched": frozenset({namespace})}
    dependants = {"vpc": [site.instance], "gateway": [site.vpn, site.vpc]}[of]
    with running(settings, passes, *site, *dependants):
        pass


def test_it_is_ready_when_that_has_been_looked_at_too(settings, passes, site):
    passes.results[Part.of(site.vpc)] = {"touched": frozenset({NAMES.vpc(site.vpc)})}
    with running(settings, passes, *site, site.instance):
        assert passes.looked_when_ready.count(Part.of(site.instance)) == 2


def test_it_is_so_for_a_part_that_was_known_by_its_name_only(settings, passes, site, namespaces):
    """Somebody removed a namespace by hand: the reconciler found out whose it was."""
    namespace = NAMES.vpc(site.vpc)
    (namespaces / namespace).touch()
    with running(settings, passes, *site):
        passes.results[Part.of(site.vpc)] = {
            "touched": frozenset({namespace}),
            "part": Part.of(site.vpc),
        }
        (namespaces / namespace).unlink()
        passes.await_looks(f"v-{names.short(site.vpc)}", site.instance)


def test_all_connections_hang_on_the_outside(settings, passes, site):
    passes.results[OUTSIDE] = {"touched": frozenset({NAMES.outside})}
    with running(settings, passes, *site, site.vpn):
        pass


def test_a_gateway_that_a_connection_has_left_is_looked_at(settings, passes, site):
    left = NAMES.gateway("vgw-000000000000000ff")
    passes.results[Part.of(site.vpn)] = {"touched": frozenset({left})}
    with running(settings, passes, *site, "g-00000000ff"):
        pass


def test_the_end_of_a_daemon_leads_to_its_part(settings, passes, site):
    """It is nobody's child, or ours: either way it is heard of, and leaves no zombie."""
    with subprocess.Popen(["sleep", "60"]) as daemon:
        found = Found(frozenset(), (Process(daemon.pid, "bird"),))
        passes.results[Part.of(site.gateway)] = {"found": found}
        with running(settings, passes, *site):
            daemon.kill()
            passes.await_looks(site.gateway)
            with pytest.raises(ChildProcessError):
                os.waitpid(daemon.pid, os.WNOHANG)


def test_a_namespace_that_is_removed_by_hand_is_looked_at_at_once(settings, passes, namespaces):
    (namespaces / "lbi-00000000ff").touch()
    with running(settings, passes, "i-00000000ff"):
        (namespaces / "lbi-00000000ff").unlink()
        passes.await_looks("i-00000000ff")


def test_a_namespace_that_appears_is_looked_at_once_it_may_be_done(
    settings, passes, namespaces, monkeypatch
):
    monkeypatch.setattr(under_test, "_SETTLED_SECONDS", 0.1)
    with running(settings, passes):
        (namespaces / "lbi-00000000ff").touch()
        (namespaces / "blue").touch()
        passes.await_looks("i-00000000ff")


def test_one_part_after_another_is_looked_at_anyway(settings, passes, site, monkeypatch):
    monkeypatch.setattr(under_test, "TICK_SECONDS", 0.001)
    monkeypatch.setattr(under_test, "ROUND_SECONDS", 0.01)
    with running(settings, passes, *site):
        passes.until(lambda: {str(one) for one in passes.looked} >= {"outside", *site})


def test_a_pass_that_fails_is_tried_again_and_ends_nothing(settings, passes, cloud):
    vpc = cloud.vpc()
    passes.failing.add(Part.of(vpc))
    with running(settings, passes, vpc):
        passes.until(lambda: len(passes.looked) > 2)
        passes.failing.clear()
        with passes.change:
            passes.looked.clear()
        another = cloud.vpc("10.1.0.0/16")
        passes.until(lambda: Part.of(another) in passes.looked)


def test_a_part_is_tried_again_when_its_pass_says(settings, passes, cloud):
    vpc = cloud.vpc()
    passes.results[Part.of(vpc)] = {"again": 0.01}
    with running(settings, passes, vpc, vpc):
        pass


def test_it_is_ready_though_a_part_is_never_done(settings, passes, cloud, monkeypatch):
    monkeypatch.setattr(under_test, "FIRST_ROUND_SECONDS", 0.2)
    vpc = cloud.vpc()
    hanging = threading.Event()
    reconcile = passes.reconcile

    def hang(part):
        result = reconcile(part)
        if part == Part.of(vpc):
            hanging.wait(PATIENCE)
        return result

    monkeypatch.setattr(passes, "reconcile", hang)
    monkeypatch.setattr(workers, "_STOP_SECONDS", 0.2)
    with running(settings, passes, vpc):
        another = cloud.vpc("10.1.0.0/16")
        passes.await_looks(another)
    hanging.set()
