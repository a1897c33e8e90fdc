"""The data path tells charon when an SA is used up or its time is, and when the peer moved."""

import subprocess

import pytest

from interoperation.pair import A, B
from landbridge.network.drivers.netns import inside
from network.installation import Pinger, ping, wait_until

HERE, THERE = (address[2].partition("/")[0] for address in (A, B))


def spis(pair):
    """The SPIs in use on the first side."""
    return {one["spi-in"] for one in pair.child_sas(0)}


@pytest.mark.parametrize(
    "lifetimes",
    [
        {"rekey_time": "2s", "life_time": "60s", "rand_time": "0s"},
        {"rekey_packets": "50", "life_packets": "1000000", "rand_packets": "0"},
        {"rekey_bytes": "5000", "life_bytes": "1000000", "rand_bytes": "0"},
    ],
    ids=["time", "packets", "bytes"],
)
def test_an_sa_is_replaced_before_its_end(pair, lifetimes):
    with pair.connected(esp="aes256gcm16-ecp256", **lifetimes):
        before = spis(pair)
        pinger = Pinger(pair.inside(0), THERE)
        wait_until(lambda: not spis(pair) & before, "another SA is in use")
        _, lost = pinger.stop()
        assert lost == 0


def test_an_sa_past_its_end_is_given_up_and_made_anew(pair):
    limits = {"rekey_packets": "0", "life_packets": "20", "rand_packets": "0"}
    with pair.connected(esp="aes256gcm16-ecp256", **limits):
        before = spis(pair)
        assert ping(pair.inside(0), THERE, count=5)
        assert spis(pair) == before
        ping(pair.inside(0), THERE, count=40)
        wait_until(lambda: spis(pair) and not spis(pair) & before, "charon has made another")


def rules(pair, zone, ports):
    """Translate what the first side sends, and forget the translations there were."""
    source = A[0].partition("/")[0]
    with inside(pair.nat):
        subprocess.run(
            ["nft", "-f", "-"],
            input=f"""
            table ip nat
            delete table ip nat
            table ip nat {{
              chain zones {{
                type filter hook prerouting priority raw;
                ct zone set {zone}
              }}
              chain sources {{
                type nat hook postrouting priority srcnat;
                ip saddr {source} ip protocol udp snat to {B[1]}:{ports}
              }}
            }}""",
            text=True,
            check=True,
        )


def remote_port(pair):
    """Where the second side believes the first to be."""
    return {one["remote-port"] for one in pair.ike_sas(1)}


def test_a_peer_behind_a_nat_may_change_its_port(pair):
    rules(pair, 1, "20000-20999")
    try:
        with pair.connected(esp="aes256gcm16-ecp256", anywhere=True):
            assert all(one["encap"] == b"yes" for one in pair.child_sas(1))
            wait_until(lambda: ping(pair.inside(0), THERE), "pings are answered")
            before = remote_port(pair)
            rules(pair, 2, "30000-30999")
            wait_until(lambda: ping(pair.inside(0), THERE), "pings are answered again")
            wait_until(lambda: remote_port(pair) != before, "charon has heard of the new port")
            wait_until(lambda: ping(pair.inside(1), HERE), "pings are answered the other way")
    finally:
        with inside(pair.nat):
            subprocess.run(["nft", "delete", "table", "ip", "nat"], check=True)


def test_a_dead_peer_is_noticed_and_its_sas_are_gone(pair):
    with pair.connected(esp="aes256gcm16-ecp256", dpd="1s"):
        assert ping(pair.inside(0), THERE)
        with inside(pair.nat):
            subprocess.run(["ip", "link", "set", "dev", "b", "down"], check=True)
        try:
            wait_until(lambda: not pair.ike_sas(0), "the IKE_SA is gone")
            dropped = pair.counters(0).drops.get("no_policy", 0)
            assert not ping(pair.inside(0), THERE, count=1)
            assert pair.counters(0).drops["no_policy"] > dropped
        finally:
            with inside(pair.nat):
                subprocess.run(["ip", "link", "set", "dev", "b", "up"], check=True)
