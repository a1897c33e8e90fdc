"""The marks for what the administrator fills in: the same in every file, `<IN THIS FORM>`."""

import re
from ipaddress import IPv4Network
from typing import NamedTuple

MARKS = {
    "<OUTSIDE INTERFACE>": "the name of your device's interface towards the internet",
    "<OUTSIDE ADDRESS>": "your device's own address on that interface",
    "<INSIDE INTERFACE>": "the name of your device's interface towards your network",
    "<INSIDE ZONE>": "the security zone of your device's interface towards your network",
    "<LOCAL NETWORK>": "the network behind your device, such as 192.168.10.0/24",
    "<LOCAL NETWORK ADDRESS>": "address of the network behind your device, such as 192.168.10.0",
    "<LOCAL NETWORK MASK>": "mask of the network behind your device, such as 255.255.255.0",
    "<VPC NETWORK>": "the network to reach through the VPN, such as 10.0.0.0/16",
    "<VPC NETWORK ADDRESS>": "address of the network to reach through the VPN, such as 10.0.0.0",
    "<VPC NETWORK LAST ADDRESS>": "that network's last address, such as 10.0.255.255",
    "<VPC NETWORK MASK>": "mask of the network to reach through the VPN, such as 255.255.0.0",
    "<VPC HOST>": "a host in the VPC that answers pings, such as 10.0.0.10",
    "<NEXT HOP>": "your provider's router, the next hop of your default route",
    "<DEVICE CERTIFICATE>": "the name under which your device keeps its own certificate",
    "<CERTIFICATE SUBJECT>": "the distinguished name in your device's certificate",
    "<CA CERTIFICATE>": "the name under which your device keeps the authority's certificate",
}
_IPV6 = {
    "<LOCAL NETWORK>": "the network behind your device, such as 2001:db8:10::/64",
    "<VPC NETWORK>": "the network to reach through the VPN, such as 2001:db8:20::/56",
}
_MARK = re.compile(r"<[A-Z][A-Z ]*>")


class NetworkText(NamedTuple):
    """A network in the forms that devices want, or the marks where it is not known."""

    cidr: str
    address: str
    mask: str


def network_text(network: IPv4Network | None, name: str) -> NetworkText:
    """Write the network, or the marks of that name."""
    if network is None:
        return NetworkText(*(f"<{name}{end}>" for end in ("", " ADDRESS", " MASK")))
    return NetworkText(str(network), str(network.network_address), str(network.netmask))


def marks_in(text: str, *, ipv6: bool = False) -> dict[str, str]:
    """List what is to fill in: each mark in the text, with its meaning; `KeyError` if unknown."""
    meanings = MARKS | _IPV6 if ipv6 else MARKS
    found = dict.fromkeys(_MARK.findall(text))
    return {mark: meanings[mark] for mark in found}
