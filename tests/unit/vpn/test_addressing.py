"""Inside CIDRs and outside addresses."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.vpn.addressing import (
    customer_inside_address,
    inside_cidrs,
    our_inside_address,
    outside_addresses,
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


BLOCKS = list(inside_cidrs())


def test_inside_blocks_are_allowed_and_all_different():
    assert BLOCKS[0] == IPv4Network("169.254.6.0/30")
    assert BLOCKS[-1] == IPv4Network("169.254.255.252/30")
    assert len(set(BLOCKS)) == len(BLOCKS) == (250 * 256) // 4 - 1
    assert all(parse_inside_cidr(str(block)) == block for block in BLOCKS)


@pytest.mark.parametrize("place", [0, 1, 5000, len(BLOCKS) - 1])
def test_inside_blocks_go_round_from_behind_any(place):
    found = list(inside_cidrs(after=str(BLOCKS[place])))
    assert found == BLOCKS[place + 1 :] + BLOCKS[: place + 1]


@pytest.mark.parametrize("after", ["169.254.0.4/30", "169.254.255.252/30"])
def test_behind_the_last_comes_the_first(after):
    assert next(inside_cidrs(after=after)) == BLOCKS[0]


@given(st.integers(2, 254))
def test_outside_addresses_go_round_and_leave_out_the_routers(place):
    found = list(outside_addresses(POOL, after=str(POOL[place])))
    assert sorted(found) == list(POOL.hosts())[1:]
    assert found[0] == (POOL[place + 1] if place < 254 else POOL[2])
    assert found[-1] == POOL[place]


@pytest.mark.parametrize("after", [None, "198.51.100.1", "203.0.113.1", "203.0.113.255"])
def test_an_address_that_is_none_of_the_pool_is_no_beginning(after):
    assert next(outside_addresses(POOL, after=after)) == POOL[2]


@given(st.lists(st.integers(2, 254), max_size=8, unique=True))
def test_two_outside_addresses_sort_in_both_ways_or_there_are_none(numbers):
    free = [POOL[one] for one in numbers]
    possible = {(a, b) for a in free for b in free if a < b and str(a) < str(b)}
    try:
        assert outside_pair(free) in possible
    except LookupError:
        assert not possible


def test_a_pool_without_addresses():
    assert list(outside_addresses(IPv4Network("203.0.113.0/30"))) == [IPv4Address("203.0.113.2")]
