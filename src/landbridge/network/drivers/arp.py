"""Announcing an IPv4 address to its neighbours."""

import socket
import struct
from ipaddress import IPv4Address

from landbridge.network.drivers import netns

_BROADCAST = b"\xff" * 6
_ETHERNET, _REQUEST = 1, 1
_ETH_P_IP, _ETH_P_ARP = 0x0800, 0x0806
_ARP = struct.Struct("!HHBBH6s4s6s4s")


def announce(namespace: str, interface: str, mac: str, address: IPv4Address) -> None:
    """Send an ARP announcement (RFC 5227 section 2.3) from an Ethernet interface that is up.

    Without it neighbours would send to whoever had the address before, for up to a minute.
    """
    hardware = bytes.fromhex(mac.replace(":", ""))
    header = _BROADCAST + hardware + struct.pack("!H", _ETH_P_ARP)
    packet = _ARP.pack(
        _ETHERNET,
        _ETH_P_IP,
        len(hardware),
        len(address.packed),
        _REQUEST,
        hardware,
        address.packed,
        bytes(6),
        address.packed,
    )
    with netns.inside(namespace):
        outgoing = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    with outgoing:
        outgoing.sendto(header + packet, (interface, _ETH_P_ARP))
