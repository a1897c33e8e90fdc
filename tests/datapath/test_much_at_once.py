"""Whatever is handed over in one piece arrives as it was sent: TCP and UDP through two espds."""

import hashlib
import random
import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, combinations

import pytest

from datapath.pair import Pair
from datapath.suites import CBC, GCM

OFFLOADS = ("tso", "uso", "gso", "gro")
WITHOUT = [
    ",".join(chosen)
    for chosen in chain.from_iterable(combinations(OFFLOADS, n) for n in range(len(OFFLOADS) + 1))
]
MUCH = 2 << 20
"Bytes of a TCP transfer."
BURST = 200
"Datagrams sent without waiting: less than the tunnel interface's queue holds."
UDP_SEGMENT = 103
CUTS = [(500, 20000), (500, 20001), (1300, 60000), (1, 60), (1000, 1000)]
"Bytes of a piece and of the whole."


@pytest.fixture
def pair(request, ground):
    """Two espds as the test's parameters want them."""
    made = Pair(ground, **request.param)
    try:
        yield made
    finally:
        made.close()


def options(suite, encapsulated, without=""):
    """A parameter for the fixture."""
    name = f"{'gcm' if suite is GCM else 'cbc'}-{'udp' if encapsulated else 'plain'}"
    settings = {"suite": suite, "encapsulated": encapsulated, "without": without}
    return pytest.param(settings, id=f"{name}-without-{without or 'none'}")


every_combination = pytest.mark.parametrize(
    "pair",
    [
        *(options(GCM, True, without) for without in WITHOUT),
        *(options(suite, way) for suite, way in ((CBC, False), (CBC, True), (GCM, False))),
    ],
    indirect=True,
)
some = pytest.mark.parametrize(
    "pair",
    [options(GCM, True), options(CBC, True), options(CBC, False), options(GCM, True, "tso,gso")],
    indirect=True,
)


def transfer(pair, sender, version):
    """Send a stream from one side to the other; returns digests of what was sent and received."""
    data = random.Random(version).randbytes(MUCH)
    with (
        pair.socket(1 - sender, socket.SOCK_STREAM, version) as listening,
        pair.socket(sender, socket.SOCK_STREAM, version) as sending,
        ThreadPoolExecutor(1) as threads,
    ):
        listening.listen()
        sending.connect(listening.getsockname())
        receiving, _ = listening.accept()
        receiving.settimeout(sending.gettimeout())
        sent = threads.submit(lambda: (sending.sendall(data), sending.close()))
        digest = hashlib.sha256()
        with receiving:
            while chunk := receiving.recv(1 << 16):
                digest.update(chunk)
        sent.result()
    return hashlib.sha256(data).digest(), digest.digest()


@every_combination
def test_a_tcp_stream_arrives_intact(pair):
    for version in (4, 6):
        for sender in (0, 1):
            sent, received = transfer(pair, sender, version)
            assert sent == received
    assert pair.drops() == [{}, {}]


def burst(pair, version, payloads, segment=0):
    """Send datagrams at once, or as one for the kernel to cut; returns those that arrived."""
    with (
        pair.socket(0, socket.SOCK_DGRAM, version) as sending,
        pair.socket(1, socket.SOCK_DGRAM, version) as receiving,
    ):
        sending.connect(receiving.getsockname())
        if segment:
            control = [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("=H", segment))]
            sending.sendmsg([b"".join(payloads)], control)
        else:
            for payload in payloads:
                sending.send(payload)
        arrived: list[bytes] = []
        try:
            while len(arrived) < len(payloads):
                arrived.append(receiving.recv(1 << 16))
        except TimeoutError:
            told = [dict(espd.counters()) for espd in pair.espds]
            pytest.fail(f"{len(arrived)} of {len(payloads)} arrived; {told}")
        return arrived


@some
def test_datagrams_arrive_in_order_and_none_is_merged_with_another(pair):
    chance = random.Random(1)
    sizes = {
        "equal": [1000] * BURST,
        "equal, the last shorter": [900] * (BURST - 1) + [1],
        "mixed": [chance.choice([0, 1, 17, 500, 500, 500, 1300]) for _ in range(BURST)],
        "growing": list(range(1, BURST + 1)),
        "shrinking": list(range(BURST, 0, -1)),
    }
    for version in (4, 6):
        for what, lengths in sizes.items():
            payloads = [chance.randbytes(length) for length in lengths]
            assert burst(pair, version, payloads) == payloads, what
    assert pair.drops() == [{}, {}]


@some
def test_a_datagram_to_be_cut_is_cut_rightly(pair):
    for version in (4, 6):
        for segment, length in CUTS:
            data = random.Random(length).randbytes(length)
            payloads = [data[start : start + segment] for start in range(0, length, segment)]
            assert burst(pair, version, payloads, segment) == payloads, (segment, length)
    assert pair.drops() == [{}, {}]


@pytest.mark.parametrize("pair", [options(GCM, True)], indirect=True)
def test_datagrams_longer_than_the_mtu_arrive(pair):
    payloads = [random.Random(n).randbytes(4000 + n) for n in range(20)]
    assert burst(pair, 4, payloads) == payloads
