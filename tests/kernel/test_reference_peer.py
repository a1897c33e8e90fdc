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

_RELAY = "there is no relay: charon reads the socket itself"
_NAMES = "Linux counts it under other names, or not at all"
_LIMITS = "Linux notices a limit by the first packet beyond it, and knows none of sequence numbers"
_RFC_3168 = "Linux's ECN is that of RFC 3168, not of RFC 6040"

ESPDS_OWN = {
    "test_a_charon_that_does_not_read_its_ike_stops_no_packets": _RELAY,
    "test_an_spi_of_zero_is_ike": _RELAY,
    "test_ike_and_esp_that_come_together_are_told_apart": _RELAY,
    "test_ike_is_relayed_from_charon": _RELAY,
    "test_ike_is_relayed_to_charon": _RELAY,
    "test_rubbish_on_the_relay_is_survived": _RELAY,
    "test_a_packet_cut_short_anywhere_is_noticed": _NAMES,
    "test_a_pad_length_beyond_the_packet_is_noticed": _NAMES,
    "test_a_policy_of_more_weight_may_block": _NAMES,
    "test_a_selector_may_name_a_protocol": _NAMES,
    "test_a_text_that_is_no_whole_number_of_blocks_is_noticed": _NAMES,
    "test_an_allocated_spi_takes_its_state": _NAMES,
    "test_an_authentic_packet_with_nonsense_inside_is_dropped": _NAMES,
    "test_counters_tell_inner_packets_and_their_bytes": _NAMES,
    "test_dummy_packets_are_dropped_whatever_is_in_them": _NAMES,
    "test_only_what_the_selectors_say_leaves": _NAMES,
    "test_without_a_policy_nothing_leaves_or_enters": _NAMES,
    "test_without_a_state_for_the_policy_nothing_leaves": _NAMES,
    "test_a_replacement_is_asked_for_long_before": _LIMITS,
    "test_an_inbound_state_ends_at_its_limit": _LIMITS,
    "test_an_outbound_state_ends_at_its_limit": _LIMITS,
    "test_no_packet_comes_after_the_last_sequence_number": _LIMITS,
    "test_congestion_inside_is_told_outside": _RFC_3168,
    "test_congestion_outside_is_told_inside": _RFC_3168,
    "test_a_peer_whose_port_changed_is_told_once_for_each_change": "Linux tells by every packet",
    "test_an_outer_packet_too_long_for_the_link_is_fragmented": "Linux tells the sender by ICMP",
    "test_but_not_against_the_inner_packets_will": "Linux tells the sender by ICMP",
    "test_packets_that_may_be_fragmented_are_told_apart": "there are no offloads to do without",
    "test_no_spi_is_allocated_twice": "Linux guesses, and gives up before all are taken",
    "test_what_follows_the_inner_packet_is_left_out": "Linux cuts it off behind the interface",
}
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
