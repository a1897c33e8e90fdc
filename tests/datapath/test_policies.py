"""What may enter and leave the tunnel."""

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from datapath import ip
from datapath.ground import ENDPOINT, PEER
from datapath.ip import Header
from datapath.suites import GCM, both_ways
from datapath.world import Tunnel, policies
from datapath.xfrm import ANY4, Direction, Policy, Selector

NARROW4 = Selector(ip_network("10.1.0.0/22"), ip_network("10.2.4.128/25"))
NARROW6 = Selector(ip_network("fd01::/33"), ip_network("fd02:0:0:8000::/49"))

ALLOWED = [
    ("10.1.0.0", "10.2.4.128"),
    ("10.1.3.255", "10.2.4.255"),
    ("fd01::", "fd02:0:0:8000::"),
    ("fd01:0:7fff::1", "fd02:0:0:ffff::1"),
]
FORBIDDEN = [
    ("10.1.4.0", "10.2.4.128"),
    ("10.0.255.255", "10.2.4.128"),
    ("10.1.0.0", "10.2.4.127"),
    ("10.1.0.0", "10.2.5.0"),
    ("10.2.4.128", "10.1.0.0"),
    ("fd01:0:8000::", "fd02:0:0:8000::"),
    ("fd01::", "fd02:0:0:7fff::"),
    ("fd01::", "fd02:0:1:8000::1"),
]
# fd02:0:0:8000::/49 has the prefix fd02:0:0::/48 and one bit more.


def packet(source, destination, protocol=ip.EXPERIMENT):
    """A packet between two addresses."""
    header = Header(
        source=ip_address(source), destination=ip_address(destination), protocol=protocol
    )
    return ip.filled(header, 80)


def narrow(endpoint, encapsulated=False, four=NARROW4, six=NARROW6):
    """A tunnel for narrow selectors only."""
    for policy in policies(four, six):
        endpoint.xfrm.add_policy(policy)
    tunnel = Tunnel(endpoint, GCM, encapsulated=encapsulated)
    endpoint.xfrm.add(tunnel.inbound)
    endpoint.xfrm.add(tunnel.outbound)
    return tunnel


@both_ways
def test_only_what_the_selectors_say_leaves(endpoint, encapsulated):
    tunnel = narrow(endpoint, encapsulated)
    for source, destination in FORBIDDEN:
        endpoint.inside.send(packet(source, destination))
    for source, destination in ALLOWED:
        tunnel.leaves(packet(source, destination))
    assert endpoint.drops() == {"drop_no_policy": len(FORBIDDEN)}


@both_ways
def test_only_what_the_selectors_say_enters(endpoint, encapsulated):
    tunnel = narrow(endpoint, encapsulated)
    for source, destination in FORBIDDEN:
        tunnel.send(tunnel.seal(packet(destination, source)))
    for source, destination in ALLOWED:
        tunnel.arrives(packet(destination, source))
    assert endpoint.drops() == {"drop_policy": len(FORBIDDEN)}


def test_a_selector_may_name_a_protocol(endpoint):
    tunnel = narrow(endpoint, four=replace(ANY4, protocol=ip.UDP))
    endpoint.inside.send(packet("10.1.0.1", "10.2.0.1", ip.TCP))
    tunnel.leaves(packet("10.1.0.1", "10.2.0.1", ip.UDP))
    tunnel.send(tunnel.seal(packet("10.2.0.1", "10.1.0.1", ip.TCP)))
    tunnel.arrives(packet("10.2.0.1", "10.1.0.1", ip.UDP))
    assert endpoint.drops() == {"drop_no_policy": 1, "drop_policy": 1}


def test_without_a_policy_nothing_leaves_or_enters(endpoint):
    tunnel = narrow(endpoint, four=NARROW4, six=None)
    endpoint.inside.send(ip.filled(ip.outwards(6), 80))
    tunnel.send(tunnel.seal(ip.filled(ip.inwards(6), 80)))
    tunnel.leaves(packet(*ALLOWED[0]))
    tunnel.arrives(packet(*reversed(ALLOWED[0])))
    assert endpoint.drops() == {"drop_no_policy": 1, "drop_policy": 1}


def test_without_a_state_for_the_policy_nothing_leaves(endpoint):
    for policy in policies(reqid=7):
        endpoint.xfrm.add_policy(policy)
    tunnel = Tunnel(endpoint, GCM)
    endpoint.xfrm.add(tunnel.outbound)
    before = endpoint.drops()
    endpoint.inside.send(ip.filled(ip.outwards(), 80))
    tunnel.counted("drop_no_policy", 1, before)


def test_a_state_lets_in_what_its_own_policies_do(endpoint):
    """Another tunnel's policies, with another reqid, are none for it."""
    for policy in policies(reqid=7):
        endpoint.xfrm.add_policy(policy)
    tunnel = Tunnel(endpoint, GCM, reqid=8)
    endpoint.xfrm.add(tunnel.inbound)
    before = endpoint.drops()
    tunnel.send(tunnel.seal(ip.filled(ip.inwards(), 80)))
    tunnel.counted("drop_policy", 1, before)
    for policy in policies(reqid=8):
        endpoint.xfrm.update_policy(policy)
    tunnel.arrives(ip.filled(ip.inwards(), 80))


def test_a_policy_of_more_weight_may_block(connect, endpoint):
    tunnel = connect(GCM)
    blocked = [
        Policy(
            direction=direction, selector=selector, source=ENDPOINT, destination=PEER,
            priority=1, block=True,
        )
        for direction, selector in (
            (Direction.OUT, Selector(ip_network("0.0.0.0/0"), ip_network("10.2.9.0/24"))),
            (Direction.IN, Selector(ip_network("10.2.9.0/24"), ip_network("0.0.0.0/0"))),
            (Direction.FWD, Selector(ip_network("10.2.9.0/24"), ip_network("0.0.0.0/0"))),
        )
    ]  # fmt: skip
    for policy in blocked:
        endpoint.xfrm.add_policy(policy)
    endpoint.inside.send(packet("10.1.0.1", "10.2.9.1"))
    tunnel.leaves(packet("10.1.0.1", "10.2.8.1"))
    tunnel.send(tunnel.seal(packet("10.2.9.1", "10.1.0.1")))
    tunnel.arrives(packet("10.2.8.1", "10.1.0.1"))
    assert endpoint.drops() == {"drop_no_policy": 1, "drop_policy": 1}
    for policy in blocked:
        endpoint.xfrm.delete_policy(policy)
    tunnel.leaves(packet("10.1.0.1", "10.2.9.1"))
    tunnel.arrives(packet("10.2.9.1", "10.1.0.1"))


def test_policies_are_added_once_updated_at_will_and_deleted_once(endpoint):
    (policy, *_) = policies()
    endpoint.xfrm.add_policy(policy)
    with pytest.raises(FileExistsError):
        endpoint.xfrm.add_policy(policy)
    endpoint.xfrm.update_policy(replace(policy, reqid=9))
    endpoint.xfrm.get_policy(policy)
    endpoint.xfrm.delete_policy(policy)
    for ask in (endpoint.xfrm.delete_policy, endpoint.xfrm.get_policy):
        with pytest.raises(FileNotFoundError):
            ask(policy)
    endpoint.xfrm.update_policy(policy)
    endpoint.xfrm.flush_policies()
    with pytest.raises(FileNotFoundError):
        endpoint.xfrm.get_policy(policy)


def test_a_policy_tells_when_it_was_used_last(connect, endpoint):
    """charon's dead peer detection asks for that."""
    tunnel = connect(GCM)
    outwards, inwards, *_ = policies()
    for policy in (outwards, inwards):
        assert used(endpoint, policy) == 0
    tunnel.leaves(ip.filled(ip.outwards(), 80))
    tunnel.arrives(ip.filled(ip.inwards(), 80))
    for policy in (outwards, inwards):
        assert used(endpoint, policy) > 0


def used(endpoint, policy):
    """When a policy was used, seconds since 1970: the last field of struct xfrm_lifetime_cur."""
    body = endpoint.xfrm.get_policy(policy).body
    return int.from_bytes(body[56 + 64 + 24 : 56 + 64 + 32], "little")
