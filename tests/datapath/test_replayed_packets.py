"""No packet gets through twice, none that may be new is lost (RFC 4303 section 3.4.3)."""

import random

import pytest

from datapath import ip
from datapath.suites import GCM, both_ways

windows = pytest.mark.parametrize("window", [1, 31, 32, 33, 64, 128, 1000, 1024, 2048, 4096])


class SlowWindow:
    """The same by a set."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.highest = 0
        self.seen: set[int] = set()

    def take(self, sequence: int) -> bool:
        """Whether a packet is to be let through."""
        if sequence in self.seen or sequence <= self.highest - self.size or sequence == 0:
            return False
        self.seen.add(sequence)
        self.highest = max(self.highest, sequence)
        return True

    @property
    def inside(self) -> set[int]:
        """What was seen of the window as it is."""
        return {one for one in self.seen if one > self.highest - self.size}


@both_ways
def test_a_packet_gets_through_once(connect, encapsulated):
    tunnel = connect(GCM, encapsulated=encapsulated)
    packets = [tunnel.seal(ip.numbered(ip.inwards(), number)) for number in range(20)]
    for number, packet in enumerate(packets):
        tunnel.send(packet)
        assert ip.number_of(tunnel.endpoint.inside.receive()) == number
    tunnel.refused("drop_replay", *packets, *reversed(packets))


@windows
def test_the_windows_edge_is_exact(connect, window):
    tunnel = connect(GCM, window=window)
    inner = ip.numbered(ip.inwards(), 0)
    highest = 3 * window + 70
    tunnel.arrives(inner, 1)
    tunnel.arrives(inner, highest)
    oldest = highest - window + 1
    if oldest < highest:
        tunnel.arrives(inner, oldest)
    stale = [tunnel.seal(inner, number) for number in (oldest - 1, oldest, highest, 1, 0)]
    tunnel.refused("drop_replay", *stale)  # its last packet moves the window by one
    tunnel.refused("drop_replay", tunnel.seal(inner, oldest + 1 - (window > 1)))
    if window > 3:
        tunnel.arrives(inner, oldest + 2)


@windows
def test_packets_in_any_order_get_through_as_a_slow_window_says(connect, window):
    tunnel = connect(GCM, window=window)
    chance = random.Random(window)
    model = SlowWindow(window)
    reach = window + 20
    now, expected = reach, []
    for _ in range(600):
        now += chance.choice([0, 0, 1, 1, 2, 7, window // 8, chance.randrange(2 * reach)])
        number = chance.randrange(now - reach, now + 1)
        if model.take(number):
            expected.append(number)
        tunnel.send(tunnel.seal(ip.numbered(ip.inwards(), number), number))
    last = now + 1
    model.take(last)
    tunnel.send(tunnel.seal(ip.numbered(ip.inwards(), last), last))
    arrived = []
    while not arrived or arrived[-1] != last:
        arrived.append(ip.number_of(tunnel.endpoint.inside.receive()))
    assert arrived[:-1] == expected
    replay = tunnel.endpoint.xfrm.replay(tunnel.inbound)
    assert (replay.highest, replay.seen) == (last, model.inside)


def test_a_window_of_nothing_means_no_protection(connect):
    tunnel = connect(GCM, window=0)
    inner = ip.numbered(ip.inwards(), 0)
    for number in (100, 100, 1, 1):
        tunnel.arrives(inner, number)


@pytest.mark.parametrize("window", [32, 64, 4096])
def test_a_forged_packet_does_not_move_the_window(connect, window):
    tunnel = connect(GCM, window=window)
    inner = ip.numbered(ip.inwards(), 0)
    tunnel.arrives(inner, 10)
    for number in (11, 10 + window, 10 + 10 * window, 2**32 - 1):
        forged = tunnel.seal(inner, number)
        tunnel.sequence = 10 + number % 97  # whatever: nobody has seen that packet
        tunnel.send(forged[:-1] + bytes([forged[-1] ^ 1]))
    for number in (9, 11, 1, 8):
        tunnel.arrives(inner, number)
    assert tunnel.endpoint.drops() == {"drop_icv": 4}
    assert tunnel.endpoint.xfrm.replay(tunnel.inbound).seen == {1, 8, 9, 10, 11}


def test_the_last_sequence_numbers_get_through_once(connect):
    tunnel = connect(GCM, window=64)
    inner = ip.numbered(ip.inwards(), 0)
    last = 2**32 - 1
    for number in (last - 65, last - 1, last, last - 63):
        tunnel.arrives(inner, number)
    before = tunnel.endpoint.drops()
    for number in (last, last - 1, last - 64, 0, 1):
        tunnel.send(tunnel.seal(inner, number))
    tunnel.counted("drop_replay", 5, before)


def test_the_window_begins_where_the_state_says(connect, endpoint):
    """A state that charon moves to other addresses goes on."""
    tunnel = connect(GCM, window=128)
    inner = ip.numbered(ip.inwards(), 0)
    for number in (1, 5, 130):
        tunnel.arrives(inner, number)
    before = endpoint.xfrm.replay(tunnel.inbound)
    assert (before.highest, before.seen) == (130, {5, 130})
