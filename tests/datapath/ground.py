"""The namespaces of these tests.

    lbt*-in                    lbt*-ep                          lbt*-peer                lbt*-far
    tunnel interface  ==espd== 192.0.2.1 ------- veth ------- 192.0.2.2, .3   (==espd== interface)

The last exists for tests with an espd at either end. Nothing inside has an address unless a test
gives it one, so that nothing answers, asks or announces.
"""

import itertools
import os
import subprocess
from ipaddress import IPv4Address, IPv4Interface, IPv6Interface
from pathlib import Path

from datapath.espd import wait_until
from landbridge.network.drivers import links
from landbridge.network.drivers.netns import Namespaces, inside, listed
from landbridge.network.model import Address, Veth

ENDPOINT = IPv4Address("192.0.2.1")
PEER = IPv4Address("192.0.2.2")
PEER_MOVED = IPv4Address("192.0.2.3")
"Another address of the peer's, as after a NAT has changed its mind."

TUN = "tunnel"

_MOST_SEGMENTS = 65535
"Linux's default."

_RTF_LOCAL = 0x80000000

_numbers = itertools.count()

_QUIET = {
    "net.ipv6.conf.default.addr_gen_mode": "1",  # no link-local addresses, hence no announcements
    "net.ipv6.conf.default.accept_ra": "0",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
}


class Ground:
    """All namespaces, and the link outside."""

    def __init__(self) -> None:
        prefix = f"lbt{os.getpid() % 1000:03d}{next(_numbers)}"
        self.inside, self.endpoint = f"{prefix}-in", f"{prefix}-ep"
        self.peer, self.far = f"{prefix}-peer", f"{prefix}-far"
        self.namespaces = Namespaces()

    def build(self) -> None:
        """Make everything."""
        for name in self._all():
            self.namespaces.create(name, _QUIET)
        veth = Veth(
            namespace=self.endpoint, name="uplink", peer_namespace=self.peer, peer_name="uplink"
        )
        links.add_veth(self.namespaces, veth)
        for namespace, address in (
            (self.endpoint, ENDPOINT),
            (self.peer, PEER),
            (self.peer, PEER_MOVED),
        ):
            self.add_address(namespace, "uplink", f"{address}/24")

        for namespace in (self.endpoint, self.peer):
            _keep_order(namespace, "uplink")
        self._introduce()

    def add_address(self, namespace: str, link: str, address: str) -> None:
        """Give a link an address; it is in use afterwards."""
        made = IPv6Interface(address) if ":" in address else IPv4Interface(address)
        links.add_address(self.namespaces, Address(namespace=namespace, link=link, address=made))
        if made.version == 6:
            wait_until(lambda: _is_local(namespace, made), f"{address} is local")

    def cut_wire(self) -> None:
        """Set the link outside down."""
        self.set_up(self.endpoint, "uplink", up=False)

    def mend_wire(self) -> None:
        """Set it up again."""
        self.set_up(self.endpoint, "uplink")
        self._introduce()

    def _introduce(self) -> None:
        """Tell both ends each other's hardware address.

        While one asks for it packets wait; those sent at the moment of the answer overtake them.
        """
        for here, there, addresses in (
            (self.endpoint, self.peer, (PEER, PEER_MOVED)),
            (self.peer, self.endpoint, (ENDPOINT,)),
        ):
            handle, other = self.namespaces.handle(here), self.namespaces.handle(there)
            (link,) = other.get_links(links.index_of(other, "uplink"))
            for address in addresses:
                handle.neigh(
                    "replace",
                    dst=str(address),
                    lladdr=link.get("address"),
                    ifindex=links.index_of(handle, "uplink"),
                    state="permanent",
                )

    def set_up(self, namespace: str, link: str = TUN, *, up: bool = True) -> None:
        """Set a link up or down."""
        links.set_up(self.namespaces, namespace, link, up=up)

    def pass_super_packets(self, *, whole: bool) -> None:
        """Let what the endpoint sends as one cross the wire as one, or have Linux cut it before."""
        handle = self.namespaces.handle(self.endpoint)
        most = _MOST_SEGMENTS if whole else 1
        handle.link("set", index=links.index_of(handle, "uplink"), gso_max_segs=most)

    def remove_link(self, namespace: str, link: str = TUN) -> None:
        """Remove a link."""
        links.remove_link(self.namespaces, namespace, link)

    def remove(self) -> None:
        """Take everything away, as far as it was made."""
        for name in set(self._all()) & set(listed()):
            self.namespaces.remove(name)
        self.namespaces.close()

    def _all(self) -> tuple[str, ...]:
        return self.inside, self.endpoint, self.peer, self.far


def _keep_order(namespace: str, link: str) -> None:
    """Have one processor take all that a link receives.

    Otherwise it is the one that sends: packets overtake each other when a sender changes places.
    """
    path = f"/sys/class/net/{link}/queues/rx-0/rps_cpus"
    subprocess.run(
        ["ip", "netns", "exec", namespace, "tee", path], input=b"1", capture_output=True, check=True
    )


def _is_local(namespace: str, address: IPv4Interface | IPv6Interface) -> bool:
    """Whether what comes to an IPv6 address is taken, which begins some time after it was made."""
    with inside(namespace):
        routes = Path("/proc/thread-self/net/ipv6_route").read_text().splitlines()
    return any(
        line.startswith(address.ip.packed.hex()) and int(line.split()[8], 16) & _RTF_LOCAL
        for line in routes
    )
