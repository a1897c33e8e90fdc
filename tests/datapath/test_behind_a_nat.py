"""ESP in UDP, and what shares its port (RFC 3948)."""

import socket
import struct

from datapath import esp, ip
from datapath.answers import Moved
from datapath.ground import ENDPOINT, PEER, PEER_MOVED
from datapath.suites import GCM, both_ways
from datapath.wire import NATT_PORT

INNER = ip.filled(ip.inwards(), 61)
KEEPALIVE = b"\xff"
MARKER = bytes(4)
"Before IKE on port 4500."

RELAY = struct.Struct("=H2s16s16s")
"datapath/relay.h: family, the peer's port, its address, ours."


def told(tunnel):
    """The events up to now: between two answers there was time to tell."""
    for _ in range(2):
        tunnel.endpoint.xfrm.get(tunnel.inbound)
    return tunnel.endpoint.events.waiting()


def moved(tunnel, address, port):
    """The event that says so."""
    before = (PEER, NATT_PORT)
    return Moved(tunnel.inbound.spi, tunnel.inbound.reqid, before, (address, port))


def test_a_peer_whose_port_changed_is_told_once_for_each_change(connect):
    tunnel = connect(GCM, encapsulated=True)
    tunnel.arrives(INNER)
    for port in (40001, 40002):
        for _ in range(5):
            tunnel.arrives(INNER, port=port)
        assert tunnel.endpoint.events.next() == moved(tunnel, PEER, port)
    assert told(tunnel) == []


def test_a_peer_whose_address_changed_is_told(connect):
    tunnel = connect(GCM, encapsulated=True)
    tunnel.arrives(INNER, address=PEER_MOVED)
    assert tunnel.endpoint.events.next() == moved(tunnel, PEER_MOVED, NATT_PORT)


def test_a_peer_that_comes_back_and_goes_again_is_told_again(connect):
    """charon has not moved the state; it may have been busy, or had doubts."""
    tunnel = connect(GCM, encapsulated=True)
    for port in (40001, NATT_PORT, 40001):
        tunnel.arrives(INNER, port=port)
        if port != NATT_PORT:
            assert tunnel.endpoint.events.next() == moved(tunnel, PEER, port)


def test_who_cannot_authenticate_moves_nobody(connect):
    tunnel = connect(GCM, encapsulated=True)
    true = tunnel.seal(INNER)
    tunnel.send(true)
    assert tunnel.endpoint.inside.receive() == INNER
    forged = tunnel.seal(INNER)
    for packet in (true, forged[:-1] + bytes([forged[-1] ^ 1]), forged[:20]):
        tunnel.send(packet, port=40001)
    tunnel.send(tunnel.seal(INNER), address=PEER)
    assert tunnel.endpoint.inside.receive() == INNER
    assert told(tunnel) == []


def test_answers_go_on_to_where_the_state_says(connect):
    """Until charon has moved it: it may want to check that the peer is there."""
    tunnel = connect(GCM, encapsulated=True)
    tunnel.arrives(INNER, port=40001)
    outer, _ = tunnel.leaves(ip.filled(ip.outwards(), 100))
    assert (outer.destination, outer.ports) == (PEER, (NATT_PORT, NATT_PORT))


def test_without_encapsulation_a_peer_does_not_move(connect):
    tunnel = connect(GCM)
    tunnel.arrives(INNER, address=PEER_MOVED)
    assert told(tunnel) == []


def test_ports_are_the_states(connect):
    tunnel = connect(
        GCM,
        encapsulated=True,
        outbound={"encap": (NATT_PORT, 40003)},
        inbound={"encap": (40003, NATT_PORT)},
    )
    tunnel.endpoint.peer.udp(40003)
    outer, _ = tunnel.leaves(ip.filled(ip.outwards(), 100))
    assert outer.ports == (NATT_PORT, 40003)
    tunnel.arrives(INNER, port=40003)
    assert told(tunnel) == []


def test_keepalives_are_nothing(connect):
    tunnel = connect(GCM, encapsulated=True)
    for _ in range(3):
        tunnel.send(KEEPALIVE)
    tunnel.arrives(INNER)
    assert tunnel.endpoint.drops() == {}


def relayed(endpoint):
    """Read what came to charon: whence, whereto, and what."""
    packet = endpoint.relay.recv(1 << 16)
    family, port, peer, local = RELAY.unpack_from(packet)
    assert family == socket.AF_INET
    whence = (socket.inet_ntoa(peer[:4]), int.from_bytes(port, "big"))
    return whence, socket.inet_ntoa(local[:4]), packet[RELAY.size :]


def relay(endpoint, payload, *, to, port):
    """Have IKE sent as charon does."""
    header = RELAY.pack(
        socket.AF_INET, port.to_bytes(2, "big"), to.packed.ljust(16, b"\0"),
        ENDPOINT.packed.ljust(16, b"\0"),
    )  # fmt: skip
    endpoint.relay.send(header + payload)


def test_ike_is_relayed_to_charon(connect, endpoint):
    tunnel = connect(GCM, encapsulated=True)
    for number, (address, port) in enumerate(
        [(PEER, NATT_PORT), (PEER_MOVED, NATT_PORT), (PEER, 40004)]
    ):
        for size in (0, 28, 1200, 3000):
            message = MARKER + bytes([number]) * size
            tunnel.send(message, address=address, port=port)
            assert relayed(endpoint) == ((str(address), port), str(ENDPOINT), message)
    assert endpoint.drops() == {}


@both_ways
def test_ike_is_relayed_from_charon(connect, endpoint, encapsulated):
    """Whether the tunnel itself needs port 4500 or not."""
    tunnel = connect(GCM, encapsulated=encapsulated)
    for address, port in ((PEER, NATT_PORT), (PEER_MOVED, NATT_PORT), (PEER, 40004)):
        endpoint.peer.udp(port, address)
        for size in (28, 1200, 3000):
            message = MARKER + bytes(range(256)) * (size // 256) + b"!"
            relay(endpoint, message, to=address, port=port)
            outer = endpoint.peer.receive(encapsulated=True)
            assert (outer.source, outer.destination) == (ENDPOINT, address)
            assert outer.ports == (NATT_PORT, port)
            assert outer.payload == message
    tunnel.arrives(INNER)


def test_ike_and_esp_that_come_together_are_told_apart(connect, endpoint):
    """As one batch of equally long datagrams, which the kernel may put together."""
    tunnel = connect(GCM, encapsulated=True)
    packets = [tunnel.seal(ip.numbered(ip.inwards(), number)) for number in range(4)]
    message = MARKER.ljust(len(packets[0]), b"i")
    endpoint.peer.send_at_once([packets[0], message, packets[1], packets[2], message, packets[3]])
    for number in range(4):
        assert ip.number_of(endpoint.inside.receive()) == number
    for _ in range(2):
        assert relayed(endpoint)[2] == message


def test_rubbish_on_the_relay_is_survived(connect, endpoint):
    tunnel = connect(GCM, encapsulated=True)
    for size in (1, 35, 36):
        endpoint.relay.send(bytes(size))
    relay(endpoint, MARKER + b"true", to=PEER, port=NATT_PORT)
    assert endpoint.peer.receive(
        encapsulated=True, wanted=lambda outer: outer.payload == MARKER + b"true"
    )
    tunnel.arrives(INNER)


def test_a_charon_that_does_not_read_its_ike_stops_no_packets(connect):
    tunnel = connect(GCM, encapsulated=True)
    for number in range(2000):
        tunnel.send(MARKER + number.to_bytes(500))
    tunnel.arrives(INNER)


def test_an_spi_of_zero_is_ike(connect, endpoint):
    """RFC 3948 section 2.2: that is why no SPI is zero."""
    tunnel = connect(GCM, encapsulated=True)
    packet = esp.seal(tunnel.inbound.keys, 0, 1, tunnel.text(INNER))
    tunnel.send(packet)
    assert relayed(endpoint)[2] == packet
