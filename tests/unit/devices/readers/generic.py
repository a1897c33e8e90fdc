"""The generic file: lines of `- Name : value`."""

import re

from unit.devices.reading import Reader, Reading, TunnelReading
from unit.devices.sections import tunnel_sections


def read(text: str) -> Reading:
    return Reading(tunnels=[_tunnel(section) for section in tunnel_sections(text)])


def _tunnel(section: str) -> TunnelReading:
    ike, esp, inside, routing = re.split(r"^#[234]: ", section, flags=re.MULTILINE)
    phase1, phase2 = _labels(ike), _labels(esp)
    outside, _, rest = inside.partition("Inside IP Addresses")
    addresses, interface, route = _labels(outside), _labels(rest), _labels(routing)
    certificate = phase1["Authentication Method"].startswith("RSA")
    assert certificate or phase1["Authentication Method"] == "Pre-Shared Key"
    version = phase1["IKE version"].lower()
    assert (version == "ikev1") == ("Phase 1 Negotiation Mode" in phase1)
    return TunnelReading(
        ike_version=version,
        psk=None if certificate else phase1["Pre-Shared Key"],
        customer_outside=addresses["Customer Gateway"],
        endpoint_outside=addresses["Virtual Private Gateway"],
        customer_inside=interface["Customer Gateway"],
        endpoint_inside=interface["Virtual Private Gateway"].split("/")[0],
        ike=(
            phase1["Encryption Algorithm"],
            phase1["Authentication Algorithm"].removesuffix(" (as the pseudo-random function)"),
            phase1["Diffie-Hellman"].removeprefix("Group "),
        ),
        ike_lifetime=_number(phase1["Lifetime"], "seconds"),
        esp=(
            phase2["Encryption Algorithm"],
            phase2["Authentication Algorithm"].replace("none (AES-GCM authenticates)", ""),
            phase2["Perfect Forward Secrecy"].removeprefix("Diffie-Hellman Group "),
        ),
        esp_lifetime=_number(phase2["Lifetime"], "seconds"),
        dpd_interval=int(phase2["DPD Interval"]),
        dpd_retries=int(phase2["DPD Retries"]),
        mtu=_number(interface["Tunnel interface MTU"], "bytes"),
        mss=_number(phase2["TCP MSS Adjustment"], "bytes"),
        selectors=(phase2["Local Network"], phase2["Remote Network"]),
        bgp=_bgp(route),
        route=route.get("Prefix"),
    )


def _bgp(route: dict[str, str]) -> tuple[int, int, int] | None:
    if "Prefix" in route:
        return None
    return (
        int(route["Customer Gateway ASN"]),
        int(route["Virtual Private Gateway ASN"]),
        int(route["Neighbor Hold Time"]),
    )


def _labels(text: str) -> dict[str, str]:
    return dict(re.findall(r"^  - (.+?) *: (.*)$", text, re.MULTILINE))


def _number(text: str, unit: str) -> int:
    number, _, found = text.partition(" ")
    assert found == unit, text
    return int(number)


READERS = {"generic/generic.j2": Reader(read=read)}
