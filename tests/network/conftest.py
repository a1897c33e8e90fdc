"""Fixtures of the tests that make networks; they need root."""

import os
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from network.installation import SLOWNESS, Installation, free_port
from network.world import World

if SLOWNESS > 1:
    from network.forks import Popen

    subprocess.Popen = Popen


def pytest_collection_modifyitems(items):
    """Without root there are no namespaces, hence nothing to test here."""
    for item in items:
        item.add_marker(pytest.mark.network)
        if os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root"))


@contextmanager
def directory_for(prefix):
    """An installation that has not been started; what is started is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="landbridge-test-") as directory:
        Path(directory).chmod(0o755)  # the api's user goes through it
        found = Installation(Path(directory), f"{prefix}{os.getpid() % 1000:03d}", free_port())
        try:
            yield found
        finally:
            found.down()


@contextmanager
def installed(prefix):
    """A service that runs, and is gone afterwards."""
    with directory_for(prefix) as found:
        found.landbridge("up")
        yield found


@pytest.fixture(scope="session")
def installation():
    """One service for all tests, since its start is slow."""
    with installed("lbt") as found:
        yield found


@pytest.fixture(scope="session")
def world(installation):
    """A VPC with an instance, a gateway, a dynamic VPN connection and a customer's site.

    A test that disturbs it waits until it is whole again.
    """
    return World(installation).build()
