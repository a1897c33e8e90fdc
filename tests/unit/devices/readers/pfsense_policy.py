"""pfSense 2.2, whose tunnels are policies: numbered steps on its pages."""

import re

from unit.devices.grammars.steps import (
    ADDRESS,
    ANY,
    IPV4,
    KEY,
    NAME,
    NETWORK,
    PROSE,
    Screens,
)
from unit.devices.readers.pfsense import CIPHERS, GROUPS, HASHES, OUTSIDE, RULE, SET
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

NETWORK_ITEM = re.compile(rf"Network, (?:{NETWORK.pattern})")
P1 = "VPN > IPsec > Tunnels, add a phase 1 entry"
P2 = r"VPN > IPsec > Tunnels, *, add a phase 2 entry"
MSS = "VPN > IPsec > Advanced Settings"
SECONDS = re.compile(r"\d+ seconds")
_PAGES = {
    PROSE: {"Your side": NETWORK, "The other side": NETWORK},
    P1: {
        "Disabled": SET,
        "Key Exchange version": ("V1", "V2"),
        "Internet Protocol": ("IPv4", "IPv6"),
        "Interface": OUTSIDE,
        "Remote gateway": ADDRESS,
        "Description": NAME,
        "Authentication method": ("Mutual PSK", "Mutual RSA"),
        "Negotiation mode": ("Main", "Aggressive"),
        "My identifier": re.compile(rf"IP address, {IPV4}"),
        "Peer identifier": ("Peer IP address",),
        "Pre-Shared Key": KEY,
        "Encryption algorithm": CIPHERS[:3],
        "Hash algorithm": HASHES,
        "DH key group": (*GROUPS[:8], *GROUPS[11:]),
        "Lifetime": SECONDS,
        "Disable Rekey": SET,
        "Responder Only": SET,
        "NAT Traversal": ("Auto", "Force"),
        "Dead Peer Detection": re.compile(r"Enable DPD, \d+ seconds, \d+ retries"),
    },
    P2: {
        "Mode": ("Tunnel IPv4", "Tunnel IPv6", "Transport"),
        "Local Network": NETWORK_ITEM,
        "Remote Network": NETWORK_ITEM,
        "Description": NAME,
        "Protocol": ("ESP", "AH"),
        "Encryption algorithms": CIPHERS,
        "Hash algorithms": (*HASHES, "none"),
        "PFS key group": GROUPS[:8],
        "Lifetime": SECONDS,
        "Automatically ping host": ANY,
    },
    MSS: {"Maximum MSS": re.compile(r"Enable MSS clamping on VPN traffic, \d+")},
    "VPN > IPsec": {"Enable IPsec": SET},
    "Firewall > Rules > IPsec, add a rule": RULE,
}
SCREENS = Screens(pages=_PAGES)


def policy(text: str) -> Reading:
    shared = SCREENS.parse(dict(sections(text))["Both tunnels"])
    reading = Reading(tunnels=[])
    for number, section in enumerate(tunnel_sections(text), start=1):
        found = SCREENS.parse(section)
        phase1, phase2, limits = found.only(P1), found.only(P2), found.only(PROSE)
        assert phase2.about == phase1["Description"]
        reading.defined.add(("phase 1", phase1["Description"]))
        reading.used.add(("phase 1", phase2.about))
        assert phase1["Disabled"] == ("unchecked" if number == 1 else "checked")
        assert phase1["Disable Rekey"] == phase1["Responder Only"] == "unchecked"
        cipher = phase2["Encryption algorithms"]
        assert (phase2["Hash algorithms"] == "none") == ("GCM" in cipher)
        rule = shared.only("Firewall > Rules > IPsec, add a rule")
        assert rule["Source"] == phase2["Remote Network"]
        assert rule["Destination"] == phase2["Local Network"] == "Network, <LOCAL NETWORK>"
        delay, retries = re.findall(r"\d+", phase1["Dead Peer Detection"])
        reading.tunnels.append(
            TunnelReading(
                ike_version=f"ike{phase1['Key Exchange version'].lower()}",
                psk=phase1["Pre-Shared Key"],
                customer_outside=phase1["My identifier"].removeprefix("IP address, "),
                endpoint_outside=phase1["Remote gateway"],
                customer_inside=UNSAID,
                endpoint_inside=UNSAID,
                ike=(
                    phase1["Encryption algorithm"],
                    phase1["Hash algorithm"],
                    phase1["DH key group"],
                ),
                ike_lifetime=int(phase1["Lifetime"].split()[0]),
                esp=(
                    cipher,
                    phase2["Hash algorithms"].replace("none", ""),
                    phase2["PFS key group"],
                ),
                esp_lifetime=int(phase2["Lifetime"].split()[0]),
                dpd_interval=int(delay),
                dpd_retries=int(retries),
                mtu=UNSAID,
                mss=int(found.only(MSS)["Maximum MSS"].split()[-1]),
                selectors=(limits["Your side"], limits["The other side"]),
                bgp=None,
                route=phase2["Remote Network"].removeprefix("Network, "),
            )
        )
    return reading


READERS = {
    "pfsense/policy.j2": Reader(
        read=policy, unsaid=frozenset({"customer_inside", "endpoint_inside", "mtu"})
    )
}
