"""Barracuda: steps in NextGen Admin."""

import re

from unit.devices.grammars.steps import SELECTED, Screens, Steps
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

_NEW = "New IPsec IKEv1 tunnel"
_PHASE1 = f"VPN > Site to Site > IPsec IKEv1 Tunnels > {_NEW} > Base Configuration > Phase 1"
_PHASE2 = f"{_NEW} > Base Configuration > Phase 2"
_LOCAL, _REMOTE, _ADVANCED = (
    f"{_NEW} > {one}" for one in ("Local Networks", "Remote Networks", "Advanced")
)
_HOP = (
    "VPN > VPN Settings > Server Settings > Advanced > VPN Next Hop Interface Configuration > Add"
)
_BGP = "OSPF-RIP-BGP > OSPF/RIP/BGP Settings"
_NEIGHBOUR = f"{_BGP} > Neighbor Setup IPv4 > Neighbors > Add"
_ROUTE = "Network > Routing > Main Routing Table > Add"
_RULE = "Firewall > Forwarding Rules > New"
_SUITE = ("Encryption", "Hash Meth.", "DH-Group")
PAGES = {
    _PHASE1: ("Name", *_SUITE, "Lifetime(sec)"),
    _PHASE2: (*_SUITE, "Lifetime(sec)", "Enable Perfect Forward Secrecy"),
    _LOCAL: ("Initiates Tunnel", "Local IKE Gateway", "Network Address"),
    _REMOTE: ("Remote IKE Gateway", "Network Address"),
    f"{_NEW} > Peer Identification": ("Shared Secret",),
    _ADVANCED: ("DPD interval (s)", "Interface Index", "VPN Next Hop Routing"),
    _HOP: ("VPN Interface Index", "MTU", "IP Addresses"),
    _ROUTE: ("Target Network Address", "Route Type", "Gateway", "Route Metric"),
    _NEIGHBOUR: ("Neighbor IPv4", "AS Number", "Update Source", "Update Source Interface"),
    _RULE: ("Action", "Bi-Directional", "Source", "Destination", "Service", "Connection Method"),
    f"{_BGP} > Operational Setup": ("Run BGP Router", "Operation Mode", "Router ID"),
    f"{_BGP} > BGP Router Setup": ("AS Number", "Networks"),
    "VPN > Site-to-Site": (),
    "Network > Routes": (),
    "Network > BGP": (),
}
CHOICES = {
    "Initiates Tunnel": ("Yes (active IKE)", "No (passive IKE)"),
    "Network Address": ("0.0.0.0/0",),
    "Enable Perfect Forward Secrecy": SELECTED,
    "Bi-Directional": SELECTED,
    "Route Type": ("gateway",),
    "Update Source": ("Interface",),
    "Action": ("Pass", "Block", "Deny"),
    "Source": ("<LOCAL NETWORK>",),
    "Networks": ("<LOCAL NETWORK>",),
    "Service": ("Any",),
    "Connection Method": ("Original Source IP",),
    "Run BGP Router": ("yes", "no"),
    "Operation Mode": ("advertise-learn", "learn-only", "advertise-only"),
}
SCREENS = Screens(pages=PAGES, values=CHOICES)


def read(text: str) -> Reading:
    body = dict(sections(text))
    common = SCREENS.parse(body["Both tunnels"])
    SCREENS.parse(body["Verify"])
    reading = Reading(tunnels=[])
    for section in tunnel_sections(text):
        steps = SCREENS.parse(section)
        reading.tunnels.append(_tunnel(steps, common, section))
        index = steps.value(_HOP, "VPN Interface Index")
        assert ("interface", f"vpnr{index}") not in reading.defined, "each has its own"
        reading.defined.add(("interface", f"vpnr{index}"))
        reading.used.add(("interface", f"vpnr{steps.value(_ADVANCED, 'Interface Index')}"))
        if steps.has(_NEIGHBOUR, "Update Source Interface"):
            reading.used.add(("interface", steps.value(_NEIGHBOUR, "Update Source Interface")))
    first, second = ([step["Name"] for step in SCREENS.parse(section).steps
                      if "Name" in step.fields] for section in tunnel_sections(text))  # fmt: skip
    assert first != second
    return reading


def _tunnel(steps: Steps, common: Steps, section: str) -> TunnelReading:
    index = steps.value(_HOP, "VPN Interface Index")
    assert steps.value(_ADVANCED, "Interface Index") == index
    assert steps.has(_PHASE2, "Enable Perfect Forward Secrecy")
    hop = steps.value(_ADVANCED, "VPN Next Hop Routing")
    bgp = route = None
    if steps.has(_ROUTE, "Gateway"):
        assert steps.value(_ROUTE, "Gateway") == hop
        assert 9 + steps.number(_ROUTE, "Route Metric") == int(index)
        route = steps.value(_ROUTE, "Target Network Address")
        assert common.value(_RULE, "Destination") == route
    else:
        assert steps.value(_NEIGHBOUR, "Neighbor IPv4") == hop
        assert steps.value(_NEIGHBOUR, "Update Source Interface") == f"vpnr{index}"
        assert common.value(f"{_BGP} > Operational Setup", "Run BGP Router") == "yes"
        (hold,) = re.findall(r"hold\s+time of (\d+) seconds is the shorter", section)
        bgp = (
            common.number(f"{_BGP} > BGP Router Setup", "AS Number"),
            steps.number(_NEIGHBOUR, "AS Number"),
            int(hold),
        )
    return TunnelReading(
        ike_version="ikev1",
        psk=steps.value(f"{_NEW} > Peer Identification", "Shared Secret"),
        customer_outside=steps.value(_LOCAL, "Local IKE Gateway"),
        endpoint_outside=steps.value(_REMOTE, "Remote IKE Gateway"),
        customer_inside=steps.value(_HOP, "IP Addresses"),
        endpoint_inside=hop,
        ike=_suite(steps, _PHASE1),
        ike_lifetime=steps.number(_PHASE1, "Lifetime(sec)"),
        esp=_suite(steps, _PHASE2),
        esp_lifetime=steps.number(_PHASE2, "Lifetime(sec)"),
        dpd_interval=steps.number(_ADVANCED, "DPD interval (s)"),
        dpd_retries=UNSAID,
        mtu=steps.number(_HOP, "MTU"),
        mss=UNSAID,
        selectors=UNSAID,
        bgp=bgp,
        route=route,
    )


def _suite(steps: Steps, screen: str) -> tuple[str, str, str]:
    first, second, third = (steps.value(screen, name) for name in _SUITE)
    return first, second, third


READERS = {
    "barracuda/nextgen_admin.j2": Reader(
        # No number of retries, no MSS; a tunnel with a next hop interface is 0.0.0.0/0.
        read=read,
        unsaid=frozenset({"dpd_retries", "mss", "selectors"}),
    )
}
