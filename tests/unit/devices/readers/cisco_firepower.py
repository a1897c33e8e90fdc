"""Cisco's Firepower Management Center."""

from unit.devices.grammars.steps import Screens, Step
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading, seconds
from unit.devices.sections import sections, tunnel_sections

_OBJECTS = "Objects > Object Management"
_FLEXCONFIG = f"{_OBJECTS} > FlexConfig > FlexConfig Object"
_ROUTE = "Devices > Device Management > Routing > Static Route"
SCREENS = Screens(
    pages={
        f"{_OBJECTS} > Network": ("Name", "Network"),
        _FLEXCONFIG: ("Name", "Command"),
        f"{_OBJECTS} > VPN > IKEv1 Policy": (
            "Name", "Priority", "Encryption", "Hash", "Diffie-Hellman Group", "Lifetime",
            "Authentication Method",
        ),
        "Devices > VPN > Site To Site": ("Topology Name", "Network Topology", "IKE Version"),
        "Endpoints > Node A": ("Device", "Interface", "IP Address", "Protected Networks"),
        "Endpoints > Node B": ("Device", "Device Name", "IP Address", "Protected Networks"),
        "IKE > IKEv1 Settings": ("Policy", "Authentication Type", "Key"),
        "Advanced > IKE": (
            "IKE Keepalive", "Threshold", "Retry Interval", "Identity Sent to Peers",
        ),
        f"{_OBJECTS} > VPN > IKEv1 IPsec Proposal": ("Name", "ESP Encryption", "ESP Hash"),
        "IPsec": (
            "Crypto Map Type", "IKEv1 IPsec Proposals", "Enable Perfect Forward Secrecy",
            "Modulus Group", "Lifetime Duration",
        ),
        "Advanced > IPsec": ("Enable Fragmentation Before Encryption",),
        _ROUTE: ("Interface", "Network", "Gateway", "Metric"),
        "Devices > NAT": (
            "NAT Rule", "Type", "Source Interface Objects", "Destination Interface Objects",
            "Original Source", "Original Destination", "Translated Source",
            "Translated Destination", "Do not proxy ARP on Destination Interface",
        ),
        "Policies > Access Control": (
            "Name", "Action", "Source Networks", "Destination Networks",
        ),
        "Deploy": (),
    },
    several={"Name", "Network", "Action", "Source Networks", "Destination Networks"},
)  # fmt: skip


def read(text: str) -> Reading:
    found = dict(sections(text))
    objects, flexconfig = SCREENS.parse(found["Both tunnels"]).steps
    rest = SCREENS.parse(found["Routing, translation, access and deployment"]).steps
    reading = Reading(tunnels=[])
    reading.defined.update(("network", name) for name in objects.fields["Name"])
    for one in rest[1:3]:
        reading.used.update(
            ("network", value)
            for name, values in one.fields.items()
            for value in values
            if name.endswith((" Source", " Destination", " Networks"))
        )
    command, _, mss = flexconfig["Command"].rpartition(" ")
    assert command == "sysopt connection tcpmss"
    route = rest[0]["Network"]
    for section in tunnel_sections(text):
        reading.tunnels.append(_tunnel(SCREENS.parse(section).steps, reading, int(mss), route))
    return reading


def _tunnel(found: list[Step], reading: Reading, mss: int, route: str) -> TunnelReading:
    policy, topology, ours, theirs, ike, keepalive, proposal, ipsec, advanced = found
    reading.used.update(("network", one["Protected Networks"]) for one in (ours, theirs))
    assert policy["Name"] == ike["Policy"]
    assert policy["Authentication Method"] == "Preshared Key"
    assert ike["Authentication Type"] == "Pre-shared Manual Key"
    assert proposal["Name"] == ipsec["IKEv1 IPsec Proposals"]
    assert topology["Network Topology"] == "Point to Point"
    assert theirs["Device"] == "Extranet"
    assert keepalive["IKE Keepalive"] == "Enable"
    assert keepalive["Identity Sent to Peers"] == "ipAddress"
    assert ipsec["Enable Perfect Forward Secrecy"] == "on"
    assert advanced["Enable Fragmentation Before Encryption"] == "on"
    return TunnelReading(
        ike_version=topology["IKE Version"].lower(),
        psk=ike["Key"],
        customer_outside=ours["IP Address"],
        endpoint_outside=theirs["IP Address"],
        customer_inside=UNSAID,
        endpoint_inside=UNSAID,
        ike=(policy["Encryption"], policy["Hash"], policy["Diffie-Hellman Group"]),
        ike_lifetime=seconds(policy["Lifetime"], " seconds"),
        esp=(proposal["ESP Encryption"], proposal["ESP Hash"], ipsec["Modulus Group"]),
        esp_lifetime=seconds(ipsec["Lifetime Duration"], " seconds"),
        dpd_interval=seconds(keepalive["Threshold"], " seconds"),
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
