"""Cisco Meraki's dashboard."""

from unit.devices.grammars.steps import Screens, Step
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

_MENUS = "Security & SD-WAN", "Security appliance"
_PEER = "Organization-wide settings > Non-Meraki VPN peers > Add a peer"
_PHASE1, _PHASE2 = "IPsec policies > Phase 1", "IPsec policies > Phase 2"
_LOCAL = "VPN settings > Local networks"
_TAG = "Organization > Monitor > Overview"
SCREENS = Screens(
    pages={
        **{f"{one} > Monitor > Appliance status > Uplink": ("Public IP",) for one in _MENUS},
        _TAG: ("Tag",),
        **{f"{one} > Configure > Site-to-site VPN": ("Type",) for one in _MENUS},
        _LOCAL: ("Subnet", "VPN participation"),
        _PEER: (
            "Name", "IKE Version", "Public IP", "Local ID", "Remote ID", "Private subnets",
            "Preshared secret", "Availability",
        ),
        _PHASE1: ("Encryption", "Authentication", "Diffie-Hellman group", "Lifetime (seconds)"),
        _PHASE2: ("Encryption", "Authentication", "PFS group", "Lifetime (seconds)"),
        "Organization-wide settings > Site-to-site outbound firewall": (),
    },
    values={"Type": ("Hub (Mesh)", "Spoke"), "VPN participation": ("VPN on", "yes")},
)  # fmt: skip


def read(text: str) -> Reading:
    both = dict(sections(text))["Both tunnels"]
    uplink, overview, kind, _ = SCREENS.parse(both).steps
    assert kind["Type"] == "Hub (Mesh)"
    reading = Reading(tunnels=[])
    reading.used.add(("tag", overview["Tag"]))
    for section in tunnel_sections(text):
        steps = SCREENS.parse(section)
        peer, phase1, phase2 = (steps.only(one) for one in (_PEER, _PHASE1, _PHASE2))
        reading.defined.add(("tag", peer["Availability"]))
        outside, endpoint = uplink["Public IP"], peer["Public IP"]
        assert peer.get("Local ID") in (None, outside)
        assert peer.get("Remote ID") in (None, endpoint)
        reading.tunnels.append(
            TunnelReading(
                ike_version=(peer.get("IKE Version") or "IKEv1").lower(),
                psk=peer["Preshared secret"],
                customer_outside=outside,
                endpoint_outside=endpoint,
                customer_inside=UNSAID,
                endpoint_inside=UNSAID,
                ike=_algorithms(phase1, "Diffie-Hellman group"),
                ike_lifetime=int(phase1["Lifetime (seconds)"]),
                esp=_algorithms(phase2, "PFS group"),
                esp_lifetime=int(phase2["Lifetime (seconds)"]),
                dpd_interval=UNSAID,
                dpd_retries=UNSAID,
                mtu=UNSAID,
                mss=UNSAID,
                selectors=UNSAID,
                bgp=None,
                route=UNSAID,
            )
        )
    return reading


def _algorithms(phase: Step, group: str) -> tuple[str, str, str]:
    return phase["Encryption"], phase["Authentication"], phase[group]


READERS = {
    "meraki/meraki.j2": Reader(
        read=read,
        unsaid=frozenset(
            {"customer_inside", "endpoint_inside", "dpd_interval", "dpd_retries", "mtu", "mss"}
            | {"selectors", "route"}  # the private subnets are both; test_cisco.py reads them
        ),
    )
}
