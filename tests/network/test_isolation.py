"""One customer's trouble is said, mended, and reaches nobody else.

a's site -- a's device == a's gateway -- a's VPC        something is wrong here
b's site -- b's device == b's gateway -- b's VPC        nobody here notices
"""

import json
import os
import resource
import signal
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from landbridge.network.drivers import bird, charon, espd, netns
from landbridge.store import observed
from landbridge.store.engine import Store, StoreUnavailableError
from network.conftest import installed
from network.installation import Installation, Pinger, ping, wait_until
from network.leftovers import nothing_is_left
from network.world import World

USUAL_SECONDS = 5.0
"In which a change happens that nothing holds up, many times over; a daemon's time-out is longer."
NOISE = 5
"Pings, a tenth of a second, that a failover may lose more than another on a machine with company."
FEW_DESCRIPTORS = 160


class Pair:
    """Two customers of one installation."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.a = World(installation).build()
        self.b = World(installation)
        self.b.build_vpc(cidr="10.1.0.0/16", subnet="10.1.1.0/24")
        self.b.build_connection()
        self.b.build_site()
        wait_until(lambda: self.b.up() == 2, "b's tunnels are up")
        wait_until(lambda: ping(self.b.device.host, self.b.address), "b's pings are answered")
        self.usual = failover(self.b)
        "Pings that a failover costs when all is well."

    def whole(self) -> None:
        """Wait until both are as they were."""
        for world in (self.a, self.b):
            wait_until(lambda world=world: world.up() == 2, "both tunnels are up")
        wait_until(lambda: not troubles(self.installation), "nobody has troubles")


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    with installed("lbi") as installation:
        yield Pair(installation)


@contextmanager
def hearing(installation: Installation) -> Iterator[set[str]]:
    """The resources of which trouble is said meanwhile, however soon it is over."""
    heard: set[str] = set()
    over = threading.Event()

    def listen() -> None:
        store = Store(installation.directory / "state" / "landbridge.sqlite", role="reader")
        while not over.wait(0.1):
            with suppress(StoreUnavailableError), store.reading() as session:
                heard.update(one.resource for one in observed.troubles(session))
        store.close()

    listener = threading.Thread(target=listen)
    listener.start()
    try:
        yield heard
    finally:
        over.set()
        listener.join()


def troubles(installation: Installation) -> dict[str, str]:
    """What `landbridge status` says is wrong: resources with messages."""
    status = json.loads(installation.landbridge("status", "--json", check=False).stdout)
    assert all(one["since"] for one in status["troubles"])
    return {one["resource"]: one["message"] for one in status["troubles"]}


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process that is there and does nothing; killed at the end if nobody has replaced it."""
    pidfd = os.pidfd_open(pid)
    signal.pidfd_send_signal(pidfd, signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
        os.close(pidfd)


def daemon(namespace: str, program: str) -> int:
    """The pid of a daemon in a namespace."""
    found = [one.pid for one in netns.processes()[namespace] if one.program == program]
    if not found:
        pytest.skip("here the kernel does ESP")
    return found[0]


def failover(world: World) -> int:
    """Fail the tunnel in use and enable it again; returns the pings lost at the failure."""
    pinger = Pinger(world.device.host, world.address)
    world.device.fail(1)
    try:
        wait_until(
            lambda: world.telemetry()[0][0] == "DOWN", "the tunnel is down", seconds=USUAL_SECONDS
        )
        wait_until(
            lambda: ping(world.device.host, world.address),
            "the other is used",
            seconds=USUAL_SECONDS,
        )
        sent, lost = pinger.stop()
    finally:
        world.device.restore(1)
    assert sent > 0
    return lost


def change(world: World) -> None:
    """A new connection and a new route take effect, as soon as usual, and go again."""
    another = World(world.installation)
    another.vgw = world.vgw
    another.create_connection()
    wait_until(
        lambda: another.connection()["State"] == "available",
        "a new connection is available",
        seconds=USUAL_SECONDS,
    )
    route = {"RouteTableId": world.route_table, "DestinationCidrBlock": "172.16.5.0/24"}
    world.ec2.create_route(**route, GatewayId=world.vgw)
    wait_until(
        lambda: "172.16.5.0/24" in kernel_routes(world.vpc_namespace),
        "the kernel has the new route",
        seconds=USUAL_SECONDS,
    )
    world.ec2.delete_route(**route)
    world.ec2.delete_vpn_connection(VpnConnectionId=another.vpn)
    wait_until(
        lambda: another.connection()["State"] == "deleted",
        "the connection is deleted",
        seconds=USUAL_SECONDS,
    )


def kernel_routes(namespace: str) -> str:
    """All routes in a namespace."""
    return subprocess.run(
        ["ip", "-n", namespace, "route", "show", "table", "all"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


@pytest.mark.parametrize("program", [charon.PROGRAM, espd.PROGRAM, bird.PROGRAM])
def test_a_daemon_that_hangs_is_replaced_and_nobody_else_notices(pair, program):
    a, b = pair.a, pair.b
    pair.whole()
    at, owner = (a.gateway, a.vgw) if program == bird.PROGRAM else (a.endpoint(1), a.vpn)
    hanging = daemon(at, program)
    with hearing(pair.installation) as heard, stopped(hanging):
        assert failover(b) <= pair.usual + NOISE
        change(b)
        wait_until(lambda: owner in heard, "the trouble is said")
        wait_until(lambda: hanging not in pair.installation.processes(at), "the daemon is replaced")
    pair.whole()
    assert ping(a.device.host, a.address)


def test_few_file_descriptors_are_enough_for_many_connections():
    with ExitStack() as stack:
        with few_descriptors():
            installation = stack.enter_context(installed("lbf"))
        ec2 = installation.client
        for _ in range(2):
            gateway = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
            for _ in range(6):
                world = World(installation)
                world.vgw = gateway
                world.build_connection()
        nothing_is_left(installation)


@contextmanager
def few_descriptors() -> Iterator[None]:
    """What is started meanwhile has a low soft limit, as shells and services give it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW_DESCRIPTORS, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_half_made_namespaces_and_orphans_go(pair):
    prefix = pair.installation.names.prefix
    no_namespace, loopback_down = f"{prefix}v-dead000003", f"{prefix}v-dead000001"
    (netns.NETNS_DIRECTORY / no_namespace).touch()
    subprocess.run(["ip", "netns", "add", loopback_down], check=True)
    try:
        change(pair.b)
        wait_until(lambda: loopback_down not in netns.listed(), "the orphan is gone")
        wait_until(
            lambda: not (netns.NETNS_DIRECTORY / no_namespace).exists(), "so is the bare name"
        )
    finally:
        (netns.NETNS_DIRECTORY / no_namespace).unlink(missing_ok=True)
        subprocess.run(["ip", "netns", "del", loopback_down], check=False, capture_output=True)
    pair.whole()


def test_a_namespace_that_cannot_be_looked_at_is_its_owners_trouble_only(pair):
    ec2 = pair.b.ec2
    vpc = ec2.create_vpc(CidrBlock="10.30.0.0/16")["Vpc"]["VpcId"]
    name = pair.installation.names.vpc(vpc)
    wait_until(lambda: name in netns.listed(), "the VPC is there")
    with spoilt(name):
        change(pair.b)
        wait_until(lambda: vpc in troubles(pair.installation), "the trouble is said")
        assert failover(pair.b) <= pair.usual + NOISE
    wait_until(lambda: name in netns.listed(), "it is made again")
    ec2.delete_vpc(VpcId=vpc)
    wait_until(lambda: name not in netns.listed(), "the VPC is gone")
    pair.whole()


def test_a_namespace_that_cannot_be_removed_is_its_owners_trouble_only(pair):
    stuck, other = (World(pair.installation) for _ in range(2))
    for world in (stuck, other):
        world.vgw = pair.b.vgw
        world.build_connection()
    with spoilt(stuck.endpoint(1)):
        stuck.ec2.delete_vpn_connection(VpnConnectionId=stuck.vpn)
        other.ec2.delete_vpn_connection(VpnConnectionId=other.vpn)
        wait_until(lambda: other.connection()["State"] == "deleted", "the other is deleted")
        assert stuck.connection()["State"] == "deleting"
        wait_until(lambda: stuck.vpn in troubles(pair.installation), "the trouble is said")
    wait_until(lambda: stuck.connection()["State"] == "deleted", "it is deleted after all")
    pair.whole()


@contextmanager
def spoilt(name: str) -> Iterator[None]:
    """Have something of a namespace's name that is none, and that nobody can remove."""
    place = netns.NETNS_DIRECTORY / name

    def replaced() -> bool:
        for one in netns.processes().get(name, []):
            with suppress(ProcessLookupError):
                os.kill(one.pid, signal.SIGKILL)
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)
        with suppress(FileExistsError):  # the agent was quicker
            place.mkdir()
            return True
        return False

    wait_until(replaced, "the namespace is replaced")
    try:
        (place / "kept").touch()
        yield
    finally:
        (place / "kept").unlink()
        with suppress(FileNotFoundError):
            place.rmdir()


def test_a_broken_secret_is_its_connections_trouble_only(pair):
    a, b = pair.a, pair.b
    with broken_secret(pair.installation, a.vpn):
        change(b)
        wait_until(lambda: a.vpn in troubles(pair.installation), "the trouble is said")
        listed = b.ec2.describe_vpn_connections()["VpnConnections"]
        (told,) = [one for one in listed if one["VpnConnectionId"] == b.vpn]
        assert told["State"] == "available"
        assert b.connection()["CustomerGatewayConfiguration"]
        assert ping(a.device.host, a.address), "what runs goes on"
    pair.whole()


@contextmanager
def broken_secret(installation: Installation, vpn: str) -> Iterator[None]:
    """The pre-shared keys of a connection as they must not be in the store."""
    where = Path(installation.environment["LANDBRIDGE_STATE_DIR"]) / "landbridge.sqlite"

    def write(keys: list[tuple[str, int]]) -> None:
        with sqlite3.connect(where, timeout=30) as store:
            store.executemany(
                "UPDATE intent_vpn_tunnels SET pre_shared_key = ?"
                f" WHERE vpn_connection_id = '{vpn}' AND number = ?",
                keys,
            )
        store.close()

    with sqlite3.connect(where, timeout=30) as store:
        kept = store.execute(
            "SELECT pre_shared_key, number FROM intent_vpn_tunnels WHERE vpn_connection_id = ?",
            (vpn,),
        ).fetchall()
    store.close()
    write([("bm90IHNlYWxlZCBieSB0aGlzIGtleQ==", number) for _, number in kept])
    try:
        yield
    finally:
        write(kept)
