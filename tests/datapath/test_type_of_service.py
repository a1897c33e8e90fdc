"""DSCP, ECN and DF between inner and outer header (RFC 4301 section 5.1.2, RFC 6040)."""

import pytest

from datapath import ip
from datapath.suites import GCM, both_versions, both_ways
from datapath.xfrm import DONT_ENCAP_DSCP, Flag

EF = 46 << 2
AF11 = 10 << 2
NOT_ECT, ECT_1, ECT_0, CE = range(4)

# RFC 6040 figure 4: a row for the inner codepoint as it arrives, a column for the outer one.
DECAPSULATED = {
    NOT_ECT: {NOT_ECT: NOT_ECT, ECT_0: NOT_ECT, ECT_1: NOT_ECT, CE: None},
    ECT_0: {NOT_ECT: ECT_0, ECT_0: ECT_0, ECT_1: ECT_1, CE: CE},
    ECT_1: {NOT_ECT: ECT_1, ECT_0: ECT_1, ECT_1: ECT_1, CE: CE},
    CE: {NOT_ECT: CE, ECT_0: CE, ECT_1: CE, CE: CE},
}
COMBINATIONS = [(inner, outer) for inner in DECAPSULATED for outer in DECAPSULATED[inner]]


@both_ways
@pytest.mark.parametrize("ecn", [True, False], ids=["ecn", "noecn"])
@pytest.mark.parametrize("dscp", [True, False], ids=["dscp", "nodscp"])
def test_the_outer_header_says_what_the_inner_one_may_tell(connect, encapsulated, ecn, dscp):
    tunnel = connect(
        GCM,
        encapsulated=encapsulated,
        flags=Flag(0) if ecn else Flag.NOECN,
        extra_flags=0 if dscp else DONT_ENCAP_DSCP,
    )
    mask = (0xFC if dscp else 0) | (0x03 if ecn else 0)
    for version in (4, 6):
        for tos in (EF, EF | ECT_1, EF | ECT_0, AF11, 0, 0xFC):
            outer, _ = tunnel.leaves(ip.filled(ip.outwards(version, tos=tos), 100))
            assert outer.tos == tos & mask


@both_ways
@both_versions
def test_congestion_inside_is_told_outside(connect, encapsulated, version):
    """RFC 6040 section 4.1, normal mode."""
    tunnel = connect(GCM, encapsulated=encapsulated)
    for tos in (EF | CE, 0xFF, CE):
        outer, _ = tunnel.leaves(ip.filled(ip.outwards(version, tos=tos), 100))
        assert outer.tos == tos


@both_ways
@both_versions
def test_congestion_outside_is_told_inside(connect, encapsulated, version):
    tunnel = connect(GCM, encapsulated=encapsulated)
    dropped = 0
    for inner, outer in COMBINATIONS:
        sent = ip.filled(ip.inwards(version, tos=EF | inner), 100)
        tunnel.send(tunnel.seal(sent), tos=AF11 | outer)
        expected = DECAPSULATED[inner][outer]
        if expected is None:
            dropped += 1
            continue
        arrived = tunnel.endpoint.inside.receive()
        assert ip.tos_of(arrived) == EF | expected, (inner, outer)
        assert ip.intact(arrived)
        assert arrived == ip.filled(ip.inwards(version, tos=EF | expected), 100)
    assert tunnel.endpoint.drops() == {"drop_ecn": dropped}


@both_versions
def test_a_state_without_ecn_lets_the_inner_header_be(connect, version):
    tunnel = connect(GCM, flags=Flag.NOECN)
    for inner, outer in COMBINATIONS:
        tunnel.arrives(ip.filled(ip.inwards(version, tos=EF | inner), 100), tos=outer)


@both_ways
@both_versions
def test_a_state_may_take_the_dscp_from_outside(connect, encapsulated, version):
    tunnel = connect(GCM, encapsulated=encapsulated, flags=Flag.DECAP_DSCP)
    for inner, outer in ((EF, AF11), (0, EF), (EF | ECT_0, CE), (AF11 | ECT_0, EF | ECT_0)):
        sent = ip.filled(ip.inwards(version, tos=inner), 100)
        tunnel.send(tunnel.seal(sent), tos=outer)
        expected = outer & 0xFC | (DECAPSULATED[inner & 3][outer & 3] or 0)
        arrived = tunnel.endpoint.inside.receive()
        assert arrived == ip.filled(ip.inwards(version, tos=expected), 100)
        assert ip.intact(arrived)


@pytest.mark.parametrize("combination", [(0, 0xFF), (0xFC, 0x02), (0xAB, 0x57)])
def test_an_ipv6_headers_other_fields_stay(connect, combination):
    """The traffic class is in the middle of a word, beside the version and the flow label."""
    inner, outer = combination
    tunnel = connect(GCM, flags=Flag.DECAP_DSCP | Flag.NOECN)
    sent = bytearray(ip.filled(ip.inwards(6, tos=inner), 100))
    sent[1] |= 0x0D
    sent[2:4] = b"\xca\xfe"
    tunnel.send(tunnel.seal(bytes(sent)), tos=outer)
    arrived = tunnel.endpoint.inside.receive()
    assert ip.tos_of(arrived) == outer & 0xFC | inner & 3
    assert (arrived[1] & 0x0F, arrived[2:]) == (0x0D, bytes(sent[2:]))


@both_ways
def test_df_is_the_inner_packets_unless_the_state_says_never(connect, endpoint, encapsulated):
    tunnel = connect(GCM, encapsulated=encapsulated)
    for fragment in (0, ip.DONT_FRAGMENT, 0):
        outer, _ = tunnel.leaves(ip.filled(ip.outwards(fragment=fragment), 100))
        assert outer.dont_fragment == bool(fragment)
    outer, _ = tunnel.leaves(ip.filled(ip.outwards(6), 100))
    assert outer.dont_fragment
    endpoint.xfrm.flush()
    endpoint.xfrm.flush_policies()
    tunnel = connect(GCM, encapsulated=encapsulated, flags=Flag.NOPMTUDISC)
    for header in (ip.outwards(), ip.outwards(fragment=ip.DONT_FRAGMENT), ip.outwards(6)):
        outer, _ = tunnel.leaves(ip.filled(header, 100))
        assert not outer.dont_fragment
