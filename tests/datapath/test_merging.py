"""Packets merged on their way inside stand for exactly those that came."""

import random
from dataclasses import replace

import pytest

from datapath import ip
from datapath.ground import TUN
from datapath.suites import GCM, both_versions
from datapath.superpacket import Uncut
from datapath.world import Endpoint

SIZE = 200
"Bytes of payload of each packet; a batch is of one size so that it arrives at once."

FIN, SYN, RST, PSH, URG, ECE, CWR = 0x01, 0x02, 0x04, 0x08, 0x20, 0x40, 0x80


@pytest.fixture
def uncut(endpoint: Endpoint):
    """The inside, super-packets and all."""
    endpoint.inside.close()
    endpoint.inside = Uncut(endpoint.ground.inside, TUN)
    return endpoint.inside


def essence(packet):
    """A packet without what does not matter: the identification if DF is set (RFC 6864)."""
    if packet[0] >> 4 == 4 and packet[6] & 0x40:
        return packet[:4] + b"\0\0" + packet[6:10] + b"\0\0" + packet[12:]
    return packet


def exchange(tunnel, uncut, packets):
    """Send packets so that they arrive at once; returns what they are inside, in pieces."""
    tunnel.endpoint.peer.send_at_once([tunnel.seal(packet) for packet in packets])
    arrived = []
    while sum(map(len, arrived)) < len(packets):
        arrived.append(uncut.pieces())
    assert [essence(one) for pieces in arrived for one in pieces] == list(map(essence, packets))
    return [len(pieces) for pieces in arrived]


def stream(version, number, *, first=1000, **more):
    """TCP segments one after the other."""
    header = ip.inwards(version, protocol=ip.TCP)
    return [
        ip.tcp(
            replace(header, id=5 + index),
            bytes([index]) * SIZE,
            sequence=first + index * SIZE & 0xFFFFFFFF,
            **more,
        )
        for index in range(number)
    ]


def datagrams(version, number, **more):
    """UDP datagrams one after the other."""
    header = ip.inwards(version, protocol=ip.UDP)
    return [
        ip.udp(replace(header, id=5 + index), bytes([index]) * SIZE, **more)
        for index in range(number)
    ]


@both_versions
def test_a_stream_is_merged(connect, uncut, version):
    tunnel = connect(GCM, encapsulated=True)
    assert exchange(tunnel, uncut, stream(version, 20)) == [20]
    assert exchange(tunnel, uncut, stream(version, 20, first=2**32 - 1000)) == [20]


@both_versions
@pytest.mark.parametrize("make", [stream, datagrams], ids=["tcp", "udp"])
@pytest.mark.parametrize("damaged", [0, 1, 2, 9])
def test_a_packet_with_a_wrong_checksum_is_delivered_as_it_is(
    connect, uncut, version, make, damaged
):
    """Its receiver is to see that it is wrong."""
    tunnel = connect(GCM, encapsulated=True)
    packets = make(version, 10)
    packets[damaged] = make(version, 10, damage=0x0100)[damaged]
    numbers = exchange(tunnel, uncut, packets)
    assert 1 in numbers


@both_versions
@pytest.mark.parametrize("without", ["tso,uso", "tso,uso,gso,gro"])
def test_without_offloads_nothing_is_merged(start, version, without):
    endpoint = start(without=without)
    tunnel = endpoint.connect(GCM, encapsulated=True)
    endpoint.inside.close()
    endpoint.inside = Uncut(endpoint.ground.inside, TUN)
    assert exchange(tunnel, endpoint.inside, stream(version, 20)) == [1] * 20
    assert exchange(tunnel, endpoint.inside, datagrams(version, 20)) == [1] * 20


@both_versions
def test_datagrams_remain_themselves(connect, uncut, version):
    tunnel = connect(GCM, encapsulated=True)
    exchange(tunnel, uncut, datagrams(version, 20))


@both_versions
@pytest.mark.parametrize("flag", [FIN, SYN, RST, URG, ECE, CWR])
def test_segments_with_a_flag_of_meaning_stay_apart(connect, uncut, version, flag):
    tunnel = connect(GCM, encapsulated=True)
    packets = stream(version, 5)
    packets[2] = stream(version, 5, flags=ip.ACK | flag)[2]
    exchange(tunnel, uncut, packets)


@both_versions
def test_a_push_ends_a_super_packet(connect, uncut, version):
    tunnel = connect(GCM, encapsulated=True)
    packets = stream(version, 6)
    packets[2] = stream(version, 6, flags=ip.ACK | PSH)[2]
    assert exchange(tunnel, uncut, packets) == [3, 3]


@pytest.mark.parametrize("seed", range(4))
def test_any_mixture_stays_what_it_is(connect, uncut, seed):
    tunnel = connect(GCM, encapsulated=True)
    for number in range(100 * seed, 100 * seed + 100):
        exchange(tunnel, uncut, mixture(random.Random(number)))


def mixture(chance):
    """Packets of a few flows, with all kinds of oddities, of one length but the last."""
    version = chance.choice([4, 6])
    positions = {port: chance.randrange(2**32) for port in (4002, 4003)}
    identification = chance.randrange(2**16)
    options = chance.choice([b"", b"\1\1\x08\x0a" + bytes(8)])
    made = []
    number = chance.randrange(2, 40)
    for index in range(number):
        port = chance.choice([4002, 4002, 4002, 4003])
        identification += chance.choice([0, 1, 1, 1, 1, 1, 1, 7])
        header = ip.inwards(
            version,
            protocol=chance.choice([ip.TCP] * 5 + [ip.UDP]),
            tos=chance.choice([0] * 9 + [0xB8]),
            id=identification & 0xFFFF,
            fragment=chance.choice([0] * 6 + [ip.DONT_FRAGMENT] * 3 + [0x2000]),
        )
        damage = chance.choice([0] * 9 + [1])
        data = chance.randbytes(SIZE)
        if index + 1 == number and chance.random() < 0.5:
            data = data[: chance.randrange(1, SIZE)]
        if header.protocol == ip.UDP:
            made.append(ip.udp(header, data + bytes(12 + len(options)), port=port, damage=damage))
            continue
        made.append(
            ip.tcp(
                header,
                data,
                sequence=positions[port],
                flags=chance.choice([ip.ACK] * 12 + [ip.ACK | PSH, ip.ACK | FIN, CWR | ip.ACK]),
                options=options,
                port=port,
                damage=damage,
            )
        )
        positions[port] = positions[port] + chance.choice([SIZE] * 9 + [0]) & 0xFFFFFFFF
    return made
