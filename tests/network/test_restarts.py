"""Whatever is killed, traffic goes on and things come back.

lbh-* host -- lbd-* device ==2 tunnels, BGP== lbg-* gateway -- lbv-* -- lbi-* instance
"""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from landbridge.network.drivers import charon, espd, netns
from landbridge.network.drivers.bird import BirdError, Birds
from landbridge.network.drivers.charon import Charons
from network.installation import Pinger, ping, wait_until


def ike_ages(world):
    """When each tunnel's IKE_SA was established, by its unique initiator SPI."""
    charons = Charons(world.installation.run_dir / "endpoints")
    return [charons.ike_spis(world.endpoint(number)) for number in (1, 2)]


def daemons(endpoint):
    """The pids of an endpoint's daemons by program."""
    return {one.program: one.pid for one in netns.processes()[endpoint]}


def established(world):
    """How many BGP sessions BIRD itself calls established."""
    try:
        sessions = Birds(world.installation.run_dir / "gateways").sessions(world.gateway)
    except BirdError:
        return 0
    return sum(session.established for session in sessions.values())


def kill(installation, *names):
    """Kill processes of the installation, and wait until others have taken their places."""
    killed = {name: installation.pid(name) for name in names}
    for pid in killed.values():
        os.kill(pid, signal.SIGKILL)
    for name, pid in killed.items():
        wait_until(lambda name=name, pid=pid: runs(installation, name) not in (None, pid),
                   f"the {name} is back by itself")  # fmt: skip


def runs(installation, name):
    """The pid of a process of the installation, None if it does not run."""
    with suppress(ValueError):
        return installation.pid(name)
    return None


def test_killing_the_agent_interrupts_nothing_and_the_next_one_adopts_what_runs(world):
    before = ike_ages(world)
    daemons = world.installation.processes(world.gateway)
    pinger = Pinger(world.device.host, world.address)
    kill(world.installation, "agent")
    world.installation.landbridge("up")  # returns once the new agent has looked at all
    sent, lost = pinger.stop()
    assert sent > 10
    assert lost == 0
    assert ike_ages(world) == before, "no new IKE handshake"
    assert world.installation.processes(world.gateway) == daemons, "the same BIRD"
    wait_until(lambda: world.up() == 2, "the new agent sees both tunnels")


def test_killing_the_api_interrupts_nothing(world):
    before = ike_ages(world)
    pinger = Pinger(world.device.host, world.address)
    kill(world.installation, "api")
    assert world.up() == 2, "the question waits for the next api"
    sent, lost = pinger.stop()
    assert sent > 10
    assert lost == 0
    assert ike_ages(world) == before


@pytest.mark.parametrize("program", [charon.PROGRAM, espd.PROGRAM])
def test_a_killed_charon_or_espd_comes_back_by_itself(world, program):
    before = daemons(world.endpoint(1))
    if program not in before:
        pytest.skip("here the kernel does ESP")
    other = ike_ages(world)[1]
    os.kill(before[program], signal.SIGKILL)
    wait_until(lambda: world.telemetry()[0][0] == "DOWN", "its tunnel is down", seconds=2)
    wait_until(lambda: world.up() == 2, "both tunnels are up again")
    after = daemons(world.endpoint(1))
    assert after.keys() == before.keys()
    assert not set(after.values()) & set(before.values()), "they live and die together"
    assert ike_ages(world)[1] == other, "the other tunnel was left alone"
    assert ping(world.device.host, world.address)


def test_a_killed_bird_comes_back_by_itself_and_packets_flow_meanwhile(world):
    (bird,) = world.installation.processes(world.gateway)
    pinger = Pinger(world.device.host, world.address)
    os.kill(bird, signal.SIGKILL)
    wait_until(
        lambda: world.installation.processes(world.gateway) not in ([bird], []), "it is back"
    )
    wait_until(lambda: established(world) == 2, "both sessions are back")
    sent, lost = pinger.stop()
    assert sent > 10
    assert lost == 0, "routes outlive BIRD (graceful restart)"


def test_killing_everything_at_once_and_all_comes_back_by_itself(world):
    installation = world.installation
    ours = [one for one in installation.namespaces() if installation.names.ours(one)]
    before = {pid for namespace in ours for pid in installation.processes(namespace)}
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    kill(installation, "supervisor", "agent", "api")
    wait_until(lambda: established(world) == 2, "both sessions are back")
    wait_until(lambda: world.up() == 2, "both tunnels are up again")
    wait_until(lambda: ping(world.device.host, world.address), "pings are answered again")
    after = {pid for namespace in ours for pid in installation.processes(namespace)}
    assert len(after) == len(before)
    assert not after & before


def test_a_lost_namespace_is_made_again(world):
    namespace = world.endpoint(2)
    for pid in world.installation.processes(namespace):
        os.kill(pid, signal.SIGKILL)
    subprocess.run(["ip", "netns", "del", namespace], check=True)
    wait_until(lambda: world.up() == 2, "both tunnels are up again")


@pytest.mark.parametrize("which", ["endpoint", "gateway"])
def test_a_namespace_that_is_removed_under_its_daemons_is_made_again(world, which):
    namespace = world.endpoint(2) if which == "endpoint" else world.gateway
    wait_until(lambda: world.installation.processes(namespace), "its daemons run")
    wait_until(lambda: world.up() == 2, "both tunnels are up")
    astray = world.installation.processes(namespace)
    assert astray
    subprocess.run(["ip", "netns", "del", namespace], check=True)
    wait_until(
        lambda: not any(Path(f"/proc/{pid}/ns/net").exists() for pid in astray),
        "what ran in it has ended",
    )
    wait_until(lambda: world.up() == 2, "both tunnels are up again")
    wait_until(lambda: ping(world.device.host, world.address), "pings are answered again")


def test_what_a_killed_agent_left_half_made_is_made_anew(world):
    installation = world.installation
    os.kill(installation.pid("agent"), signal.SIGKILL)
    subprocess.run(["ip", "netns", "del", world.vpc_namespace], check=True)
    subprocess.run(["ip", "netns", "add", world.vpc_namespace], check=True)
    wait_until(lambda: ping(world.device.host, world.address), "pings are answered again")


def test_down_leaves_nothing_behind(installation):
    """The last of all tests: it ends what the others use."""
    installation.landbridge("down")
    assert installation.namespaces() == []
    assert not installation.run_dir.exists()
