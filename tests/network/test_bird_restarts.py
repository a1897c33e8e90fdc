"""A BIRD that ends, and ends again while it recovers, costs no packet.

host -- device ==2 tunnels, BGP== gateway (BIRD killed) -- VPC -- instance
"""

import os
import signal

import pytest

from landbridge.network.drivers import bird, netns
from network.installation import ping, wait_until


def running(world):
    """The pids of the gateway's BIRD."""
    found = netns.processes().get(world.gateway, [])
    return [one.pid for one in found if one.program == bird.PROGRAM]


def kill(world):
    """Kill BIRD, and wait until there is another."""
    (pid,) = running(world)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: running(world) not in ([pid], []), "there is another BIRD")


def back(world, number):
    """Whether a tunnel's session is up, has its routes, and BIRD has recovered."""
    session = next(
        (one for name, one in world.sessions().items() if name.endswith(f"_{number}")), None
    )
    return session and session.established and session.imported == 1 and not session.recovering


MOMENTS = {
    "as soon as there is another": running,
    "as soon as it has recovered": lambda world: back(world, 1) and back(world, 2),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_killed_three_times(world, moment):
    wait_until(lambda: world.up() == 2, "both tunnels are up")
    with world.undisturbed():
        kill(world)
        for _ in range(2):
            wait_until(lambda: moment(world), "the moment has come")
            kill(world)
        wait_until(lambda: back(world, 1) and back(world, 2), "both sessions are back")
    wait_until(lambda: world.up() == 2, "both tunnels are up")


def test_a_tunnel_that_is_down_does_not_hold_up_the_others_recovery(world):
    """BIRD would wait for it as long as it waits for anybody, and be killed while it does."""
    wait_until(lambda: world.up() == 2, "both tunnels are up")
    world.device.fail(1)
    try:
        wait_until(lambda: world.telemetry()[0][0] == "DOWN", "tunnel 1 is down")
        wait_until(lambda: ping(world.device.host, world.address), "tunnel 2 carries on")
        with world.undisturbed():
            for _ in range(2):
                kill(world)
                wait_until(lambda: back(world, 2), "its session is back", seconds=8)
    finally:
        world.device.restore(1)
    wait_until(lambda: world.up() == 2, "the session of tunnel 1 begins, too")


def test_the_next_agent_knows_the_configuration_that_is_in_force(world):
    """It need not give it again, neither after a start nor after a recovery."""
    wait_until(lambda: world.up() == 2, "both tunnels are up")
    kill(world)
    wait_until(lambda: back(world, 1) and back(world, 2), "both sessions are back")
    folder = world.installation.run_dir / "gateways" / world.gateway
    wait_until(
        lambda: [one.stem for one in folder.glob("bird-*.conf")] not in ([], ["bird-recovering"]),
        "it has its configuration after the recovery",
    )
    before = (folder / "bird.log").read_text().count("Reconfigur")
    agent = world.installation.pid("agent")
    os.kill(agent, signal.SIGKILL)
    world.installation.landbridge("up")
    assert world.installation.pid("agent") != agent
    assert (folder / "bird.log").read_text().count("Reconfigur") == before
