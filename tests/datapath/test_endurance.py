"""What goes on for long: traffic while keys change, many changes, and nothing to do at all."""

import errno
import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from datapath import esp, ip
from datapath.suites import CBC, GCM, both_ways
from datapath.world import Tunnel
from datapath.xfrm import Limits

PACKETS = 3000
AHEAD = 100
"Packets on their way, at most: less than any queue holds."
REKEY_AFTER = 150
"Packets, more than can be on their way."
TICKS = 10
"Hundredths of a second of processor time that an espd with nothing to do may take in a second."


@contextmanager
def sending(send):
    """Call a function with one number after the other in a thread, never far ahead.

    Gives what to call for each packet that has arrived.
    """
    ahead, over = threading.Semaphore(AHEAD), threading.Event()

    def run():
        for number in range(PACKETS):
            ahead.acquire()
            if over.is_set():
                return
            send(number)

    sender = threading.Thread(target=run)
    sender.start()
    try:
        yield ahead.release
    finally:
        over.set()
        ahead.release()
        sender.join()


@both_ways
def test_nothing_is_lost_outwards_while_keys_change(connect, endpoint, encapsulated):
    tunnels = [connect(GCM, encapsulated=encapsulated)]
    keys = {tunnels[0].outbound.spi: tunnels[0].outbound.keys}
    seen = set()
    with sending(lambda n: endpoint.inside.send(ip.numbered(ip.outwards(), n))) as arrived:
        for number in range(PACKETS):
            if number % REKEY_AFTER == 0:
                new = Tunnel(endpoint, (CBC, GCM)[len(tunnels) % 2], encapsulated=encapsulated)
                keys[new.outbound.spi] = new.outbound.keys
                endpoint.xfrm.add(new.outbound)
                endpoint.xfrm.delete(tunnels[-1].outbound)
                tunnels.append(new)
            packet = endpoint.peer.receive(encapsulated=encapsulated).payload
            opened = esp.open_(keys[int.from_bytes(packet[:4])], packet)
            assert ip.number_of(opened.payload) == number
            seen.add((opened.spi, opened.sequence))
            arrived()
    assert len(seen) == PACKETS
    assert endpoint.drops() == {}


@both_ways
def test_nothing_is_lost_inwards_while_keys_change(connect, endpoint, encapsulated):
    tunnels = [connect(GCM, encapsulated=encapsulated)]

    def send(number):
        tunnel = tunnels[-1]
        tunnel.send(tunnel.seal(ip.numbered(ip.inwards(), number)))

    with sending(send) as arrived:
        for number in range(PACKETS):
            if number % REKEY_AFTER == 0:
                new = Tunnel(endpoint, (CBC, GCM)[len(tunnels) % 2], encapsulated=encapsulated)
                endpoint.xfrm.add(new.inbound)
                tunnels.append(new)
            if number % REKEY_AFTER == REKEY_AFTER - 1:  # by now the old one's last has come
                endpoint.xfrm.delete(tunnels[-2].inbound)
            assert ip.number_of(endpoint.inside.receive()) == number
            arrived()
    assert endpoint.drops() == {}


def memory(endpoint):
    """Kilobytes that the process has in memory."""
    return int(endpoint.espd.status()["VmRSS"].split()[0])


def test_rekeying_thousands_of_times_takes_no_memory(endpoint, works):
    def rekey(times):
        for number in range(times):
            new = Tunnel(endpoint, (CBC, GCM)[number % 2])
            endpoint.xfrm.add(new.inbound)
            endpoint.xfrm.add(new.outbound)
            new.leaves(ip.filled(ip.outwards(), 100))
            new.arrives(ip.filled(ip.inwards(), 100))
            endpoint.xfrm.delete(new.inbound)
            endpoint.xfrm.delete(new.outbound)

    rekey(200)
    before = memory(endpoint)
    rekey(2000)
    assert memory(endpoint) < before + 100
    works()


def test_there_is_room_for_many_states_and_an_end_to_it(endpoint, works):
    state = Tunnel(endpoint, CBC).inbound
    added = []
    with pytest.raises(OSError) as full:  # noqa: PT011, PT012 - one of two, by the last of many
        for number in range(1000):
            more = replace(state, spi=0x5000 + number)
            endpoint.xfrm.add(more)
            added.append(more)
    assert full.value.errno in (errno.ENOBUFS, errno.ENOMEM)
    assert len(added) >= 32  # rekeys of a night in which nobody deletes
    works()
    for one in added:
        endpoint.xfrm.delete(one)
    endpoint.xfrm.add(state)


def processor_time(endpoint):
    """Ticks that the process has used."""
    fields = Path(f"/proc/{endpoint.espd.process.pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def test_with_nothing_to_do_it_does_nothing(connect, endpoint):
    """Whatever has gone wrong around it; an expiry tells when a second is over."""
    tunnel = connect(GCM, encapsulated=True)
    tunnel.leaves(ip.filled(ip.outwards(), 100))
    clock = Tunnel(endpoint, GCM, limits=Limits(soft_seconds=1)).inbound
    endpoint.relay.close()  # charon takes no more IKE
    endpoint.peer.close()  # the peer's host says that nobody listens
    for _ in range(10):
        endpoint.inside.send(ip.filled(ip.outwards(), 100))
    endpoint.ground.set_up(endpoint.ground.inside, up=False)
    endpoint.ground.cut_wire()
    try:
        endpoint.xfrm.add(clock)
        before = processor_time(endpoint)
        endpoint.events.next()
        assert processor_time(endpoint) - before < TICKS
    finally:
        endpoint.ground.mend_wire()
