"""Sites to be reconciled, and tunnels to be looked at."""

import pytest

from landbridge.network import lookers
from unit.network.linux import Linux
from unit.network.looking import AtOnce, Looking, up
from unit.network.reconciled import Reconciled, Site1, Snapshot, in_effect, states
from unit.network.watching import ONE, World


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


@pytest.fixture
def world(monkeypatch):
    """Charons, BIRDs and interfaces, for lookers that look at once."""
    monkeypatch.setattr(lookers, "Workers", AtOnce)
    made = World()
    made.install(monkeypatch)
    return made


@pytest.fixture
def looking(world):
    """A tunnel with BGP that is up."""
    return up(Looking(world), ONE)
