"""What strongSwan's files have in common: files within the file, and commands of `ip`."""

import re
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from landbridge.lab.model import ConfigurationError, StaticRoute

_FILE = re.compile(r"^# BEGIN (\S+)\n(.*?)^# END \1$", re.MULTILINE | re.DOTALL)
_INSIDE = re.compile(r"^ip addr add (\S+) dev (\w+)$", re.MULTILINE)
_MTU = re.compile(r"^ip link set (\w+) up mtu (\d+)$", re.MULTILINE)
_ROUTE = re.compile(r"^ip route add (\S+) via (\S+) dev (\w+) metric (\d+)$", re.MULTILINE)


def files(text: str) -> dict[str, str]:
    """Find the files that the administrator is told to write, by path."""
    return dict(_FILE.findall(text))


def interface(text: str, name: str) -> tuple[IPv4Interface, int]:
    """Find a tunnel interface's address and MTU."""
    inside = {link: address for address, link in _INSIDE.findall(text)}
    mtu = dict(_MTU.findall(text))
    if name not in inside or name not in mtu:
        raise ConfigurationError(f"the file does not make the interface {name}")
    return IPv4Interface(inside[name]), int(mtu[name])


def static_routes(text: str) -> tuple[StaticRoute, ...]:
    """Find the routes into the tunnels."""
    return tuple(
        StaticRoute(IPv4Network(to), IPv4Address(via), link, int(metric))
        for to, via, link, metric in _ROUTE.findall(text)
    )
