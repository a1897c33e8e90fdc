"""Cisco's Firepower Management Center."""

from unit.devices.grammars.cisco_screens import Step, seconds, steps
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

SCREENS = {
    "Objects > Object Management > Network": "Name; Network",
    "FlexConfig > FlexConfig Object": "Name; Command",
    "VPN > IKEv1 Policy": (
        "Name; Priority; Encryption; Hash; Diffie-Hellman Group; Lifetime; Authentication Method"
    ),
    "Devices > VPN > Site To Site": "Topology Name; Network Topology; IKE Version",
    "edit node A": "Device; Interface; IP Address; Protected Networks",
    "edit node B": "Device; Device Name; IP Address; Protected Networks",
    "On the tab IKE, in IKEv1 Settings": "Policy; Authentication Type; Key",
    "On the tab Advanced, in IKE.": (
        "IKE Keepalive; Threshold; Retry Interval; Identity Sent to Peers"
    ),
    "VPN > IKEv1 IPsec Proposal": "Name; ESP Encryption; ESP Hash",
    "On the topology's tab IPsec": (
        "Crypto Map Type; IKEv1 IPsec Proposals; Enable Perfect Forward Secrecy; Modulus Group; "
        "Lifetime Duration"
    ),
    "On the tab Advanced, in IPsec": "Enable Fragmentation Before Encryption",
    "Routing > Static Route": "Interface; Network; Gateway; Metric",
    "Devices > NAT": (
        "NAT Rule; Type; Source Interface Objects; Destination Interface Objects; Original Source; "
        "Original Destination; Translated Source; Translated Destination; "
        "Do not proxy ARP on Destination Interface"
    ),
    "Policies > Access Control": "Name; Action; Source Networks; Destination Networks",
}


def read(text: str) -> Reading:
    found = dict(sections(text))
    objects, flexconfig = steps(found["Both tunnels"], SCREENS)
    rest = steps(found["Routing, translation, access and deployment"], SCREENS)
    reading = Reading(tunnels=[])
    reading.defined.update(("network", name) for name in objects.all("Name"))
    for one in rest[1:3]:
        reading.used.update(
            ("network", value)
            for name, value in one.fields
            if name.endswith((" Source", " Destination", " Networks"))
        )
    command, _, mss = flexconfig.get("Command").rpartition(" ")
    assert command == "sysopt connection tcpmss"
    route = rest[0].get("Network")
    for section in tunnel_sections(text):
        reading.tunnels.append(_tunnel(steps(section, SCREENS), reading, int(mss), route))
    return reading


def _tunnel(found: list[Step], reading: Reading, mss: int, route: str) -> TunnelReading:
    policy, topology, ours, theirs, ike, keepalive, proposal, ipsec, advanced = found
    reading.used.update(("network", one.get("Protected Networks")) for one in (ours, theirs))
    assert policy.get("Name") == ike.get("Policy")
    assert policy.get("Authentication Method") == "Preshared Key"
    assert ike.get("Authentication Type") == "Pre-shared Manual Key"
    assert proposal.get("Name") == ipsec.get("IKEv1 IPsec Proposals")
    assert topology.get("Network Topology") == "Point to Point"
    assert theirs.get("Device") == "Extranet"
    assert keepalive.get("IKE Keepalive") == "Enable"
    assert keepalive.get("Identity Sent to Peers") == "ipAddress"
    assert ipsec.get("Enable Perfect Forward Secrecy") == "on"
    assert advanced.get("Enable Fragmentation Before Encryption") == "on"
    return TunnelReading(
        ike_version=topology.get("IKE Version").lower(),
        psk=ike.get("Key"),
        customer_outside=ours.get("IP Address"),
        endpoint_outside=theirs.get("IP Address"),
        customer_inside=UNSAID,
        endpoint_inside=UNSAID,
        ike=(policy.get("Encryption"), policy.get("Hash"), policy.get("Diffie-Hellman Group")),
        ike_lifetime=seconds(policy.get("Lifetime")),
        esp=(proposal.get("ESP Encryption"), proposal.get("ESP Hash"), ipsec.get("Modulus Group")),
        esp_lifetime=seconds(ipsec.get("Lifetime Duration")),
        dpd_interval=seconds(keepalive.get("Threshold")),
        dpd_retries=UNSAID,
        mtu=UNSAID,
        mss=mss,
        selectors=UNSAID,
        bgp=None,
        route=route,
    )


READERS = {
    "cisco/firepower.j2": Reader(
        read=read,
        unsaid=frozenset({"customer_inside", "endpoint_inside", "dpd_retries", "mtu", "selectors"}),
    )
}
