"""Interfaces of all kinds, and addresses."""

import hashlib
import os
from dataclasses import dataclass
from ipaddress import IPv4Interface

from pyroute2 import IPRoute

from landbridge.network.drivers import arp
from landbridge.network.drivers.netns import NETNS_DIRECTORY, Namespaces
from landbridge.network.model import Address, Bridge, TunnelInterface, Veth

IFF_UP = 1
_TUNNEL_MARK = "tunnel in "
_ARPHRD_ETHER = 1
_NO_DUPLICATE_DETECTION = 0x02
"IFA_F_NODAD: a point-to-point link between two namespaces of ours has no duplicates."


def index_of(handle: IPRoute, name: str) -> int:
    """Look up an interface; raises `LookupError`."""
    found = handle.link_lookup(ifname=name)
    if not found:
        raise LookupError(f"no interface {name}")
    return int(found[0])


def add_bridge(namespaces: Namespaces, bridge: Bridge) -> None:
    """Make a bridge, up; it forwards at once, since nothing here can form a loop.

    Its address is set: else it would be the lowest of its ports', and would change under its
    neighbours, who would send to the old one for seconds, when a port is plugged in.
    """
    handle = namespaces.handle(bridge.namespace)
    remove_half_made(handle, bridge.name)
    handle.link(
        "add", ifname=bridge.name, kind="bridge", br_forward_delay=0, address=_bridge_mac(bridge)
    )
    handle.link("set", index=index_of(handle, bridge.name), state="up")


def _bridge_mac(bridge: Bridge) -> str:
    """Choose a locally administered address that is the same each time."""
    digits = hashlib.sha256(f"{bridge.namespace} {bridge.name}".encode()).digest()
    return (b"\x02" + digits[:5]).hex(":")


def remove_half_made(handle: IPRoute, name: str) -> None:
    """Make way: whoever was making this link before was killed half way."""
    for index in handle.link_lookup(ifname=name):
        handle.link("del", index=index)


def peer_alias(veth: Veth) -> str:
    """The mark on a pair's near end that says where the far end is."""
    return f"{veth.peer_namespace} {veth.peer_name}"


def add_veth(namespaces: Namespaces, veth: Veth) -> None:
    """Make a pair, plug the far end into its bridge, and set both ends up."""
    near = namespaces.handle(veth.namespace)
    far = namespaces.handle(veth.peer_namespace)
    remove_half_made(near, veth.name)
    remove_half_made(far, veth.peer_name)
    peer_fd = os.open(NETNS_DIRECTORY / veth.peer_namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        near.link(
            "add",
            ifname=veth.name,
            kind="veth",
            peer={"ifname": veth.peer_name, "net_ns_fd": peer_fd},
        )
    finally:
        os.close(peer_fd)
    if veth.mac:
        near.link("set", index=index_of(near, veth.name), address=veth.mac)
    far_index = index_of(far, veth.peer_name)
    if veth.peer_bridge:
        far.link("set", index=far_index, master=index_of(far, veth.peer_bridge))
    far.link("set", index=far_index, state="up")
    near.link("set", index=index_of(near, veth.name), state="up", ifalias=peer_alias(veth))


def mark_tunnel(namespaces: Namespaces, interface: TunnelInterface) -> None:
    """Mark an endpoint, on its loopback, with the namespace in which its tunnel interface is."""
    mark = f"{_TUNNEL_MARK}{interface.namespace}"
    namespaces.handle(interface.endpoint).link("set", index=1, ifalias=mark)


def from_tunnel_mark(alias: str | None) -> str | None:
    """Read the mark that `mark_tunnel` left."""
    found = (alias or "").partition(_TUNNEL_MARK)
    return found[2] or None


def remove_link(namespaces: Namespaces, namespace: str, name: str) -> None:
    """Remove an interface, a pair with both ends."""
    handle = namespaces.handle(namespace)
    handle.link("del", index=index_of(handle, name))


def add_address(namespaces: Namespaces, address: Address) -> None:
    """Put an address on an interface; Ethernet neighbours learn of it."""
    _address("replace", namespaces, address)
    handle = namespaces.handle(address.namespace)
    (link,) = handle.link("get", index=index_of(handle, address.link))
    ethernet_up = link["ifi_type"] == _ARPHRD_ETHER and link["flags"] & IFF_UP
    if ethernet_up and isinstance(address.address, IPv4Interface):
        arp.announce(address.namespace, address.link, link.get("address"), address.address.ip)


def remove_address(namespaces: Namespaces, address: Address) -> None:
    """Take an address off an interface."""
    _address("del", namespaces, address)


def _address(verb: str, namespaces: Namespaces, address: Address) -> None:
    handle = namespaces.handle(address.namespace)
    flags = {"flags": _NO_DUPLICATE_DETECTION} if address.address.version == 6 else {}
    handle.addr(
        verb,
        index=index_of(handle, address.link),
        address=str(address.address.ip),
        prefixlen=address.address.network.prefixlen,
        **flags,
    )


def set_up(namespaces: Namespaces, namespace: str, name: str, *, up: bool) -> None:
    """Set an interface up or down."""
    state = "up" if up else "down"
    namespaces.handle(namespace).link("set", ifname=name, state=state)


def set_mtu(namespaces: Namespaces, namespace: str, name: str, mtu: int) -> None:
    """Set an interface's MTU, bytes."""
    handle = namespaces.handle(namespace)
    handle.link("set", index=index_of(handle, name), mtu=mtu)


def move(namespaces: Namespaces, source: str, name: str, target: str) -> None:
    """Move an interface to another namespace; it is down then, and without addresses."""
    handle = namespaces.handle(source)
    with (NETNS_DIRECTORY / target).open() as there:
        handle.link("set", index=index_of(handle, name), net_ns_fd=there.fileno())


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """An interface at a moment."""

    up: bool
    packets_received: int
    bytes_received: int
    packets_sent: int
    bytes_sent: int


def state(namespaces: Namespaces, namespace: str, name: str) -> State:
    """Look at an interface; raises one of `LINUX_FAILURES` when there is none."""
    (link,) = namespaces.handle(namespace).link("get", ifname=name)
    statistics = link.get("stats64")
    return State(
        up=bool(link["flags"] & IFF_UP),
        packets_received=int(statistics["rx_packets"]),
        bytes_received=int(statistics["rx_bytes"]),
        packets_sent=int(statistics["tx_packets"]),
        bytes_sent=int(statistics["tx_bytes"]),
    )
