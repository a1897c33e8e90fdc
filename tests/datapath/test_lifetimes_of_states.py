"""A state says when it is to be replaced, and ends when it must (RFC 4301 section 4.4.2.1)."""

import pytest

from datapath import ip
from datapath.answers import Expired
from datapath.suites import GCM, either_kind
from datapath.xfrm import Limits

OUT = ip.filled(ip.outwards(), 100)
IN = ip.filled(ip.inwards(), 100)
LAST = 2**32 - 1

limits = pytest.mark.parametrize(
    "limit",
    [
        Limits(soft_packets=3, hard_packets=5),
        Limits(soft_bytes=300, hard_bytes=500),
        Limits(soft_bytes=201, hard_bytes=401),
    ],
    ids=["packets", "bytes", "odd bytes"],
)


def expiry(endpoint):
    """What the next event says."""
    event = endpoint.events.next()
    assert isinstance(event, Expired)
    return event.spi, event.hard, event.state.packets


def gone(endpoint, state):
    """Whether a state is no more."""
    with pytest.raises(ProcessLookupError):
        endpoint.xfrm.get(state)
    return True


@limits
def test_an_outbound_state_ends_at_its_limit(connect, endpoint, limit):
    tunnel = connect(GCM, outbound={"limits": limit})
    spi = tunnel.outbound.spi
    for _ in range(3):
        tunnel.leaves(OUT)
    assert expiry(endpoint) == (spi, False, 3)
    for _ in range(2):
        tunnel.leaves(OUT)
    before = endpoint.drops()
    endpoint.inside.send(OUT)
    tunnel.counted("drop_no_policy", 1, before)
    assert expiry(endpoint) == (spi, True, 5)
    assert gone(endpoint, tunnel.outbound)
    tunnel.arrives(IN)


@limits
def test_an_inbound_state_ends_at_its_limit(connect, endpoint, limit):
    tunnel = connect(GCM, inbound={"limits": limit})
    spi = tunnel.inbound.spi
    for _ in range(3):
        tunnel.arrives(IN)
    assert expiry(endpoint) == (spi, False, 3)
    for _ in range(2):
        tunnel.arrives(IN)
    before = endpoint.drops()
    tunnel.send(tunnel.seal(IN))
    tunnel.counted("drop_no_sa", 1, before)
    assert expiry(endpoint) == (spi, True, 5)
    assert gone(endpoint, tunnel.inbound)
    tunnel.leaves(OUT)


def test_what_is_not_authentic_uses_nothing_up(connect, endpoint):
    tunnel = connect(GCM, inbound={"limits": Limits(soft_packets=2, hard_packets=3)})
    packet = tunnel.seal(IN)
    for _ in range(10):
        tunnel.send(packet[:-1] + bytes([packet[-1] ^ 1]))
    tunnel.arrives(IN)
    assert endpoint.xfrm.get(tunnel.inbound).packets == 1
    assert endpoint.events.waiting() == []


def test_states_end_in_time(connect, endpoint):
    limit = Limits(soft_seconds=1, hard_seconds=2)
    tunnel = connect(GCM, limits=limit)
    states = {tunnel.inbound.spi, tunnel.outbound.spi}
    tunnel.leaves(OUT)
    told = [expiry(endpoint)[:2] for _ in range(4)]
    assert {spi for spi, _ in told[:2]} == {spi for spi, _ in told[2:]} == states
    assert [hard for _, hard in told] == [False, False, True, True]
    assert gone(endpoint, tunnel.inbound)
    assert gone(endpoint, tunnel.outbound)


@pytest.mark.parametrize("window", [0, 64], ids=["REPLAY_VAL", "REPLAY_ESN_VAL"])
@either_kind
def test_no_packet_comes_after_the_last_sequence_number(connect, endpoint, suite, window):
    tunnel = connect(suite, outbound={"sequence": LAST - 3, "window": window})
    numbers = [tunnel.leaves(OUT)[1].sequence for _ in range(3)]
    assert numbers == [LAST - 2, LAST - 1, LAST]
    assert expiry(endpoint)[:2] == (tunnel.outbound.spi, False)
    before = endpoint.drops()
    endpoint.inside.send(OUT)
    tunnel.counted("drop_sequence", 1, before)
    assert expiry(endpoint) == (tunnel.outbound.spi, True, 3)
    assert gone(endpoint, tunnel.outbound)
    before = endpoint.drops()
    endpoint.inside.send(OUT)
    tunnel.counted("drop_no_policy", 1, before)


@pytest.mark.parametrize("window", [0, 64], ids=["REPLAY_VAL", "REPLAY_ESN_VAL"])
def test_a_replacement_is_asked_for_long_before(connect, endpoint, window):
    """At a million packets a second there would be a quarter of a minute left to make it."""
    tunnel = connect(GCM, outbound={"sequence": LAST - 2**24, "window": window})
    for _ in range(3):
        tunnel.leaves(OUT)
    assert expiry(endpoint)[:2] == (tunnel.outbound.spi, False)
    endpoint.xfrm.get(tunnel.outbound)
    assert endpoint.events.waiting() == []


def test_no_replacement_is_asked_for_when_half_is_left(connect, endpoint):
    tunnel = connect(GCM, outbound={"sequence": 2**31})
    tunnel.leaves(OUT)
    for _ in range(2):
        endpoint.xfrm.get(tunnel.outbound)
    assert endpoint.events.waiting() == []


def test_a_state_past_its_soft_limit_goes_on_and_says_so_once(connect, endpoint):
    tunnel = connect(GCM, limits=Limits(soft_packets=1))
    for _ in range(10):
        tunnel.leaves(OUT)
    assert expiry(endpoint)[:2] == (tunnel.outbound.spi, False)
    for _ in range(2):
        endpoint.xfrm.get(tunnel.outbound)
    assert endpoint.events.waiting() == []
