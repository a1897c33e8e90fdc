"""A file keeps the algorithms of the two phases, and of the two tunnels, apart."""

from dataclasses import replace

import pytest

from landbridge.devices.catalogue import DEVICES
from landbridge.devices.render import render
from landbridge.devices.suite import SampleType, suite
from unit.devices.cases import slug
from unit.devices.facts import choosing
from unit.devices.readers import READERS

FIRST = {
    "Phase1EncryptionAlgorithms": ["AES256"],
    "Phase1IntegrityAlgorithms": ["SHA2-256"],
    "Phase1DHGroupNumbers": [14],
    "Phase2EncryptionAlgorithms": ["AES128"],
    "Phase2IntegrityAlgorithms": ["SHA1", "SHA2-512"],
    "Phase2DHGroupNumbers": [2, 16, 19],
}
SECOND = {
    "Phase1EncryptionAlgorithms": ["AES128"],
    "Phase1IntegrityAlgorithms": ["SHA1", "SHA2-384"],
    "Phase1DHGroupNumbers": [2, 15, 19],
    "Phase2EncryptionAlgorithms": ["AES256"],
    "Phase2IntegrityAlgorithms": ["SHA2-256"],
    "Phase2DHGroupNumbers": [14],
}
MIXED = replace(choosing(FIRST, SECOND), static_routes_only=True)


def chosen(device, ike):
    lowest, words = SampleType.COMPATIBILITY, device.ike[ike]
    return [suite(one.options, ike, lowest, words) for one in MIXED.tunnels]


CASES = [
    (device, ike) for device in DEVICES.values() for ike in device.ike
    if None not in chosen(device, ike)
]  # fmt: skip
"Those that have the algorithms."


@pytest.mark.parametrize(
    ("device", "ike"), CASES, ids=[f"{slug(device)}-{ike}" for device, ike in CASES]
)
def test_each_phase_has_its_own(device, ike):
    text = render(device, MIXED, ike_version=ike, sample_type=SampleType.COMPATIBILITY)
    tunnels = READERS[device.template].read(text).tunnels
    for read, wanted in zip(tunnels, chosen(device, ike), strict=True):
        for phase, words in ((wanted.phase1, read.ike), (wanted.phase2, read.esp)):
            assert words == (phase.encryption, phase.integrity, phase.group)


def test_most_devices_have_them():
    assert len(CASES) > 50
