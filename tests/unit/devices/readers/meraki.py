"""Cisco Meraki's dashboard."""

from unit.devices.grammars.cisco_screens import steps
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

SCREENS = {
    "Monitor > Appliance status > Uplink": "Public IP",
    "Organization > Monitor > Overview": "Tag",
    "Configure > Site-to-site VPN:": "Type",
    "VPN settings > Local networks": "Subnet; VPN participation",
    "Non-Meraki VPN peers choose Add a peer": (
        "Name; IKE Version; Public IP; Local ID; Remote ID; Private subnets; Preshared secret; "
        "Availability"
    ),
    "in Phase 1": "Encryption; Authentication; Diffie-Hellman group; Lifetime (seconds)",
    "in Phase 2": "Encryption; Authentication; PFS group; Lifetime (seconds)",
}


def read(text: str) -> Reading:
    both = dict(sections(text))["Both tunnels"]
    uplink, overview, kind, networks = steps(both, SCREENS)
    assert kind.get("Type") == "Hub (Mesh)"
    assert networks.get("VPN participation") in ("VPN on", "yes")
    reading = Reading(tunnels=[])
    reading.used.add(("tag", overview.get("Tag")))
    for section in tunnel_sections(text):
        peer, phase1, phase2 = steps(section, SCREENS)
        reading.defined.add(("tag", peer.get("Availability")))
        outside = uplink.get("Public IP")
        fields = dict(peer.fields)
        assert fields.get("Local ID", outside) == outside
        assert fields.get("Remote ID", fields["Public IP"]) == fields["Public IP"]
        reading.tunnels.append(
            TunnelReading(
                ike_version=fields.get("IKE Version", "IKEv1").lower(),
                psk=fields["Preshared secret"],
                customer_outside=outside,
                endpoint_outside=fields["Public IP"],
                customer_inside=UNSAID,
                endpoint_inside=UNSAID,
                ike=_algorithms(dict(phase1.fields), "Diffie-Hellman group"),
                ike_lifetime=int(phase1.get("Lifetime (seconds)")),
                esp=_algorithms(dict(phase2.fields), "PFS group"),
                esp_lifetime=int(phase2.get("Lifetime (seconds)")),
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


def _algorithms(fields: dict[str, str], group: str) -> tuple[str, str, str]:
    return fields["Encryption"], fields["Authentication"], fields[group]


READERS = {
    "meraki/meraki.j2": Reader(
        read=read,
        unsaid=frozenset(
            {"customer_inside", "endpoint_inside", "dpd_interval", "dpd_retries", "mtu", "mss"}
            | {"selectors", "route"}  # the private subnets are both; test_cisco.py reads them
        ),
    )
}
