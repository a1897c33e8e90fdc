"""Zyxel: steps in the Web Configurator."""

import re
from ipaddress import IPv4Network

from unit.devices.grammars.steps import SELECTED, Screens, Steps
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading, masked
from unit.devices.sections import sections, tunnel_sections

_VPN, _NETWORK = "Configuration > VPN > IPSec VPN", "Configuration > Network"
_GATEWAY, _CONNECTION = f"{_VPN} > VPN Gateway > Add", f"{_VPN} > VPN Connection > Add"
_IDENTITY, _PHASE1 = f"{_GATEWAY} > Authentication", f"{_GATEWAY} > Phase 1 Settings"
_GENERAL, _PHASE2 = f"{_CONNECTION} > General Settings", f"{_CONNECTION} > Phase 2 Setting"
_VTI = f"{_NETWORK} > Interface > VTI > Add"
_ROUTE = f"{_NETWORK} > Routing > Static Route > Add"
_BGP = f"{_NETWORK} > Routing > BGP"
_NEIGHBOUR = f"{_BGP} > Neighbors > Add"
PAGES = {
    f"{_GATEWAY} > General Settings": ("Enable", "VPN Gateway Name", "IKE Version"),
    f"{_GATEWAY} > Gateway Settings": (
        "My Address, Interface", "Peer Gateway Address, Static Address",
    ),
    _IDENTITY: (
        "Pre-Shared Key", "Local ID Type", "Local ID Content", "Peer ID Type", "Peer ID Content",
    ),
    _PHASE1: (
        "SA Life Time", "Negotiation Mode", "Encryption", "Authentication", "Key Group",
        "NAT Traversal", "Dead Peer Detection (DPD)",
    ),
    _GENERAL: (
        "Enable", "Connection Name", "Nailed-Up", "Enable Replay Detection",
        "MSS Adjustment, Custom Size",
    ),
    f"{_CONNECTION} > VPN Gateway": ("Application Scenario", "VPN Gateway"),
    _PHASE2: (
        "SA Life Time", "Active Protocol", "Encapsulation", "Encryption", "Authentication",
        "Perfect Forward Secrecy (PFS)",
    ),
    f"{_VPN} > VPN Connection > Global Setting": (
        'Ignore "Don\'t Fragment" setting in packet header',
    ),
    _VTI: (
        "Enable", "Interface Name", "Zone", "VPN Rule", "IP Address", "Subnet Mask",
        "Enable Connectivity Check", "Check Method", "Check this address",
    ),
    _ROUTE: ("Destination IP", "Subnet Mask", "Interface", "Metric"),
    _BGP: ("Enable BGP", "AS Number", "Router ID"),
    _NEIGHBOUR: ("IP Address", "AS Number"),
    f"{_BGP} > Network > Add": ("Network",),
    "Configuration > Security Policy > Policy Control > Add": (
        "From", "To", "Source", "Destination", "Service", "Action",
    ),
    "Monitor > VPN Monitor > IPSec": (),
    "Monitor > System Status > Interface Status": (),
    "Maintenance > Packet Flow Explore > Routing Status": (),
}  # fmt: skip
CHOICES = {
    **dict.fromkeys(
        ("Enable", "NAT Traversal", "Dead Peer Detection (DPD)", "Nailed-Up", "Enable BGP",
         "Enable Replay Detection", "Enable Connectivity Check",
         'Ignore "Don\'t Fragment" setting in packet header'), SELECTED
    ),
    "IKE Version": ("IKEv1", "IKEv2"),
    "My Address, Interface": ("<OUTSIDE INTERFACE>",),
    "Local ID Type": ("IPv4",), "Peer ID Type": ("IPv4",),
    "Negotiation Mode": ("Main", "Aggressive"),
    "Application Scenario": ("VPN Tunnel Interface", "Site-to-site"),
    "Active Protocol": ("ESP", "AH"),
    "Encapsulation": ("Tunnel", "Transport"),
    "Zone": ("IPSec_VPN",),
    "Check Method": ("icmp", "tcp"),
    "From": ("IPSec_VPN",), "To": ("LAN1", "ZyWALL"), "Source": ("any",),
    "Destination": ("any",), "Service": ("any", "BGP"), "Action": ("allow", "deny", "reject"),
    "Network": ("<LOCAL NETWORK>",),
}  # fmt: skip
SCREENS = Screens(pages=PAGES, values=CHOICES)


def read(text: str) -> Reading:
    body = dict(sections(text))
    common = SCREENS.parse(body["Both tunnels"])
    SCREENS.parse(body["Verify"])
    assert common.has(f"{_VPN} > VPN Connection > Global Setting",
                      'Ignore "Don\'t Fragment" setting in packet header')  # fmt: skip
    reading = Reading(tunnels=[])
    for number, section in enumerate(tunnel_sections(text), start=1):
        steps = SCREENS.parse(section)
        reading.tunnels.append(_tunnel(number, steps, common, section))
        for kind, screen, name, user, uses in (
            ("gateway", f"{_GATEWAY} > General Settings", "VPN Gateway Name",
             f"{_CONNECTION} > VPN Gateway", "VPN Gateway"),
            ("connection", _GENERAL, "Connection Name", _VTI, "VPN Rule"),
        ):  # fmt: skip
            given = kind, steps.value(screen, name)
            assert given not in reading.defined, "each tunnel has its own"
            reading.defined.add(given)
            assert steps.value(user, uses) == given[1]
    return reading


def _tunnel(number: int, steps: Steps, common: Steps, section: str) -> TunnelReading:
    peer = steps.value(f"{_GATEWAY} > Gateway Settings", "Peer Gateway Address, Static Address")
    assert steps.value(_IDENTITY, "Peer ID Content") == peer
    assert steps.value(_VTI, "Interface Name") == f"vti{number}"
    inside = steps.value(_VTI, "IP Address"), steps.value(_VTI, "Subnet Mask")
    endpoint = steps.value(_VTI, "Check this address")
    bgp = route = None
    if steps.has(_ROUTE, "Interface"):
        assert steps.value(_ROUTE, "Interface") == f"vti{number}"
        assert steps.number(_ROUTE, "Metric") == number
        route = masked(steps.value(_ROUTE, "Destination IP"), steps.value(_ROUTE, "Subnet Mask"))
    else:
        assert steps.value(_NEIGHBOUR, "IP Address") == endpoint
        assert common.has(_BGP, "Enable BGP")
        assert common.has(f"{_BGP} > Network > Add", "Network")
        (hold,) = re.findall(r"hold time of (\d+) seconds\s+is the shorter", section)
        bgp = common.number(_BGP, "AS Number"), steps.number(_NEIGHBOUR, "AS Number"), int(hold)
    return TunnelReading(
        ike_version=steps.value(f"{_GATEWAY} > General Settings", "IKE Version").lower(),
        psk=steps.value(_IDENTITY, "Pre-Shared Key"),
        customer_outside=steps.value(_IDENTITY, "Local ID Content"),
        endpoint_outside=peer,
        customer_inside=f"{inside[0]}/{IPv4Network(f'0.0.0.0/{inside[1]}').prefixlen}",
        endpoint_inside=endpoint,
        ike=(
            steps.value(_PHASE1, "Encryption"),
            steps.value(_PHASE1, "Authentication"),
            steps.value(_PHASE1, "Key Group"),
        ),
        ike_lifetime=steps.number(_PHASE1, "SA Life Time", " seconds"),
        esp=(
            steps.value(_PHASE2, "Encryption"),
            steps.value(_PHASE2, "Authentication"),
            steps.value(_PHASE2, "Perfect Forward Secrecy (PFS)"),
        ),
        esp_lifetime=steps.number(_PHASE2, "SA Life Time", " seconds"),
        dpd_interval=UNSAID,
        dpd_retries=UNSAID,
        mtu=UNSAID,
        mss=steps.number(_GENERAL, "MSS Adjustment, Custom Size", " bytes"),
        selectors=UNSAID,
        bgp=bgp,
        route=route,
    )


READERS = {
    "zyxel/web_configurator.j2": Reader(
        # Dead Peer Detection is a check box, a VTI has no MTU, and is 0.0.0.0/0 on both sides.
        read=read,
        unsaid=frozenset({"dpd_interval", "dpd_retries", "mtu", "selectors"}),
    )
}
