"""Counters of either way of doing ESP."""

import struct

from landbridge.network.drivers.esp import Tunnels
from landbridge.network.drivers.espd import parse_counters
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.drivers.xfrm import parse_drops
from landbridge.network.strongswan import Esp

ESPD = (Namespaces(), "lbe-1-1", "lbg-1", "t1-1")


def entries(**counters):
    return b"".join(struct.pack("=32sQ", name.encode(), n) for name, n in counters.items())


def test_an_espds_file_is_read_up_to_its_end():
    data = entries(in_packets=2**40, drop_icv=1) + bytes(40) + entries(beyond=1)
    assert parse_counters(data.ljust(4096, b"\0")) == {"in_packets": 2**40, "drop_icv": 1}


def test_a_full_or_an_empty_file_is_read():
    assert parse_counters(b"") == {}
    assert parse_counters(entries(a=1, b=2) + b"torn") == {"a": 1, "b": 2}
    assert parse_counters(entries(**{"n" * 32: 7})) == {"n" * 32: 7}


def test_what_an_espd_counted_is_the_tunnels(tmp_path):
    tunnels = Tunnels(Esp.USERSPACE, tmp_path, tmp_path)
    assert tunnels.counters(*ESPD).drops == {}
    (tmp_path / "lbe-1-1").mkdir()
    (tmp_path / "lbe-1-1" / "espd.counters").write_bytes(
        entries(in_packets=1, in_bytes=2, out_packets=3, out_bytes=4, drop_icv=0, drop_replay=5)
    )
    found = tunnels.counters(*ESPD)
    assert (found.packets_in, found.bytes_in, found.packets_out, found.bytes_out) == (1, 2, 3, 4)
    assert found.drops == {"replay": 5}


def test_the_kernels_drops_have_espds_names_where_they_mean_the_same():
    text = (
        "XfrmInError             \t0\nXfrmInHdrError\t2\nXfrmInStateSeqError     \t3\n"
        "XfrmInNoPols            \t1\nXfrmInPolBlock          \t4\n"
    )
    assert parse_drops(text) == {"in_hdr_error": 2, "replay": 3, "policy": 5}
