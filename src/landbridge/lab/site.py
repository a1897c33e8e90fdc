"""A customer's site from what the customer has: a VPN connection's id, or a downloaded file."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from landbridge.lab import frr
from landbridge.lab.configuration import read
from landbridge.lab.device import Device, DeviceError
from landbridge.network import probe
from landbridge.network.drivers import netns
from landbridge.network.drivers.esp import Tunnels
from landbridge.network.names import Names
from landbridge.settings import DATAPATH, DEVICE_POOL, EspChoice

STRONGSWAN, SWANCTL = "51cb26fd", "1b000001"
"The device types whose files the lab understands (GetVpnConnectionDeviceTypes)."
LAN = IPv4Network("192.168.10.0/24")


@dataclass(frozen=True, slots=True)
class Lab:
    """The simulated sites of one installation."""

    names: Names
    directory: Path
    "For the daemons' files."
    esp: EspChoice = EspChoice.AUTO
    "Where the devices' ESP is done."
    datapath: Path = DATAPATH

    def device(self, vpn_connection_id: str) -> Device:
        """The site of a connection, whether it exists or not."""
        return Device(vpn_connection_id, self.names, self.directory)

    def build(self, vpn_connection_id: str, text: str, lan: IPv4Network = LAN) -> Device:
        """Build a site from a downloaded file; what the machine lacks is said before."""
        configuration = read(text, lan)
        if configuration.frr:
            frr.require()
        if configuration.address not in DEVICE_POOL:
            raise DeviceError(
                f"the device's address is {configuration.address}: the lab has {DEVICE_POOL}; "
                "create the customer gateway with an address from there"
            )
        try:
            esp = probe.decide(self.esp, probe.look(self.datapath)).settled()
        except probe.EspError as error:
            raise DeviceError(str(error)) from error
        device = self.device(vpn_connection_id)
        device.build(configuration, DEVICE_POOL, lan, Tunnels(esp, self.directory, self.datapath))
        return device

    def remove_all(self) -> None:
        """Take all sites away."""
        for digits in self._sites():
            self.device(f"vpn-{digits}").remove()

    def _sites(self) -> Iterator[str]:
        prefix = f"{self.names.prefix}d-"
        for name in netns.listed():
            digits = name.removeprefix(prefix)
            if name.startswith(prefix) and "-" not in digits:
                yield digits

    def sites(self) -> list[str]:
        """List the sites, by the last ten digits of their connection's id."""
        return sorted(self._sites())


def download(
    ec2: Any, vpn_connection_id: str, ike_version: str, device_type: str = STRONGSWAN
) -> str:
    """Download a connection's file, as a customer does."""
    answer = ec2.get_vpn_connection_device_sample_configuration(
        VpnConnectionId=vpn_connection_id,
        VpnConnectionDeviceTypeId=device_type,
        InternetKeyExchangeVersion=ike_version,
    )
    return str(answer["VpnConnectionDeviceSampleConfiguration"])
