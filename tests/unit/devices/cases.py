"""Every file that the tests write: each device with each kind of connection that it knows."""

import re
from dataclasses import replace
from typing import NamedTuple

from landbridge.devices.catalogue import DEVICES
from landbridge.devices.device import Device
from landbridge.devices.facts import ConnectionFacts
from landbridge.devices.render import render
from landbridge.devices.suite import SampleType, Suite, suite
from unit.devices.facts import (
    DYNAMIC,
    LIFETIMES,
    SELECTORS,
    STATIC,
    UNATTACHED,
    with_certificates,
    with_ipv6,
)


class Case(NamedTuple):
    """A file that the tests write."""

    device: Device
    kind: str
    "What is special about the connection."
    ike: str
    facts: ConnectionFacts
    sample: SampleType

    def __str__(self) -> str:
        return f"{slug(self.device)}-{self.kind}-{self.ike}"

    @property
    def text(self) -> str:
        """The file."""
        return render(self.device, self.facts, ike_version=self.ike, sample_type=self.sample)

    @property
    def suites(self) -> list[Suite]:
        """The algorithms that each tunnel's part must have."""
        words = self.device.ike[self.ike]
        chosen = [suite(one.options, self.ike, self.sample, words) for one in self.facts.tunnels]
        return [one for one in chosen if one]


def slug(device: Device) -> str:
    """A device's name for a golden file."""
    folder = device.template.split("/")[0]
    words = re.sub(r"[^a-z0-9]+", "-", f"{device.platform} {device.software}".lower())
    return f"{folder}/{words.strip('-')}"


def _of(device: Device) -> list[Case]:
    lowest, strongest = SampleType.COMPATIBILITY, SampleType.RECOMMENDED
    found = []
    for ike in device.ike:
        kinds = [("static", STATIC, lowest), ("selectors", SELECTORS, lowest),
                 ("unattached", UNATTACHED, lowest)]  # fmt: skip
        if device.bgp:
            kinds.append(("dynamic", DYNAMIC, lowest))
        usual = DYNAMIC if device.bgp else STATIC
        lifetimes = replace(LIFETIMES, static_routes_only=not device.bgp)
        kinds.append(("lifetimes", lifetimes, lowest))
        if ike == "ikev2":
            kinds.append(("recommended", usual, strongest))
        if device.certificates:
            kinds.append(("certificates", with_certificates(usual), lowest))
        if device.ipv6:
            kinds.append(("ipv6-static", with_ipv6(STATIC), lowest))
            if device.bgp:
                kinds.append(("ipv6-dynamic", with_ipv6(DYNAMIC), lowest))
        found += [Case(device, kind, ike, facts, sample) for kind, facts, sample in kinds]
    return found


CASES = [case for device in DEVICES.values() for case in _of(device)]
