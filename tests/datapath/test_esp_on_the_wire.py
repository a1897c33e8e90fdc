"""What leaves is ESP that another implementation understands, and the other way round."""

import pytest

from datapath import ip
from datapath.esp import IPV4, IPV6, NO_NEXT_HEADER, trailer
from datapath.espd import MTU, wait_until
from datapath.ground import ENDPOINT, PEER
from datapath.suites import CBC, GCM, both_versions, both_ways, either_kind, every_suite
from datapath.xfrm import Flag

MANY = 300
"Packets, more than any batch of espd's."


def sizes(version):
    """All residues of alignment at the smallest, and the largest."""
    smallest = ip.HEADER_LENGTH[version]
    return [*range(smallest, smallest + 17), 576, 1280, *range(MTU - 16, MTU + 1)]


@every_suite
@both_ways
def test_every_suite_carries_packets_of_both_versions_both_ways(connect, suite, encapsulated):
    tunnel = connect(suite, encapsulated=encapsulated)
    for version in (4, 6):
        for size in sizes(version):
            tunnel.leaves(ip.filled(ip.outwards(version), size))
            tunnel.arrives(ip.filled(ip.inwards(version), size))


@pytest.mark.parametrize(
    ("suite", "encapsulated"), [(GCM, True), (CBC, False)], ids=["gcm-udp", "cbc-plain"]
)
def test_every_size_goes_through(connect, suite, encapsulated):
    tunnel = connect(suite, encapsulated=encapsulated)
    for size in range(ip.HEADER_LENGTH[4], MTU + 1):
        tunnel.leaves(ip.filled(ip.outwards(), size))
        tunnel.arrives(ip.filled(ip.inwards(), size))


@both_ways
def test_outer_packets_go_between_the_states_addresses_and_ports(connect, encapsulated):
    outer, _ = connect(GCM, encapsulated=encapsulated).leaves(ip.filled(ip.outwards(), 100))
    assert (outer.source, outer.destination) == (ENDPOINT, PEER)
    assert outer.ports == ((4500, 4500) if encapsulated else None)


@either_kind
def test_sequence_numbers_begin_at_one_and_no_iv_is_used_twice(connect, suite):
    tunnel = connect(suite)
    opened = []
    for number in range(MANY):
        tunnel.endpoint.inside.send(ip.numbered(ip.outwards(), number))
    for number in range(MANY):
        opened.append(tunnel.receive()[1])
        assert ip.number_of(opened[-1].payload) == number
    assert [one.sequence for one in opened] == list(range(1, MANY + 1))
    assert len({one.iv for one in opened}) == MANY


def test_ivs_of_cbc_have_no_pattern(connect):
    tunnel = connect(CBC)
    ivs = [tunnel.leaves(ip.numbered(ip.outwards(), number))[1].iv for number in range(MANY)]
    for place in range(CBC.iv_length):  # a counter would leave most places alike
        assert len({iv[place] for iv in ivs}) > MANY / 4


def test_ivs_of_a_replaced_state_with_the_same_keys_are_others(connect):
    """charon's update removes a state and installs it anew, keys and all."""
    tunnel = connect(GCM)
    ivs = set()
    for number in range(20):
        ivs.add(tunnel.leaves(ip.numbered(ip.outwards(), number))[1].iv)
        tunnel.endpoint.xfrm.delete(tunnel.outbound)
        tunnel.endpoint.xfrm.add(tunnel.outbound)
    assert len(ivs) == 20


@either_kind
@both_versions
def test_padding_is_as_short_as_can_be_and_counts_up(connect, suite, version):
    tunnel = connect(suite)
    for size in sizes(version)[:17]:
        _, opened = tunnel.leaves(ip.filled(ip.outwards(version), size))
        assert opened.padding == bytes(range(1, len(opened.padding) + 1))
        assert len(opened.padding) < suite.alignment
        assert opened.next_header == {4: IPV4, 6: IPV6}[version]


@either_kind
def test_longer_padding_is_taken_off(connect, suite):
    tunnel = connect(suite)
    inner = ip.filled(ip.inwards(), 42)
    for more in range(0, 240, suite.alignment):
        tunnel.send(tunnel.seal_text(tunnel.text(inner, more=more)))
        assert tunnel.endpoint.inside.receive() == inner


@either_kind
@both_versions
def test_what_follows_the_inner_packet_is_left_out(connect, suite, version):
    """Traffic flow confidentiality, RFC 4303 section 2.7."""
    tunnel = connect(suite)
    kind = {4: IPV4, 6: IPV6}[version]
    inner = ip.filled(ip.inwards(version), 77)
    for more in (1, 2, 15, 16, 255, 256, 1200):
        tunnel.send(tunnel.seal_text(trailer(inner + bytes(more), kind, suite.alignment)))
        assert tunnel.endpoint.inside.receive() == inner


@either_kind
def test_dummy_packets_are_dropped_whatever_is_in_them(connect, suite):
    tunnel = connect(suite)
    dummies = [
        tunnel.seal_text(trailer(payload, NO_NEXT_HEADER, suite.alignment))
        for payload in (b"", b"nonsense", ip.filled(ip.inwards(), 60), bytes(1400))
    ]
    tunnel.refused("drop_dummy", *dummies)


@both_ways
def test_outer_fragments_are_put_together(connect, encapsulated):
    tunnel = connect(GCM, encapsulated=encapsulated)
    for size in (1480, 1500, 3000, 9000):
        tunnel.arrives(ip.filled(ip.inwards(), size))


@both_ways
def test_an_outer_packet_too_long_for_the_link_is_fragmented(start, encapsulated):
    tunnel = start(mtu=2000).connect(GCM, encapsulated=encapsulated, flags=Flag.NOPMTUDISC)
    for fragment in (0, ip.DONT_FRAGMENT):
        for size in (1480, 1500, 2000):
            outer, _ = tunnel.leaves(ip.filled(ip.outwards(fragment=fragment), size))
            assert not outer.dont_fragment


@both_ways
def test_packets_that_may_be_fragmented_are_told_apart(start, encapsulated):
    """RFC 6864: their identification does not repeat soon.

    Those that Linux has cut from a super-packet share theirs with the next one's.
    """
    endpoint = start(without="gso")
    tunnel = endpoint.connect(GCM, encapsulated=encapsulated, flags=Flag.NOPMTUDISC)
    for _ in range(MANY):
        tunnel.endpoint.inside.send(ip.filled(ip.outwards(), 100))
    assert len({tunnel.receive()[0].id for _ in range(MANY)}) == MANY


@both_ways
def test_but_not_against_the_inner_packets_will(start, encapsulated):
    tunnel = start(mtu=2000).connect(GCM, encapsulated=encapsulated)
    tunnel.leaves(ip.filled(ip.outwards(), 1800))
    before = tunnel.endpoint.drops()
    tunnel.endpoint.inside.send(ip.filled(ip.outwards(fragment=ip.DONT_FRAGMENT), 1800))
    tunnel.leaves(ip.filled(ip.outwards(fragment=ip.DONT_FRAGMENT), 1400))
    tunnel.counted("drop_too_big", 1, before)


def test_counters_tell_inner_packets_and_their_bytes(connect, endpoint):
    tunnel = connect(CBC)
    for size in (40, 576, 1400):
        tunnel.leaves(ip.filled(ip.outwards(), size))
    for size in (60, 1000):
        tunnel.arrives(ip.filled(ip.inwards(), size))
    expected = {
        "out_packets": 3, "out_bytes": 2016, "in_packets": 2, "in_bytes": 1060,
    }  # fmt: skip
    wait_until(lambda: expected.items() <= endpoint.espd.counters().items(), str(expected))
    assert not endpoint.drops()


def test_a_state_tells_its_packets_bytes_and_first_use(connect, endpoint):
    tunnel = connect(GCM)
    for state in (tunnel.inbound, tunnel.outbound):
        before = endpoint.xfrm.get(state)
        assert (before.packets, before.octets, before.used) == (0, 0, 0)
        assert before.added > 0
    for size in (40, 576, 1400):
        tunnel.leaves(ip.filled(ip.outwards(), size))
        tunnel.arrives(ip.filled(ip.inwards(), size))
    for state in (tunnel.inbound, tunnel.outbound):
        after = endpoint.xfrm.get(state)
        assert (after.packets, after.octets) == (3, 2016)
        assert after.used >= after.added
