"""The devices for which there is a configuration (GetVpnConnectionDeviceTypes)."""

from landbridge.devices.vendors import (
    barracuda,
    check_point,
    cisco,
    citrix,
    cyberoam,
    f5,
    fortinet,
    generic,
    h3c,
    iij,
    juniper,
    libreswan,
    meraki,
    microsoft,
    mikrotik,
    openbsd,
    palo_alto,
    pfsense,
    sonicwall,
    sophos,
    strongswan,
    vyatta,
    watchguard,
    yamaha,
    zyxel,
)

_VENDORS = (
    barracuda,
    check_point,
    cisco,
    citrix,
    cyberoam,
    f5,
    fortinet,
    generic,
    h3c,
    iij,
    juniper,
    libreswan,
    meraki,
    microsoft,
    mikrotik,
    openbsd,
    palo_alto,
    pfsense,
    sonicwall,
    sophos,
    strongswan,
    vyatta,
    watchguard,
    yamaha,
    zyxel,
)

DEVICES = {
    device.id: device
    for device in sorted(
        (device for vendor in _VENDORS for device in vendor.DEVICES),
        key=lambda one: (one.beyond_aws, one.vendor.lower(), one.platform, one.software),
    )
}
"By id, in the order in which they are listed: AWS's, then those beyond its list."
