"""The Python peer of the data path's tests understands Linux, and Linux does what they ask of espd.

These are the tests of tests/datapath, unaltered, with the kernel's ESP in espd's place; where espd
promises something else, it is said below. They need a kernel with ESP:

    tests/kernel/machine.py .venv/bin/pytest -q tests/kernel
"""

import os

import pytest

from datapath import (
    test_behind_a_nat,
    test_esp_on_the_wire,
    test_lifetimes_of_states,
    test_packets_to_be_refused,
    test_policies,
    test_rekeying,
    test_replayed_packets,
    test_type_of_service,
)
from datapath.ground import Ground
from datapath.kernel import KernelEndpoint
from landbridge.network.drivers.netns import LINUX_FAILURES

MODULES = (
    test_behind_a_nat,
    test_esp_on_the_wire,
    test_lifetimes_of_states,
    test_packets_to_be_refused,
    test_policies,
    test_rekeying,
    test_replayed_packets,
    test_type_of_service,
)

ESPDS_OWN: dict[str, str] = {}
"Tests that do not hold for Linux, and why."

for module in MODULES:
    for name, test in vars(module).items():
        if name.startswith("test_") and name not in ESPDS_OWN:
            globals()[name] = test


@pytest.fixture(scope="module")
def ground():
    """The namespaces, in a machine whose kernel has ESP."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    made = Ground()
    try:
        made.build()
        try:
            KernelEndpoint(made).close()
        except LINUX_FAILURES as failure:
            pytest.skip(f"this kernel has no ESP: {failure}")
        yield made
    finally:
        made.remove()


@pytest.fixture
def start(ground):
    """Start an endpoint of the kernel's, with the MTU of its interface."""
    started = []

    def start_one(**options):
        started.append(KernelEndpoint(ground, **options))
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
