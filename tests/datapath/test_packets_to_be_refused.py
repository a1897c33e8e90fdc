"""What is not authentic or not well formed goes nowhere, is counted, and costs nothing else."""

import os
import random
import struct

from datapath import esp, ip
from datapath.esp import IPV4, IPV6, trailer
from datapath.suites import CBC, GCM, both_ways, either_kind, every_suite

INNER = ip.filled(ip.inwards(), 61)


def flipped(packet: bytes, place: int) -> bytes:
    """Damage one bit."""
    return packet[:place] + bytes([packet[place] ^ 1 << place % 8]) + packet[place + 1 :]


@every_suite
def test_a_flipped_bit_anywhere_is_noticed(connect, suite):
    tunnel = connect(suite)
    packet = tunnel.seal(INNER)
    protected = range(esp.HEADER.size - 4, len(packet))  # all but the SPI
    tunnel.refused("drop_icv", *(flipped(packet, place) for place in protected))


@every_suite
def test_a_packet_under_others_keys_is_noticed(connect, suite):
    tunnel = connect(suite)
    keys = suite.keys("somebody else's")
    packets = [esp.seal(keys, tunnel.inbound.spi, n, tunnel.text(INNER)) for n in range(1, 9)]
    tunnel.refused("drop_icv", *packets)


@either_kind
@both_ways
def test_a_packet_cut_short_anywhere_is_noticed(connect, suite, encapsulated):
    tunnel = connect(suite, encapsulated=encapsulated)
    packet = tunnel.seal(INNER)
    for length in range(1, len(packet)):
        tunnel.send(packet[:length])
    tunnel.arrives(INNER)
    drops = tunnel.endpoint.drops()
    assert drops.keys() <= {"drop_malformed", "drop_icv"}
    assert sum(drops.values()) == len(packet) - 1


@either_kind
@both_ways
def test_a_packet_with_more_behind_it_is_noticed(connect, suite, encapsulated):
    tunnel = connect(suite, encapsulated=encapsulated)
    packet = tunnel.seal(INNER)
    for more in range(1, 40):
        tunnel.send(packet + bytes(more))
    tunnel.arrives(INNER)
    drops = tunnel.endpoint.drops()
    assert drops.keys() <= {"drop_malformed", "drop_icv"}
    assert sum(drops.values()) == 39


@both_ways
def test_an_unknown_spi_is_noticed(connect, encapsulated):
    tunnel = connect(GCM, encapsulated=encapsulated)
    spis = [tunnel.inbound.spi ^ 1 << bit for bit in range(32)] + [1, 255, 256, 2**32 - 1]
    text = tunnel.text(INNER)
    tunnel.refused("drop_no_sa", *(esp.seal(tunnel.inbound.keys, spi, 1, text) for spi in spis))


def test_an_outbound_states_spi_lets_nothing_in(connect):
    tunnel = connect(GCM)
    own = esp.seal(tunnel.outbound.keys, tunnel.outbound.spi, 1, tunnel.text(INNER))
    tunnel.refused("drop_no_sa", own)
    tunnel.leaves(ip.filled(ip.outwards(), 60))
    tunnel.refused("drop_no_sa", own)


def in_ipv4(**changes: int) -> bytes:
    """An IPv4 packet of 61 bytes with header fields other than they should be."""
    header = bytearray(INNER)
    for name, value in changes.items():
        if name == "version":
            header[0] = value << 4 | header[0] & 15
        if name == "words":
            header[0] = header[0] & 0xF0 | value
        if name == "length":
            header[2:4] = struct.pack("!H", value)
    return bytes(header)


MISFORMED = {
    "version 5": (in_ipv4(version=5), IPV4),
    "version 0": (in_ipv4(version=0), IPV4),
    "version 15": (in_ipv4(version=15), IPV4),
    "IPv4 said to be IPv6": (INNER, IPV6),
    "IPv6 said to be IPv4": (ip.filled(ip.inwards(6), 61), IPV4),
    "IPv6 said to be TCP": (ip.filled(ip.inwards(6), 61), 6),
    "longer than the payload": (in_ipv4(length=62), IPV4),
    "much longer than the payload": (in_ipv4(length=65535), IPV4),
    "shorter than its header": (in_ipv4(length=19), IPV4),
    "of no length": (in_ipv4(length=0), IPV4),
    "a header of four words": (in_ipv4(words=4), IPV4),
    "a header of no words": (in_ipv4(words=0), IPV4),
    "a header longer than the packet": (in_ipv4(words=15, length=59), IPV4),
    "nothing at all": (b"", IPV4),
    "one byte": (b"\x45", IPV4),
    "a header cut short": (INNER[:19], IPV4),
    "an IPv6 header cut short": (ip.filled(ip.inwards(6), 61)[:39], IPV6),
    "an IPv6 packet cut short": (ip.filled(ip.inwards(6), 61)[:60], IPV6),
}


@either_kind
def test_an_authentic_packet_with_nonsense_inside_is_dropped(connect, suite, subtests):
    tunnel = connect(suite)
    for what, (payload, next_header) in MISFORMED.items():
        with subtests.test(what):
            text = trailer(payload, next_header, suite.alignment)
            tunnel.refused("drop_malformed", tunnel.seal_text(text))


@either_kind
def test_a_pad_length_beyond_the_packet_is_noticed(connect, suite):
    tunnel = connect(suite)
    text = tunnel.text(ip.filled(ip.inwards(), 20 + 10))
    texts = [
        text[:-2] + bytes([length, IPV4])
        for length in (len(text) - 1, len(text), 255)  # just beyond, and as far as can be
    ]
    texts.append(text[:-2] + bytes([len(text) - 2, IPV4]))  # leaves nothing
    tunnel.refused("drop_malformed", *map(tunnel.seal_text, texts))


def test_a_text_that_is_no_whole_number_of_blocks_is_noticed(connect):
    tunnel = connect(GCM)
    body = INNER + bytes(16)
    texts = [body[:length] + b"\0\4" for length in range(61, 61 + 4) if (length + 2) % 4]
    tunnel.refused("drop_malformed", *map(tunnel.seal_text, texts))


@both_ways
def test_a_wrongly_encapsulated_packet_is_noticed(connect, encapsulated):
    tunnel = connect(GCM, encapsulated=encapsulated)
    before = tunnel.endpoint.drops()
    tunnel.send(tunnel.seal(INNER), encapsulated=not encapsulated)
    tunnel.counted("drop_encapsulation", 1, before)
    tunnel.arrives(INNER)


def test_a_packet_that_did_not_authenticate_may_still_come(connect):
    """An attacker who is first does not keep the true one out."""
    tunnel = connect(CBC)
    packet = tunnel.seal(INNER)
    for place in range(4, len(packet)):
        tunnel.send(flipped(packet, place))
    tunnel.send(packet)
    assert tunnel.endpoint.inside.receive() == INNER


@both_ways
def test_a_flood_of_rubbish_costs_no_true_packet(connect, encapsulated):
    tunnel = connect(GCM, encapsulated=encapsulated)
    chance = random.Random(1)
    good, rubbish = [], 0
    for number in range(2000):
        header = struct.pack("!II", tunnel.inbound.spi, chance.randrange(1, 2**32))
        tunnel.send(header + os.urandom(4 * chance.randrange(4, 40)))
        rubbish += 1
        if number % 100 == 0:
            good.append(ip.numbered(ip.inwards(), number))
            tunnel.send(tunnel.seal(good[-1]))
    assert [tunnel.endpoint.inside.receive() for _ in good] == good
    tunnel.arrives(INNER)
    drops = tunnel.endpoint.drops()
    assert drops.keys() <= {"drop_icv", "drop_malformed"}
    assert sum(drops.values()) == rubbish
    assert tunnel.endpoint.xfrm.get(tunnel.inbound).packets == len(good) + 1


@both_ways
def test_the_longest_packet_there_can_be_is_survived(connect, encapsulated):
    tunnel = connect(GCM, encapsulated=encapsulated)
    tunnel.send(tunnel.seal(ip.filled(ip.inwards(), 65000)))
    tunnel.send(tunnel.seal_text(bytes(65000)))
    tunnel.send(tunnel.seal(INNER))
    while tunnel.endpoint.inside.receive() != INNER:
        pass
