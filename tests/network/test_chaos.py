"""Whatever is killed, and whenever: nothing acknowledged is lost, nothing is left, nothing sticks.

    customer's host -- device ==2 tunnels== gateway -- VPC -- instance     pinged both ways
    writer: VPCs, connections, static routes, tags
    kill -9: each kind of daemon, the api, the agent, the agent with all its children, both

LANDBRIDGE_CHAOS_SECONDS  how long is killed (default 45)
LANDBRIDGE_CHAOS_SEED     what is killed when, as a failed run prints it
"""

import os
import random
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from landbridge.network.drivers import bird, charon, netns
from landbridge.network.drivers.netns import Process
from network.conftest import installed
from network.installation import Installation, Pinger, ping, wait_until
from network.leftovers import DAEMONS, nothing_is_left
from network.world import World
from network.writer import IMPATIENT, Writer, seen

SECONDS = float(os.environ.get("LANDBRIDGE_CHAOS_SECONDS", "45"))
SEED = int(os.environ.get("LANDBRIDGE_CHAOS_SEED", random.SystemRandom().randrange(1 << 32)))
CALM_SECONDS = SECONDS / 4
"How long the agent works undisturbed while its memory and descriptors are compared."
MOST_MB_MORE, MOST_DESCRIPTORS_MORE = 4.0, 8
"What a process may have more of for reasons of its allocator, or of what is open just now."
KINDS = (*DAEMONS, "api", "agent", "agent and its children", "api and agent")
LAST_LINES = 60
"Of each log, single requests left out, shown when the test fails."


class Killer:
    """Kills one process after another, each kind as often as any other."""

    def __init__(self, installation: Installation, seed: int) -> None:
        self.done: list[tuple[float, str, list[int]]] = []
        self._installation = installation
        self._random = random.Random(seed)
        self._begun = time.monotonic()

    def rounds(self, seconds: float, kinds: tuple[str, ...]) -> None:
        """Kill for so long, and wait each time until the services are back by themselves."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            for kind in self._random.sample(kinds, len(kinds)):
                self._kill(kind)
                time.sleep(self._random.uniform(0.2, 2.0))  # noqa: TID251 - at any moment
                if time.monotonic() > limit:
                    break

    def _kill(self, kind: str) -> None:
        services = {
            name: pid for name in ("agent", "api") if (pid := runs(self._installation, name))
        }
        pids = self._victims(kind, services)
        self.done.append((time.monotonic() - self._begun, kind, pids))
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for name, old in services.items():
            if old in pids:
                wait_until(
                    lambda name=name, old=old: runs(self._installation, name) not in (None, old),
                    f"the {name} is back by itself",
                )

    def _victims(self, kind: str, services: dict[str, int]) -> list[int]:
        if kind in DAEMONS:
            there = [one.pid for one in daemons(self._installation) if one.program == kind]
            return [self._random.choice(there)] if there else []
        if kind == "agent and its children":
            agent = services.get("agent")
            return [agent, *children(agent)] if agent else []
        return [pid for name, pid in services.items() if name in kind]


def runs(installation: Installation, name: str) -> int | None:
    """The pid of the agent or the api, if there is such a process."""
    try:
        pid = installation.pid(name)
    except (FileNotFoundError, ValueError):
        return None
    return pid if Path(f"/proc/{pid}/cwd").exists() else None


def children(pid: int) -> list[int]:
    """All descendants of a process."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    below = parents.get(pid, [])
    return [*below, *(one for child in below for one in children(child))]


def daemons(installation: Installation) -> list[Process]:
    """The daemons of the service, the simulated device's left out."""
    return [
        process
        for namespace, inside in netns.processes().items()
        if installation.names.ours(namespace)
        for process in inside
    ]


@pytest.fixture
def chaos():
    """An installation of its own with traffic, a writer and a killer."""
    with installed("lbc") as installation:
        world = World(installation).build()
        customer = world.ec2.create_customer_gateway(
            Type="ipsec.1", IpAddress="192.0.2.77", BgpAsn=65077
        )["CustomerGateway"]["CustomerGatewayId"]
        gateway = world.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
        writer = Writer(installation.another_client(IMPATIENT), customer, gateway, SEED + 1)
        killer = Killer(installation, SEED)
        try:
            with reported(installation, writer, killer):
                yield world, writer, killer
        finally:
            writer.stop()


@contextmanager
def reported(installation: Installation, writer: Writer, killer: Killer) -> Iterator[None]:
    """Print what is needed to understand a failure, and to repeat it; pytest shows it then."""
    print(f"LANDBRIDGE_CHAOS_SEED={SEED}")
    try:
        yield
    finally:
        for at, kind, pids in killer.done:
            print(f"{at:7.2f} s kill -9 {kind}: {pids}")
        print(f"{writer.ledger.acknowledged} writes acknowledged, refused: {writer.refused}")
        for name in ("agent", "api"):
            log = installation.run_dir / f"{name}.log"
            lines = log.read_text(errors="replace").splitlines() if log.exists() else []
            told = [line for line in lines if ": request " not in line]
            print(f"--- {log.name}", *told[-LAST_LINES:], sep="\n")


def test_whatever_is_killed_nothing_is_lost_or_left_or_stuck(chaos):
    world, writer, killer = chaos
    pingers = [
        Pinger(world.device.host, world.address),
        Pinger(world.instance_namespace, "192.168.10.10"),
    ]
    writer.start()
    killer.rounds(SECONDS, KINDS)
    writer.stop()
    print("sent and lost, from the site and from the VPC:", [one.stop() for one in pingers])

    assert writer.ledger.acknowledged > SECONDS, "there was something to lose"
    assert not writer.faults
    wait_until(lambda: answers(world.ec2), "the api answers")
    assert not writer.ledger.against(seen(world.ec2)), "acknowledged, and not so (is, ought)"

    nothing_is_stuck(world)
    nothing_is_left(world.installation)

    writer.clean_up()
    nothing_is_left(world.installation)
    the_agent_stays_as_it_is(world, killer)


def nothing_is_stuck(world):
    """The traffic flows, and what is new becomes available."""
    wait_until(lambda: world.up() == 2, "both tunnels are up")
    wait_until(lambda: ping(world.device.host, world.address), "pings from the site are answered")
    wait_until(
        lambda: ping(world.instance_namespace, "192.168.10.10"), "pings from the VPC are answered"
    )
    one_more(world)


def one_more(world):
    """A connection comes and goes."""
    another = World(world.installation)
    another.vgw = world.vgw
    another.build_connection()
    another.ec2.delete_vpn_connection(VpnConnectionId=another.vpn)
    wait_until(lambda: another.connection()["State"] == "deleted", "it is deleted")


def the_agent_stays_as_it_is(world, killer):
    """Work that leaves nothing behind costs the agent neither memory nor descriptors for good."""
    work(world, killer, CALM_SECONDS / 2)
    agent = world.installation.pid("agent")
    before = held(agent)
    work(world, killer, CALM_SECONDS)
    assert world.installation.pid("agent") == agent
    after = held(agent)
    print(f"agent, MB and descriptors: {before} before, {after} after")
    assert after[0] < before[0] + MOST_MB_MORE
    assert after[1] <= before[1] + MOST_DESCRIPTORS_MORE


def work(world, killer, seconds):
    """Have the agent make, mend and take away for so long; then all is as before."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        one_more(world)
        killer.rounds(0.1, (charon.PROGRAM, bird.PROGRAM))
    nothing_is_stuck(world)
    nothing_is_left(world.installation)


def held(pid):
    """Memory of its own, MB, and open descriptors."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"^RssAnon:\s+(\d+)", status, re.MULTILINE)
    return round(int(found[1]) / 1024, 1), len(list(Path(f"/proc/{pid}/fd").iterdir()))


def answers(ec2):
    """Whether the API does."""
    try:
        return ec2.describe_vpcs()["Vpcs"]
    except Exception:  # noqa: BLE001 - whatever it is, we ask again
        return False
