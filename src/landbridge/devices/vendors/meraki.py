"""."""

from landbridge.devices.device import Device

DEVICES: tuple[Device, ...] = ()
