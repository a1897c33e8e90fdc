"""Cyberoam: steps in the web console."""

from unit.devices.grammars.steps import ADDRESS, NUMBER, Screens, Steps
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading

_HOST, _POLICY, _CONNECTION = (
    "Objects > Hosts > IP Host",
    "VPN > Policy",
    "VPN > IPSec > Connection",
)
_PHASE1, _PHASE2 = f"{_POLICY} > Phase 1", f"{_POLICY} > Phase 2"
_NETWORKS, _GROUP = f"{_CONNECTION} > Networks", f"{_CONNECTION} > Failover Group"
_SUITE = ("Encryption Algorithm", "Authentication Algorithm", "Key Life")
_PAGES = {
    _HOST: ("Name", "Type", "Network"),
    _POLICY: (
        "Name", "Allow Re-keying", "Key Negotiation Tries", "Authentication Mode",
        "Pass Data In Compressed Format",
    ),
    _PHASE1: (
        *_SUITE, "DH Group", "Dead Peer Detection", "Check Peer After Every",
        "Wait For Response Upto", "Action When Peer Unreachable",
    ),
    _PHASE2: (*_SUITE, "PFS Group"),
    _CONNECTION: (
        "Name", "Connection Type", "Policy", "Action on VPN Restart", "Authentication Type",
        "Preshared Key", "Local Endpoint", "Remote Endpoint",
    ),
    _NETWORKS: ("Local Subnet", "Local ID", "Remote LAN Network", "Remote ID"),
    _GROUP: ("Name", "Member Connections", "Failover condition"),
    "Firewall > Rule": (),
}  # fmt: skip
_SWITCH = ("Enable", "Disable")
_VALUES = {
    "Type": ("Network", "Host"),
    **dict.fromkeys(("Allow Re-keying", "Pass Data In Compressed Format"), _SWITCH),
    "Dead Peer Detection": _SWITCH,
    "Authentication Mode": ("Main Mode", "Aggressive Mode"),
    "Authentication Type": ("Preshared Key", "Digital Certificate", "RSA Key"),
    "Connection Type": ("Site to Site", "Host to Host", "Remote Access"),
    "Action on VPN Restart": ("Initiate", "Respond Only", "Disable"),
    "Action When Peer Unreachable": ("Re-initiate", "Hold", "Disconnect"),
    **dict.fromkeys(("Local Endpoint", "Remote Endpoint"), ADDRESS),
    **dict.fromkeys(("Key Life", "Check Peer After Every", "Wait For Response Upto"), NUMBER),
}
SCREENS = Screens(pages=_PAGES, values=_VALUES)


def read(text: str) -> Reading:
    found = SCREENS.read(text)
    hosts = {one["Name"]: one["Network"] for one in found["Networks"].every(_HOST)}
    tunnels = [found[f"IPSec Tunnel #{number}"] for number in (1, 2)]
    reading = Reading(tunnels=[_tunnel(own, hosts) for own in tunnels])
    reading.defined.update(("host", name) for name in hosts)
    for own in tunnels:
        reading.defined |= {
            ("policy", own.value(_POLICY, "Name")),
            ("connection", own.value(_CONNECTION, "Name")),
        }
        reading.used |= {
            ("policy", own.value(_CONNECTION, "Policy")),
            ("host", own.value(_NETWORKS, "Local Subnet")),
            ("host", own.value(_NETWORKS, "Remote LAN Network")),
        }
    members = found["Failover and firewall"].value(_GROUP, "Member Connections").split(", ")
    assert len(members) == 2
    reading.used.update(("connection", one) for one in members)
    return reading


def _tunnel(own: Steps, hosts: dict[str, str]) -> TunnelReading:
    policy, phase1, phase2 = own.only(_POLICY), own.only(_PHASE1), own.only(_PHASE2)
    connection, networks = own.only(_CONNECTION), own.only(_NETWORKS)
    assert connection["Policy"] == policy["Name"]
    assert policy["Authentication Mode"] == "Main Mode"
    assert phase1["Dead Peer Detection"] == "Enable"
    assert connection["Authentication Type"] == "Preshared Key"
    assert networks["Local ID"] == f"IP Address {connection['Local Endpoint']}"
    assert networks["Remote ID"] == f"IP Address {connection['Remote Endpoint']}"
    interval = int(phase1["Check Peer After Every"])
    return TunnelReading(
        ike_version="ikev1",
        psk=connection["Preshared Key"],
        customer_outside=connection["Local Endpoint"],
        endpoint_outside=connection["Remote Endpoint"],
        customer_inside=UNSAID,
        endpoint_inside=UNSAID,
        ike=(
            phase1["Encryption Algorithm"],
            phase1["Authentication Algorithm"],
            phase1["DH Group"],
        ),
        ike_lifetime=int(phase1["Key Life"]),
        esp=(
            phase2["Encryption Algorithm"],
            phase2["Authentication Algorithm"],
            phase2["PFS Group"],
        ),
        esp_lifetime=int(phase2["Key Life"]),
        dpd_interval=interval,
        dpd_retries=int(phase1["Wait For Response Upto"]) // interval,
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
