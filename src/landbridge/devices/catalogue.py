"""The devices for which there is a configuration (GetVpnConnectionDeviceTypes)."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from landbridge.devices import vendors
from landbridge.devices.device import Device


def _rows() -> Iterator[Device]:
    """Collect the rows of each vendor's module."""
    for module in iter_modules(vendors.__path__):
        yield from import_module(f"{vendors.__name__}.{module.name}").DEVICES


DEVICES = {
    device.id: device
    for device in sorted(
        _rows(), key=lambda one: (one.beyond_aws, one.vendor.lower(), one.platform, one.software)
    )
}
"By id, in the order in which they are listed: AWS's, then those beyond its list."
