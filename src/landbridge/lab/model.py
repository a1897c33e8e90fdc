"""What the lab takes from a device's file."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any, NamedTuple


class ConfigurationError(ValueError):
    """A file that lacks what a strongSwan device needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceTunnel:
    """One tunnel of the device."""

    name: str
    "Tunnel1 or Tunnel2: the interface's name."
    inside: IPv4Interface
    mtu: int
    "Of the interface, bytes."
    local_address: IPv4Address
    "The device's outside address."
    remote_address: IPv4Address
    "The endpoint's outside address."
    psk: str
    ike_version: str
    "1 or 2."
    definition: Mapping[str, Any]
    "The connection in the words of swanctl.conf, as VICI takes them."
    dead_after: int
    "Seconds after which a peer that does not answer is given up."
    initiate: bool
    "Whether the device starts the tunnel by itself."


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
    routes: tuple[StaticRoute, ...]
    "Of static routing."
    check: str | None
    "The script that takes a route away while its tunnel does not answer, if the file has one."
    bird: str | None
    "BIRD's configuration with the local network filled in, if the file has one."
    frr: str | None
    "FRR's."

    @property
    def address(self) -> IPv4Address:
        """The device's outside address."""
        return self.tunnels[0].local_address
