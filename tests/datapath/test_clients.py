"""Clients of espd's socket that say or do anything: it goes on, and keeps nothing of theirs."""

import os
import socket
import struct
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datapath import netlink, xfrm
from datapath.client import to_espd
from datapath.espd import wait_until
from datapath.ground import ENDPOINT, PEER
from datapath.suites import CBC, GCM
from datapath.world import policies
from datapath.xfrm import Type

BIND, HANDOVER = 0xFFF0, 0xFFF1

GCM_STATE = xfrm.State(spi=0x1111, source=PEER, destination=ENDPOINT, keys=GCM.keys("x"))
CBC_STATE = xfrm.State(
    spi=0x2222, source=PEER, destination=ENDPOINT, keys=CBC.keys("x"), window=128, encap=(1, 2)
)


@pytest.mark.usefixtures("works")
def test_descriptors_that_are_no_udp_socket_are_closed_again(endpoint):
    table = Path(f"/proc/{endpoint.espd.process.pid}/fd")
    before = len(list(table.iterdir()))
    with (
        tempfile.TemporaryFile() as file,
        socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp,
        socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp6,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as unix,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp,
    ):
        numbers = [one.fileno() for one in (file, tcp, udp6, unix, udp)]
        for kind in (HANDOVER, BIND, Type.GETSA):
            for chosen in (numbers[:2], numbers[1:3], numbers[3:], numbers[:1], numbers, []):
                message = netlink.pack(kind, b"", sequence=77)
                socket.send_fds(endpoint.xfrm.socket, [message], chosen)
        socket.send_fds(endpoint.xfrm.socket, [netlink.pack(HANDOVER, b"")], numbers * 40)
    settle(endpoint.xfrm.socket)
    assert len(list(table.iterdir())) == before


def settle(connection):
    """Wait until all that was sent has been read; other answers have to be whole messages."""
    sequence = int.from_bytes(os.urandom(3))
    connection.send(netlink.pack(Type.GETSA, bytes(24), sequence=sequence))
    while True:
        answer = netlink.unpack(connection.recv(1 << 16))
        if answer.sequence == sequence:
            assert answer.type == netlink.NLMSG_ERROR
            return


def test_more_clients_than_there_is_room_for_are_turned_away(endpoint, works):
    more = [to_espd(endpoint.espd.socket) for _ in range(40)]
    works()
    for one in more:
        one.close()
    wait_until(lambda: is_served(endpoint), "there is room again")


def is_served(endpoint):
    """Whether another client gets answers."""
    with to_espd(endpoint.espd.socket) as late:
        try:
            settle(late)
        except ConnectionResetError:
            return False
        return True


def test_a_client_that_reads_no_answers_is_survived(endpoint, works):
    with to_espd(endpoint.espd.socket) as deaf:
        deaf.setblocking(False)
        try:
            for _ in range(100_000):
                deaf.send(netlink.pack(Type.GETSA, bytes(24)))
        except BlockingIOError:
            pass
        works()


VALID = [
    (Type.NEWSA, GCM_STATE.pack()),
    (Type.NEWSA, CBC_STATE.pack()),
    (Type.UPDSA, CBC_STATE.pack()),
    (Type.DELSA, GCM_STATE.id()),
    (Type.GETSA, CBC_STATE.id()),
    (Type.GETAE, CBC_STATE.event_id()),
    (Type.ALLOCSPI, xfrm.spi_request(PEER, ENDPOINT, 256, 300)),
    (Type.NEWPOLICY, policies()[0].pack()),
    (Type.UPDPOLICY, policies()[1].pack()),
    (Type.DELPOLICY, policies()[2].id()),
    (Type.GETPOLICY, policies()[0].id()),
    (Type.FLUSHSA, b"\xff"),
]


@st.composite
def damaged(draw):
    """A message that was right, until some bytes were changed, removed or added."""
    kind, body = draw(st.sampled_from(VALID))
    message = bytearray(netlink.pack(kind, body, sequence=1, flags=draw(st.sampled_from([1, 5]))))
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(message) - 1))
        message[place] = draw(st.sampled_from([0, 1, 2, 4, 0x7F, 0x80, 0xFE, 0xFF]))
    cut = draw(st.integers(0, 40))
    if cut:
        del message[-cut:]
    message += draw(st.binary(max_size=20))
    if draw(st.booleans()) and len(message) >= 4:
        struct.pack_into("=I", message, 0, len(message))
    return bytes(message)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(messages=st.lists(damaged(), min_size=20, max_size=40))
def test_any_message_is_survived(endpoint, messages):
    for message in messages:
        if message:
            endpoint.xfrm.socket.send(message)
    settle(endpoint.xfrm.socket)
    assert endpoint.espd.process.poll() is None
