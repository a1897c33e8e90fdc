"""New states take over from old ones, and no packet is lost meanwhile."""

import pytest

from datapath import charon, ip
from datapath.ground import ENDPOINT, PEER, PEER_MOVED
from datapath.suites import CBC, GCM, both_ways, either_kind
from datapath.wire import NATT_PORT
from datapath.world import Tunnel, policies
from datapath.xfrm import Attribute

OUT = ip.filled(ip.outwards(), 100)
IN = ip.filled(ip.inwards(), 100)


def install(endpoint, suite=GCM, **options):
    """Another pair of states for the tunnel that is there."""
    tunnel = Tunnel(endpoint, suite, **options)
    endpoint.xfrm.add(tunnel.inbound)
    return tunnel


@both_ways
def test_the_newest_outbound_state_is_used(connect, endpoint, encapsulated):
    old = connect(GCM, encapsulated=encapsulated)
    old.leaves(OUT)
    new = install(endpoint, CBC, encapsulated=encapsulated)
    old.leaves(OUT)
    endpoint.xfrm.add(new.outbound)
    new.leaves(OUT)
    endpoint.xfrm.delete(old.outbound)
    new.leaves(OUT)


def test_when_the_newest_goes_the_old_one_is_used_again(connect, endpoint):
    old = connect(GCM)
    new = install(endpoint)
    endpoint.xfrm.add(new.outbound)
    _, opened = new.leaves(OUT)
    assert opened.sequence == 1
    endpoint.xfrm.delete(new.outbound)
    old.leaves(OUT)


@both_ways
def test_both_inbound_states_are_good_until_one_is_removed(connect, endpoint, encapsulated):
    old = connect(GCM, encapsulated=encapsulated)
    new = install(endpoint, encapsulated=encapsulated)
    for _ in range(3):
        old.arrives(IN)
        new.arrives(IN)
    endpoint.xfrm.delete(old.inbound)
    late = old.seal(IN)
    new.refused("drop_no_sa", late)


def test_a_state_of_another_reqid_is_not_used(connect, endpoint):
    tunnel = connect(GCM)
    other = Tunnel(endpoint, GCM, reqid=2)
    endpoint.xfrm.add(other.outbound)
    tunnel.leaves(OUT)


def test_an_allocated_spi_takes_its_state(connect, endpoint):
    """charon's order: the inbound SPI first, then its state, then the outbound one."""
    old = connect(GCM)
    allocated = endpoint.xfrm.allocate(PEER, ENDPOINT, 0xC0000000, 0xCFFFFFFF)
    assert 0xC0000000 <= allocated.spi <= 0xCFFFFFFF
    assert (allocated.source, allocated.destination) == (PEER, ENDPOINT)
    new = Tunnel(endpoint, GCM, inbound={"spi": allocated.spi})
    old.refused("drop_no_sa", new.seal(IN))
    endpoint.xfrm.update(new.inbound)
    new.arrives(IN)
    old.arrives(IN)


def test_no_spi_is_allocated_twice(endpoint):
    allocated = [endpoint.xfrm.allocate(PEER, ENDPOINT, 300, 309).spi for _ in range(10)]
    assert sorted(allocated) == list(range(300, 310))
    with pytest.raises(FileNotFoundError):
        endpoint.xfrm.allocate(PEER, ENDPOINT, 300, 309)


def test_a_state_is_added_once_and_removed_once(connect, endpoint):
    tunnel = connect(GCM)
    with pytest.raises(FileExistsError):
        endpoint.xfrm.add(tunnel.inbound)
    endpoint.xfrm.delete(tunnel.inbound)
    for ask in (
        endpoint.xfrm.delete,
        endpoint.xfrm.get,
        endpoint.xfrm.replay,
        endpoint.xfrm.update,
    ):
        with pytest.raises(ProcessLookupError):
            ask(tunnel.inbound)


def test_a_flush_removes_all(connect, endpoint):
    tunnel = connect(GCM)
    endpoint.xfrm.flush()
    for state in (tunnel.inbound, tunnel.outbound):
        with pytest.raises(ProcessLookupError):
            endpoint.xfrm.get(state)


@either_kind
def test_a_state_is_described_as_it_was_installed(connect, endpoint, suite):
    """charon asks for keys and all, to install them again."""
    tunnel = connect(suite, encapsulated=True, window=128)
    described = endpoint.xfrm.get(tunnel.inbound)
    assert (described.source, described.destination) == (PEER, ENDPOINT)
    assert (described.spi, described.reqid) == (tunnel.inbound.spi, 1)
    attributes = dict(described.attributes)
    assert attributes[Attribute.ENCAP] == tunnel.inbound.encapsulation()
    kind = Attribute.ALG_AEAD if suite.gcm else Attribute.ALG_CRYPT
    assert attributes[kind].endswith(tunnel.inbound.keys.encryption)
    if not suite.gcm:
        assert attributes[Attribute.ALG_AUTH_TRUNC].endswith(tunnel.inbound.keys.integrity)


@pytest.mark.parametrize("window", [32, 128])
@either_kind
def test_a_moved_inbound_state_remembers_what_it_has_seen(connect, endpoint, suite, window):
    tunnel = connect(suite, encapsulated=True, window=window)
    packets = {number: tunnel.seal(IN, number) for number in (1, 40, 20, 39, 10)}
    for packet in packets.values():
        tunnel.send(packet)
        assert endpoint.inside.receive() == IN
    expected = {number for number in packets if number > 40 - window}
    before = endpoint.xfrm.replay(tunnel.inbound)
    assert (before.highest, before.seen) == (40, expected)
    moved = charon.move(endpoint.xfrm, tunnel.inbound, source=PEER_MOVED, encap=(40001, NATT_PORT))
    for policy in policies(peer=PEER_MOVED):
        endpoint.xfrm.update_policy(policy)
    after = endpoint.xfrm.replay(moved)
    assert (after.highest, after.seen) == (40, expected)
    tunnel.refused("drop_replay", *packets.values(), address=PEER_MOVED, port=40001)
    tunnel.arrives(IN, 30, address=PEER_MOVED, port=40001)


@pytest.mark.parametrize("window", [0, 32, 128])
@either_kind
def test_a_moved_outbound_state_goes_on_counting(connect, endpoint, suite, window):
    tunnel = connect(suite, encapsulated=True, outbound={"window": window})
    ivs = {tunnel.leaves(OUT)[1].iv for _ in range(5)}
    tunnel.outbound = charon.move(
        endpoint.xfrm, tunnel.outbound, destination=PEER_MOVED, encap=(NATT_PORT, 40001)
    )
    for policy in policies(peer=PEER_MOVED):
        endpoint.xfrm.update_policy(policy)
    endpoint.peer.udp(40001, PEER_MOVED)
    outer, opened = tunnel.leaves(OUT)
    assert (outer.destination, outer.ports) == (PEER_MOVED, (NATT_PORT, 40001))
    assert opened.sequence == 6
    assert opened.iv not in ivs


@either_kind
def test_a_moved_state_goes_on_towards_its_limits(connect, endpoint, suite):
    tunnel = connect(suite)
    for _ in range(3):
        tunnel.arrives(IN)
    before = endpoint.xfrm.get(tunnel.inbound)
    moved = charon.move(endpoint.xfrm, tunnel.inbound, source=PEER_MOVED)
    after = endpoint.xfrm.get(moved)
    assert (after.packets, after.octets) == (before.packets, before.octets) == (3, 300)
    assert (after.added, after.used) == (before.added, before.used)
    assert after.source == PEER_MOVED


@pytest.mark.parametrize("window", [32, 1024, 4096])
def test_a_state_can_be_moved_again_and_again(connect, endpoint, window):
    """A NAT may forget its mapping every few minutes; what is handed back must not grow."""
    tunnel = connect(CBC, encapsulated=True, window=window)
    for number in range(60):
        tunnel.arrives(IN, port=40001 + number % 2)
        tunnel.inbound = charon.move(
            endpoint.xfrm, tunnel.inbound, encap=(40001 + number % 2, NATT_PORT)
        )
    described = endpoint.xfrm.get(tunnel.inbound)
    kinds = [kind for kind, _ in described.attributes]
    assert len(kinds) == len(set(kinds))
    assert described.packets == 60
