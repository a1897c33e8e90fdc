"""The devices for which there is a configuration, by AWS's ids (GetVpnConnectionDeviceTypes)."""

from dataclasses import dataclass

from landbridge.vpn.algorithms import IKE_VERSIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A row of the catalogue."""

    id: str
    vendor: str
    platform: str
    software: str
    template: str
    "File in `templates/`."
    ike_versions: tuple[str, ...] = IKE_VERSIONS


DEVICES = {
    row.id: row
    for row in (
        Device(
            id="9005b6c1",
            vendor="Generic",
            platform="Generic",
            software="Vendor Agnostic",
            template="generic.j2",
        ),
        Device(
            id="51cb26fd",
            vendor="Strongswan",
            platform="Ubuntu 16.04",
            software="Strongswan 5.5.1+",
            template="strongswan.j2",
        ),
    )
}
STRONGSWAN = DEVICES["51cb26fd"]
