"""Fixtures: one ground for all tests, an espd of its own for each."""

import os

import pytest

pytest.register_assert_rewrite("datapath.world")

from datapath import ip  # noqa: E402 - after the above
from datapath.espd import PROGRAM  # noqa: E402
from datapath.ground import Ground  # noqa: E402
from datapath.suites import CBC  # noqa: E402
from datapath.world import EspdEndpoint  # noqa: E402


def pytest_collection_modifyitems(items):
    """Without root there are no namespaces, without espd there is nothing to test."""
    for item in items:
        item.add_marker(pytest.mark.network)
        if os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="needs root"))
        elif not PROGRAM.exists():
            item.add_marker(pytest.mark.skip(reason="espd is not built: make -C datapath"))


@pytest.fixture(scope="session")
def ground():
    """The namespaces, gone afterwards."""
    made = Ground()
    try:
        made.build()
        yield made
    finally:
        made.remove()


@pytest.fixture
def start(ground):
    """Start an endpoint with options of its own; it must live until the test is over."""
    started = []

    def start_one(**options):
        started.append(EspdEndpoint(ground, **options))
        return started[-1]

    try:
        yield start_one
    finally:
        for one in started:
            one.close()


@pytest.fixture
def endpoint(start):
    """An endpoint without a tunnel."""
    return start()


@pytest.fixture
def connect(endpoint):
    """Make a tunnel of the endpoint's."""
    return endpoint.connect


@pytest.fixture
def works(connect):
    """Check that the data path works, before and after, and whenever called."""
    tunnel = connect(CBC)

    def check():
        tunnel.leaves(ip.filled(ip.outwards(), 100))
        tunnel.arrives(ip.filled(ip.inwards(), 100))

    check()
    yield check
    check()
