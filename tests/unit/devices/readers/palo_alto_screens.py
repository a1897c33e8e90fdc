"""Palo Alto Networks: the screens of PAN-OS 4.1."""

import re
from ipaddress import ip_address, ip_network

from unit.devices.grammars.steps import ADDRESS, NUMBER, Screens, Steps
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading

_PROFILES, _ROUTER = "Network > Network Profiles", "Network > Virtual Routers > default"
_GATEWAY, _TUNNEL = f"{_PROFILES} > IKE Gateways > Add", "Network > IPSec Tunnels > Add"
_IKE, _IPSEC = f"{_PROFILES} > IKE Crypto > Add", f"{_PROFILES} > IPSec Crypto > Add"
_INTERFACE, _ROUTE = "Network > Interfaces > Tunnel > Add", f"{_ROUTER} > Static Routes > Add"
_BGP, _REDISTRIBUTION = f"{_ROUTER} > BGP", f"{_ROUTER} > Redistribution Profiles > Add"
_GROUP, _PEER = f"{_BGP} > Peer Group > Add", f"{_BGP} > Peer Group > * > Add"
_NAMED = {
    "Interface Mgmt": f"{_PROFILES} > Interface Mgmt > Add",
    "Zones": "Network > Zones > Add",
    "Monitor": f"{_PROFILES} > Monitor > Add",
    "Redistribution Profiles": _REDISTRIBUTION,
}
_RULE = "Policies > Security > Add"
PAGES = {
    _NAMED["Interface Mgmt"]: ("Name", "Ping"),
    _NAMED["Zones"]: ("Name", "Type"),
    _NAMED["Monitor"]: ("Name", "Action", "Interval (sec)", "Threshold"),
    _REDISTRIBUTION: ("Name", "Priority", "Redistribute", "Source Type", "Destination"),
    _BGP: ("Enable", "Router ID", "AS Number", "Install Route", "AS Format"),
    _GROUP: (
        "Name", "Enable", "Soft Reset with Stored Info", "Type", "Export Next Hop",
        "Remove Private AS",
    ),
    f"{_BGP} > Redist Rules > Add": ("Name", "Enable", "Set Origin"),
    _PEER: (
        "Peer", "Enable", "Peer AS", "Local Address Interface", "Local Address IP",
        "Peer Address IP",
    ),
    "Peer Group > * > Add > Connection Options": ("Keep Alive Interval", "Hold Time"),
    _IKE: ("Name", "DH Group", "Authentication", "Encryption", "Lifetime"),
    _GATEWAY: ("Name", "Interface", "Peer Type", "Peer IP Address", "Pre-shared Key"),
    "IKE Gateways > Add > Show Advanced Phase 1 options": (
        "Local Identification", "Peer Identification", "Exchange Mode", "IKE Crypto Profile",
        "Enable Passive Mode", "Enable NAT Traversal", "Dead Peer Detection", "Interval", "Retry",
    ),
    _IPSEC: ("Name", "IPSec Protocol", "Encryption", "Authentication", "DH Group", "Lifetime"),
    _INTERFACE: (
        "Interface Name", "Virtual Router", "Security Zone", "IP", "Management Profile", "MTU",
    ),
    _TUNNEL: ("Name", "Tunnel Interface", "Type", "IKE Gateway", "IPSec Crypto Profile"),
    "IPSec Tunnels > Add > Show Advanced Options": (
        "Enable Replay Protection", "Tunnel Monitor", "Destination IP", "Profile",
    ),
    "IPSec Tunnels > Add > Proxy IDs > Add": ("Proxy ID", "Local", "Remote", "Protocol"),
    _ROUTE: ("Name", "Destination", "Interface", "Next Hop", "Metric"),
    _RULE: (
        "Name", "Source Zone", "Source Address", "Destination Zone", "Destination Address",
        "Application", "Service", "Action",
    ),
}  # fmt: skip
_CHECKED = ("Ping", "Enable", "Install Route", "Soft Reset with Stored Info", "Remove Private AS",
            "Enable Passive Mode", "Enable NAT Traversal", "Dead Peer Detection",
            "Enable Replay Protection", "Tunnel Monitor")  # fmt: skip
_SECONDS = re.compile(r"Seconds \d+")
VALUES = {
    **dict.fromkeys(_CHECKED, ("Yes", "No")),
    "Type": ("Layer3", "EBGP", "Auto Key"),
    "Action": ("Fail Over", "Wait Recover", "Allow", "Deny"),
    "AS Format": ("2 Byte", "4 Byte"),
    "Set Origin": ("igp", "egp", "incomplete"),
    "Exchange Mode": ("auto", "main", "aggressive"),
    "Peer Type": ("Static", "Dynamic"),
    "IPSec Protocol": ("ESP", "AH"),
    "Lifetime": _SECONDS,
    **dict.fromkeys(("Router ID", "Peer IP Address", "Peer Address IP", "Destination IP"), ADDRESS),
    **dict.fromkeys(("AS Number", "Peer AS", "Hold Time", "MTU", "Interval", "Retry"), NUMBER),
}
SCREENS = Screens(pages=PAGES, values=VALUES)


def read(text: str) -> Reading:
    found = SCREENS.read(text)
    common, rules = found["Both tunnels"], found["Security Rules"].every(_RULE)
    reading = Reading(tunnels=[])
    for kind, page in _NAMED.items():
        reading.defined |= {(kind, step["Name"]) for step in common.every(page)}
    ways = {(rule["Source Zone"], rule["Destination Zone"]) for rule in rules}
    (zone,) = {zone for way in ways for zone in way} - {"<INSIDE ZONE>"}
    assert ways == {("<INSIDE ZONE>", zone), (zone, "<INSIDE ZONE>")}
    assert all(rule["Action"] == "Allow" for rule in rules)
    reading.used.add(("Zones", zone))
    for number in (1, 2):
        reading.tunnels.append(_tunnel(found[f"IPSec Tunnel #{number}"], common, reading))
    return reading


def _screen(own: Steps, page: str) -> dict[str, str]:
    """What is entered on a page, and in the forms that go on from it."""
    form = f"{page.split(' > ')[-2]} > Add"
    return {
        name: step[name]
        for step in own.steps
        if step.page == page or step.page.startswith(f"{form} > ")
        for name in step.fields
    }


def _tunnel(own: Steps, common: Steps, reading: Reading) -> TunnelReading:
    ike, gateway = _screen(own, _IKE), _screen(own, _GATEWAY)
    ipsec, tunnel = _screen(own, _IPSEC), _screen(own, _TUNNEL)
    interface = _screen(own, _INTERFACE)
    unit, inside = interface["Interface Name"], interface["IP"]
    reading.defined |= {
        ("ike", ike["Name"]), ("ipsec", ipsec["Name"]), ("gateway", gateway["Name"]),
        ("interface", unit),
    }  # fmt: skip
    reading.used |= {
        ("ike", gateway["IKE Crypto Profile"]),
        ("ipsec", tunnel["IPSec Crypto Profile"]),
        ("gateway", tunnel["IKE Gateway"]),
        ("interface", tunnel["Tunnel Interface"]),
        ("Interface Mgmt", interface["Management Profile"]),
        ("Zones", interface["Security Zone"]),
    }
    assert gateway["Exchange Mode"] == "main"
    assert gateway["Dead Peer Detection"] == gateway["Enable NAT Traversal"] == "Yes"
    assert gateway["Peer Identification"] == f"IP address {gateway['Peer IP Address']}"
    assert ipsec["IPSec Protocol"] == "ESP"
    assert tunnel["Enable Replay Protection"] == "Yes"
    selectors = tunnel["Local"], tunnel["Remote"]
    bgp, route, far = _routing(own, common, tunnel, interface, reading)
    assert ip_address(far) in ip_network(inside, strict=False)
    return TunnelReading(
        ike_version="ikev1",
        psk=gateway["Pre-shared Key"],
        customer_outside=gateway["Local Identification"].removeprefix("IP address "),
        endpoint_outside=gateway["Peer IP Address"],
        customer_inside=inside,
        endpoint_inside=far,
        ike=(ike["Encryption"], ike["Authentication"], ike["DH Group"]),
        ike_lifetime=int(ike["Lifetime"].removeprefix("Seconds ")),
        esp=(ipsec["Encryption"], ipsec["Authentication"], ipsec["DH Group"]),
        esp_lifetime=int(ipsec["Lifetime"].removeprefix("Seconds ")),
        dpd_interval=int(gateway["Interval"]),
        dpd_retries=int(gateway["Retry"]),
        mtu=int(interface["MTU"]),
        mss=UNSAID,
        selectors=selectors,
        bgp=bgp,
        route=route,
    )


def _routing(
    own: Steps,
    common: Steps,
    tunnel: dict[str, str],
    interface: dict[str, str],
    reading: Reading,
) -> tuple[tuple[int, int, int] | None, str | None, str]:
    """BGP's numbers, or the network of the static route; and the endpoint's inside address."""
    unit, inside = interface["Interface Name"], interface["IP"]
    route = _screen(own, _ROUTE)
    if route:
        far = route["Next Hop"].removeprefix("IP Address ")
        assert route["Interface"] == unit
        assert route["Metric"] == f"{unit[-1]}0", "tunnel 1 is preferred"
        assert ("Tunnel Monitor" in tunnel) == (ip_address(far) in ip_network(tunnel["Remote"]))
        if "Tunnel Monitor" in tunnel:
            assert tunnel["Destination IP"] == far
            reading.used.add(("Monitor", tunnel["Profile"]))
        return None, route["Destination"], far
    peer, process = own.only(_PEER), common.only(_BGP)
    assert process["Install Route"] == process["Enable"] == peer["Enable"] == "Yes"
    assert (peer["Local Address Interface"], peer["Local Address IP"]) == (unit, inside)
    assert peer.about == common.value(_GROUP, "Name")
    reading.used.add(
        ("Redistribution Profiles", common.value(f"{_BGP} > Redist Rules > Add", "Name"))
    )
    assert common.value(_REDISTRIBUTION, "Destination") == "<LOCAL NETWORK>"
    timers = own.only("Peer Group > * > Add > Connection Options")
    assert timers.about == peer.about
    assert int(timers["Keep Alive Interval"]) * 3 == int(timers["Hold Time"])
    numbers = int(process["AS Number"]), int(peer["Peer AS"]), int(timers["Hold Time"])
    return numbers, None, peer["Peer Address IP"]


READERS = {"palo_alto/gui_4.j2": Reader(read=read, unsaid=frozenset({"mss"}))}
