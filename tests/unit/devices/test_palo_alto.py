"""Palo Alto Networks: what the cases of all devices do not meet."""

from dataclasses import replace

import pytest

from landbridge.devices.catalogue import DEVICES
from landbridge.devices.render import render
from landbridge.devices.suite import SampleType
from unit.devices.facts import DYNAMIC
from unit.devices.readers import READERS


@pytest.mark.parametrize("ours", [64512, 4200000001])
@pytest.mark.parametrize("device_id", ["754a6372", "9612cbed", "5fb390ba"])
def test_autonomous_systems_of_four_bytes(device_id, ours):
    device, facts = DEVICES[device_id], replace(DYNAMIC, our_asn=ours)
    text = render(device, facts, ike_version="ikev1", sample_type=SampleType.COMPATIBILITY)
    assert ("as-format 4-byte" in text or "4 Byte" in text) == (ours > 65535)
    reading = READERS[device.template].read(text)
    assert [tunnel.bgp for tunnel in reading.tunnels] == [(65010, ours, 30)] * 2
