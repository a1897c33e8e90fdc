"""A tunnel whose SAs are being renewed is a tunnel.

host -- device ==charon==  outside  ==charon== gateway -- VPC -- instance

Looks at the tunnels fall into every stage: whenever BIRD or charon has news, both are asked.
"""

import subprocess
from contextlib import contextmanager

import pytest

from landbridge.network.drivers import netns
from landbridge.network.drivers.vici_session import conversation
from network.installation import wait_until
from network.world import World

ROUNDS = 8
MOVES = 3
OUTSIDE = "outside"


@pytest.fixture(scope="module", params=["ikev1", "ikev2"])
def renewing(request, installation):
    """A connection of that version of IKE."""
    world = World(installation).build(ike=request.param)
    world.ike = request.param
    yield world
    world.delete_connection()


def ours(world, number):
    """The socket of the endpoint's charon."""
    return world.installation.run_dir / "endpoints" / world.endpoint(number) / "vici.sock"


def theirs(world, number):
    """The socket of the device's charon."""
    return world.lab.directory / world.device.ike(number) / "vici.sock"


def sas(charon):
    """A charon's CHILD_SAs by number, newest last, with their states."""
    with conversation(charon) as session:
        return sorted(
            (int(child["uniqueid"]), child["state"].decode())
            for listed in session.list_sas()
            for ike in listed.values()
            for child in ike["child-sas"].values()
        )


def states(charon):
    """The states of a charon's CHILD_SAs."""
    return [state for _, state in sas(charon)]


def rekey(*charons):
    """Let charons renew their newest CHILD_SA, as its own lifetime does, all at once."""
    newest = [
        [number for number, state in sas(charon) if state == "INSTALLED"][-1] for charon in charons
    ]
    for charon, number in zip(charons, newest, strict=True):
        with conversation(charon) as session:
            assert int(session.rekey({"child-id": str(number)})["matches"]) == 1


def nft(namespace, commands):
    with netns.inside(namespace):
        subprocess.run(["nft", "-f", "-"], input=commands, text=True, check=True)


@contextmanager
def lost_answers(world, numbers):
    """Nothing of IKE that the device's charons say arrives; ESP does."""
    places = [world.device.ike(number) for number in numbers]
    for place in places:
        nft(
            place,
            """table inet lost {
              chain output { type filter hook output priority 0; udp dport { 500, 4500 } drop; }
            }""",
        )
    try:
        yield
    finally:
        for place in places:
            nft(place, "delete table inet lost")


@contextmanager
def undisturbed(world, *, rekeyings=0):
    """Whoever asks meanwhile hears of no change, and no ping is lost in either direction.

    But for a packet that IKEv1 may lose in a rekeying: who begins it sends with the new keys as
    soon as its last message is under way.
    """
    may_lose = rekeyings if world.ike == "ikev1" else 0
    wait_until(lambda: world.up() == 2, "both tunnels are up")
    with world.undisturbed(may_lose=may_lose):
        yield


def look(world, *networks):
    """Have both tunnels looked at: the device announces something else."""
    world.announce(*networks)
    wait_until(
        lambda: (
            [one["AcceptedRouteCount"] for one in world.connection()["VgwTelemetry"]]
            == [1 + len(networks)] * 2
        ),
        "the announcement is counted",
    )


def settled(world):
    """Whether every tunnel has an SA and none is under renewal; IKEv1 keeps replaced ones."""
    listed = [states(charon(world, number)) for charon in (ours, theirs) for number in (1, 2)]
    return all("INSTALLED" in one and "REKEYING" not in one for one in listed)


def test_answers_that_are_lost_while_both_sides_begin_a_rekeying(renewing):
    """The endpoint renews tunnel 1, the device tunnel 2; what is lost is sent again."""
    world = renewing
    with undisturbed(world, rekeyings=2):
        with lost_answers(world, (1, 2)):
            rekey(ours(world, 1), theirs(world, 2))
            wait_until(lambda: "REKEYING" in states(ours(world, 1)), "the endpoint renews its SA")
            wait_until(lambda: "REKEYING" in states(theirs(world, 2)), "the device renews its SA")
            look(world, "192.168.50.0/24")
            assert "REKEYING" in states(ours(world, 1)), "the look fell into the rekeying"
        look(world)
        wait_until(lambda: settled(world), "the SAs are renewed")
        look(world, "192.168.50.0/24")
    look(world)


def test_both_sides_renew_the_same_sa_at_once_and_again_and_again(renewing):
    world = renewing
    with undisturbed(world, rekeyings=2 * ROUNDS):
        for _ in range(ROUNDS):
            for number in (1, 2):
                rekey(ours(world, number), theirs(world, number))
            wait_until(lambda: settled(world), "the SAs are renewed")
        look(world, "192.168.50.0/24")
    look(world)


def nat(port, *before):
    """A NAT device that maps the charons' ports to others, and knows earlier mappings, too."""
    known = ", ".join(map(str, (port, *before)))
    return f"""\
table ip nat
delete table ip nat
table ip nat {{
  chain out {{
    type filter hook postrouting priority 300;
    oifname "{OUTSIDE}" udp sport {{ 500, {known} }} udp dport 500 udp sport set {port + 1000}
    oifname "{OUTSIDE}" udp sport 4500 udp sport set {port}
  }}
  chain in {{
    type filter hook prerouting priority -300;
    iifname "{OUTSIDE}" udp dport {{ {known} }} udp dport set 4500
    iifname "{OUTSIDE}" udp dport {{ {", ".join(str(one + 1000) for one in (port, *before))} }} \
udp dport set 500
  }}
}}
"""


def ports(world, number):
    """Where the endpoint sends to."""
    with conversation(ours(world, number)) as session:
        return {int(ike["remote-port"]) for listed in session.list_sas() for ike in listed.values()}


def begin_anew(world, before):
    """End the tunnels, change something before the device, and start them."""
    for number in (1, 2):
        world.device.fail(number)
    wait_until(lambda: world.telemetry() == [("DOWN", "IPSEC IS DOWN")] * 2, "both are down")
    nft(world.device.router, before)
    for number in (1, 2):
        world.device.restore(number)
    wait_until(lambda: world.up() == 2, "both tunnels are up")


@contextmanager
def behind_a_nat(world, port):
    """The tunnels begin behind a NAT device."""
    begin_anew(world, nat(port))
    assert ports(world, 1) == ports(world, 2) == {port}
    try:
        yield
    finally:
        begin_anew(world, "delete table ip nat")


def test_a_nat_that_changes_its_mind_about_the_devices_port(renewing):
    """Its answers come from another port; the SA is moved there (UPDATING), not made anew."""
    world, port = renewing, 21000
    with behind_a_nat(world, port), undisturbed(world, rekeyings=MOVES):
        for _ in range(MOVES):
            port, before = port + 1, port
            nft(world.device.router, nat(port, before))
            for number in (1, 2):
                rekey(theirs(world, number))
            look(world, "192.168.50.0/24")
            wait_until(
                lambda where=port: ports(world, 1) == ports(world, 2) == {where}, "it is moved"
            )
            look(world)
