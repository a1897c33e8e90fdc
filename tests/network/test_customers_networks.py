"""What a device may announce and send, and an instance send.

host -- device ==2 tunnels, BGP== gateway -- VPC router -- instance
"""

import json
import re
import subprocess
from contextlib import contextmanager
from ipaddress import IPv4Network

from landbridge.lab.site import LAN
from landbridge.network.drivers import netns, routes
from landbridge.settings import OUTSIDE_POOL
from network.installation import ping, wait_until

FORBIDDEN = (
    str(OUTSIDE_POOL),
    f"{OUTSIDE_POOL[2]}/32",
    str(OUTSIDE_POOL.supernet(8)),
    "169.254.0.0/16",
    "169.254.6.0/30",
    "0.0.0.0/8",
    "240.0.0.0/4",
    "10.0.200.0/24",
)
ALLOWED = ("0.0.0.0/0", "10.0.0.0/8", "192.168.77.0/24", "198.51.100.0/25")


def inside(namespace, *command, **options):
    with netns.inside(namespace):
        return subprocess.run(command, capture_output=True, text=True, check=False, **options)


def learnt(world):
    """What BIRD has put into the gateway's kernel table."""
    namespaces = netns.Namespaces()
    try:
        return routes.learnt(namespaces, world.gateway)
    finally:
        namespaces.close()


def test_what_is_no_customers_network_is_refused_and_counted(world):
    wait_until(lambda: world.up() == 2, "both tunnels are up")
    good = {LAN, *map(IPv4Network, ALLOWED)}
    world.announce(*FORBIDDEN, *ALLOWED)
    try:
        wait_until(
            lambda: (
                {(one.imported, one.filtered) for one in world.sessions().values()}
                == {(len(good), len(FORBIDDEN))}
            ),
            "all is counted",
        )
        wait_until(lambda: learnt(world) == good, "the others are learnt")
        assert ping(world.device.host, world.address)
    finally:
        world.announce()
    wait_until(lambda: learnt(world) == {LAN}, "all is withdrawn")


@contextmanager
def counting(namespace, *sources):
    """Count what arrives in a namespace from these addresses; yields the count of one."""
    rules = "".join(f'ip saddr {one} counter comment "{one}";\n' for one in sources)
    table = f"""table inet probe {{
      chain arriving {{ type filter hook prerouting priority -400;
        {rules} }}
    }}"""

    def count(source):
        listed = json.loads(inside(namespace, "nft", "-j", "list", "table", "inet", "probe").stdout)
        (rule,) = (
            one["rule"]
            for one in listed["nftables"]
            if one.get("rule", {}).get("comment") == source
        )
        (counter,) = (one["counter"] for one in rule["expr"] if "counter" in one)
        return counter["packets"]

    assert inside(namespace, "nft", "-f", "-", input=table).returncode == 0
    try:
        yield count
    finally:
        inside(namespace, "nft", "delete", "table", "inet", "probe")


def send(namespace, source, target):
    """Send two pings with a source address that is the sender's for so long."""
    assert inside(namespace, "ip", "address", "add", f"{source}/32", "dev", "lo").returncode == 0
    try:
        inside(namespace, "ping", "-c2", "-i0.1", "-W1", "-I", source, target)
    finally:
        inside(namespace, "ip", "address", "delete", f"{source}/32", "dev", "lo")


def test_from_a_tunnel_nothing_comes_in_with_a_source_that_is_no_customers(world):
    other, refused = "172.31.9.9", ("10.0.99.99", "169.254.6.6", str(OUTSIDE_POOL[9]))
    with counting(world.vpc_namespace, other, *refused) as count:
        for source in (other, *refused):
            send(world.device.host, source, world.address)
        assert [count(source) for source in (other, *refused)] == [2, 0, 0, 0]


def test_an_instance_sends_from_its_own_address_only(world):
    refused = ("8.8.8.8", "10.0.1.77", "10.7.1.4")
    with counting(world.vpc_namespace, world.address, *refused) as count:
        assert ping(world.instance_namespace, "192.168.10.10")
        assert count(world.address) >= 3
        for source in refused:
            send(world.instance_namespace, source, "192.168.10.10")
        assert [count(source) for source in refused] == [0, 0, 0]


def test_an_instance_gets_what_is_sent_to_its_own_address_only(world):
    """Even where a route leads somebody else's packets to it, and it has that address."""
    other = "8.8.4.4"
    way = ("ip", "route", "{}", f"{other}/32", "via", world.address)
    in_vpc, of_instance = world.vpc_namespace, world.instance_namespace

    def dropped():
        chain = inside(of_instance, "nft", "list", "chain", "inet", "landbridge", "destination")
        return int(re.search(r"counter packets (\d+)", chain.stdout)[1])

    assert inside(in_vpc, *(one.format("add") for one in way)).returncode == 0
    inside(of_instance, "ip", "address", "add", f"{other}/32", "dev", "lo")
    try:
        before = dropped()
        inside(in_vpc, "ping", "-c3", "-i0.1", "-W1", other)
        assert dropped() >= before + 3
    finally:
        inside(of_instance, "ip", "address", "delete", f"{other}/32", "dev", "lo")
        inside(in_vpc, *(one.format("delete") for one in way))
