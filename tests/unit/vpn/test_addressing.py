"""Inside CIDRs and outside addresses."""

from ipaddress import IPv4Address, IPv4Network
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.vpn.addressing import (
    INSIDE_RANGE,
    RESERVED_INSIDE,
    customer_inside_address,
    free_inside_cidrs,
    our_inside_address,
    outside_pair,
    parse_inside_cidr,
)

POOL = IPv4Network("203.0.113.0/24")


@pytest.mark.parametrize(
    "text",
    ["169.254.0.0/30", "169.254.169.252/30", "169.254.10.0/29", "169.254.10.1/30", "10.0.0.0/30",
     "169.254.10.0", "fd00::/126", "x", "169.254.10.0/31"],
)  # fmt: skip
def test_blocks_that_the_guide_does_not_allow(text):
    with pytest.raises(ValueError):  # noqa: PT011 - the text is for people
        parse_inside_cidr(text)


def test_the_first_host_is_ours_and_the_second_the_customers():
    inside = parse_inside_cidr("169.254.44.240/30")
    assert str(our_inside_address(inside)) == "169.254.44.241"
    assert str(customer_inside_address(inside)) == "169.254.44.242"


@given(st.sets(st.integers(0, 300), max_size=100))
def test_free_blocks_are_allowed_and_not_in_use(numbers):
    used = {IPv4Network((int(IPv4Address("169.254.6.0")) + 4 * one, 30)) for one in numbers}
    for block in islice(free_inside_cidrs(used), 400):
        assert block not in used
        assert block not in RESERVED_INSIDE
        assert block.subnet_of(INSIDE_RANGE)


@given(st.sets(st.integers(1, 254), max_size=200))
def test_the_first_outside_address_sorts_first_in_both_ways(numbers):
    used = {POOL[one] for one in numbers}
    try:
        first, second = outside_pair(POOL, used)
    except LookupError:
        assert len(numbers) > 50
        return
    assert first < second
    assert str(first) < str(second)
    assert not {first, second} & (used | {POOL[1]})


def test_an_empty_pool():
    with pytest.raises(LookupError):
        outside_pair(IPv4Network("203.0.113.0/30"), [])
