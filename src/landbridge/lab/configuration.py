"""Read a downloaded strongSwan configuration, as an administrator would who pastes it.

What is taken: the `conn` blocks of ipsec.conf, the keys of ipsec.secrets, the commands that make
the tunnel interfaces, the `ip route` commands of static routing and BIRD's configuration.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import NamedTuple

LOCAL_NETWORK_MARK = "<LOCAL NETWORK>"
"What the administrator replaces by the network behind the device."
_CONN = re.compile(r"^conn (Tunnel\d+)\n((?:[ \t]+.*\n)+)", re.MULTILINE)
_SECRET = re.compile(r'^(\S+) (\S+) : PSK "([^"]+)"$', re.MULTILINE)
_INSIDE = re.compile(r"^(?:sudo )?ip addr add (\S+) dev (Tunnel\d+)$", re.MULTILINE)
_MTU = re.compile(r"^(?:sudo )?ip link set (Tunnel\d+) up mtu (\d+)$", re.MULTILINE)
_BIRD = re.compile(
    r"^# BEGIN /etc/bird/bird\.conf\n(.*?)^# END /etc/bird/bird\.conf$", re.MULTILINE | re.DOTALL
)
_ROUTE = re.compile(r"^ip route add (\S+) via (\S+) dev (Tunnel\d+) metric (\d+)$", re.MULTILINE)
_UNITS = {"s": 1, "m": 60, "h": 3600}


class ConfigurationError(ValueError):
    """A file that lacks what a strongSwan device needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTunnel:
    """One tunnel of the device, in the words of ipsec.conf."""

    name: str
    "Tunnel1 or Tunnel2; also the interface's name."
    inside: IPv4Interface
    mtu: int
    "Of the interface, bytes."
    psk: str
    conn: Mapping[str, str]
    "The block's keys and values."

    @property
    def local_address(self) -> IPv4Address:
        """The device's outside address."""
        return IPv4Address(self.conn["leftid"])

    @property
    def remote_address(self) -> IPv4Address:
        """The endpoint's outside address."""
        return IPv4Address(self.conn["right"])


class StaticRoute(NamedTuple):
    """A route into a tunnel; the lower metric is preferred."""

    destination: IPv4Network
    via: IPv4Address
    interface: str
    metric: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceConfiguration:
    """All that the file tells."""

    tunnels: tuple[DeviceTunnel, ...]
    bird: str | None
    "BIRD's configuration with the local network filled in; None for static routing."

    routes: tuple["StaticRoute", ...]
    "Of static routing."

    @property
    def address(self) -> IPv4Address:
        """The device's outside address."""
        return self.tunnels[0].local_address


def read(text: str, local_network: IPv4Network) -> DeviceConfiguration:
    """Read the file; raises `ConfigurationError`."""
    secrets = {remote: key for _, remote, key in _SECRET.findall(text)}
    inside = {name: address for address, name in _INSIDE.findall(text)}
    mtu = dict(_MTU.findall(text))
    try:
        tunnels = tuple(
            DeviceTunnel(
                name=name,
                inside=IPv4Interface(inside[name]),
                mtu=int(mtu[name]),
                psk=secrets[conn["right"]],
                conn=conn,
            )
            for name, conn in ((name, _keys(block)) for name, block in _CONN.findall(text))
        )
    except KeyError as error:
        raise ConfigurationError(f"the file does not tell {error}") from error
    if not tunnels:
        raise ConfigurationError("there is no `conn` block of strongSwan's ipsec.conf in the file")
    bird = _BIRD.search(text)
    return DeviceConfiguration(
        tunnels=tunnels,
        routes=tuple(
            StaticRoute(IPv4Network(to), IPv4Address(via), interface, int(metric))
            for to, via, interface, metric in _ROUTE.findall(text)
        ),
        bird=bird[1].replace(LOCAL_NETWORK_MARK, str(local_network)) if bird else None,
    )


def _keys(block: str) -> dict[str, str]:
    lines = (line.split("#", 1)[0].strip() for line in block.splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def seconds(text: str) -> int:
    """Read a time of ipsec.conf: a number, with a unit or in seconds."""
    if text[-1] in _UNITS:
        return int(text[:-1]) * _UNITS[text[-1]]
    return int(text)
