"""Cyberoam: steps with lines of `Name: value`, three blanks before each."""

import re

from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

FIELDS = {
    "Action When Peer Unreachable",
    "Action on VPN Restart",
    "Allow Re-keying",
    "Authentication Mode",
    "Authentication Type",
    "Check Peer After Every",
    "Connection Type",
    "Dead Peer Detection",
    "Key Negotiation Tries",
    "Local Endpoint",
    "Local ID",
    "Local Subnet",
    "Member Connections",
    "Name",
    "Network",
    "Pass Data In Compressed Format",
    "Policy",
    "Preshared Key",
    "Remote Endpoint",
    "Remote ID",
    "Remote LAN Network",
    "Type",
    "Wait For Response Upto",
    *(
        f"Phase {number} {name}"
        for number in (1, 2)
        for name in ("Authentication Algorithm", "Encryption Algorithm", "Key Life")
    ),
    "Phase 1 DH Group",
    "Phase 2 PFS Group",
}


def steps(text: str) -> list[dict[str, str]]:
    """Read the forms: each numbered step's fields."""
    found = []
    for step in re.split(r"^\d+\. ", text, flags=re.MULTILINE)[1:]:
        fields: dict[str, str] = {}
        for name, value in re.findall(r"^   ([A-Z][\w -]+): (\S.*)$", step, re.MULTILINE):
            if name == "Failover condition":
                continue
            assert name in FIELDS, name
            assert name not in fields, name
            fields[name] = value
        found.append(fields)
    return found


def read(text: str) -> Reading:
    parts = dict(sections(text))
    hosts = {one["Name"]: one["Network"] for one in steps(parts["Networks"])}
    reading = Reading(tunnels=[_tunnel(section, hosts) for section in tunnel_sections(text)])
    reading.defined.update(("host", name) for name in hosts)
    for section in tunnel_sections(text):
        policy, connection, networks = steps(section)
        reading.defined |= {("policy", policy["Name"]), ("connection", connection["Name"])}
        reading.used |= {
            ("policy", connection["Policy"]),
            ("host", networks["Local Subnet"]),
            ("host", networks["Remote LAN Network"]),
        }
    group, *_ = steps(parts["Failover and firewall"])
    members = group["Member Connections"].split(", ")
    assert len(members) == 2
    reading.used.update(("connection", one) for one in members)
    return reading


def _tunnel(section: str, hosts: dict[str, str]) -> TunnelReading:
    policy, connection, networks = steps(section)
    assert connection["Policy"] == policy["Name"]
    assert policy["Authentication Mode"] == "Main Mode"
    assert policy["Dead Peer Detection"] == "Enable"
    assert connection["Authentication Type"] == "Preshared Key"
    assert networks["Local ID"] == f"IP Address {connection['Local Endpoint']}"
    assert networks["Remote ID"] == f"IP Address {connection['Remote Endpoint']}"
    interval = int(policy["Check Peer After Every"])
    return TunnelReading(
        ike_version="ikev1",
        psk=connection["Preshared Key"],
        customer_outside=connection["Local Endpoint"],
        endpoint_outside=connection["Remote Endpoint"],
        customer_inside=UNSAID,
        endpoint_inside=UNSAID,
        ike=(
            policy["Phase 1 Encryption Algorithm"],
            policy["Phase 1 Authentication Algorithm"],
            policy["Phase 1 DH Group"],
        ),
        ike_lifetime=int(policy["Phase 1 Key Life"]),
        esp=(
            policy["Phase 2 Encryption Algorithm"],
            policy["Phase 2 Authentication Algorithm"],
            policy["Phase 2 PFS Group"],
        ),
        esp_lifetime=int(policy["Phase 2 Key Life"]),
        dpd_interval=interval,
        dpd_retries=int(policy["Wait For Response Upto"]) // interval,
        mtu=UNSAID,
        mss=UNSAID,
        selectors=UNSAID,
        bgp=None,
        route=hosts[networks["Remote LAN Network"]],
    )


READERS = {
    # Connections have no interface, so no inside addresses, MTU or MSS; their selectors are your
    # network and the VPC's, since 0.0.0.0/0 would catch all that the device sends.
    "cyberoam/console.j2": Reader(
        read=read,
        unsaid=frozenset(["customer_inside", "endpoint_inside", "mtu", "mss", "selectors"]),
    )
}
