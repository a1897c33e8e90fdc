"""pfSense: numbered steps on its pages."""

import re

from unit.devices.grammars.steps import (
    ADDRESS,
    ANY,
    IPV4,
    KEY,
    NAME,
    NETWORK,
    NUMBER,
    Screens,
    Steps,
)
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

CIPHERS = ("AES, 128 bits", "AES, 192 bits", "AES, 256 bits",
           "AES128-GCM, 128 bits", "AES256-GCM, 128 bits")  # fmt: skip
HASHES = ("SHA1", "SHA256", "SHA384", "SHA512")
GROUPS = (
    "1 (768 bit)", "2 (1024 bit)", "5 (1536 bit)", "14 (2048 bit)", "15 (3072 bit)",
    "16 (4096 bit)", "17 (6144 bit)", "18 (8192 bit)", "19 (nist ecp256)", "20 (nist ecp384)",
    "21 (nist ecp521)", "22 (1024(sub 160) bit)", "23 (2048(sub 224) bit)",
    "24 (2048(sub 256) bit)",
)  # fmt: skip
OUTSIDE = ("<OUTSIDE INTERFACE>",)
SET = ("checked", "unchecked")
SIDE = re.compile(rf"Network, (?:{NETWORK.pattern})|Address or Alias, {IPV4}")
RULE = {
    "Action": ("Pass", "Block", "Reject"),
    "Address Family": ("IPv4", "IPv6", "IPv4+IPv6"),
    "TCP/IP Version": ("IPv4", "IPv6", "IPv4+IPv6"),
    "Protocol": ("Any", "any"),
    "Source": SIDE,
    "Destination": SIDE,
    "Gateway": NAME,
}
P1, P2 = "VPN > IPsec > Tunnels, Add P1", r"VPN > IPsec > Tunnels, *, Add P2"
INTERFACE = "Interfaces > the new interface"
GATEWAY = r"System > Routing > Gateways, Edit *"
NEIGHBOR = "Services > FRR BGP > Neighbors, Add"
GROUP, ROUTE = "System > Routing > Gateway Groups, Add", "System > Routing > Static Routes, Add"
LAN = "Firewall > Rules > <INSIDE INTERFACE>, Add above the other rules"
ROUTER, ADVANCED = "Services > FRR BGP > BGP", "Services > FRR BGP > Advanced"
_PAGES = {
    P1: {
        "Description": NAME,
        "Key Exchange version": ("IKEv1", "IKEv2", "Auto"),
        "Internet Protocol": ("IPv4", "IPv6", "Both (Dual Stack)"),
        "Interface": OUTSIDE,
        "Remote Gateway": ADDRESS,
        "Authentication Method": ("Mutual PSK", "Mutual Certificate"),
        "Negotiation mode": ("Main", "Aggressive"),
        "My identifier": re.compile(
            rf"IP address, {IPV4}|ASN\.1 distinguished Name, <CERTIFICATE SUBJECT>"
        ),
        "Peer identifier": ("Any", "Peer IP address"),
        "Pre-Shared Key": KEY,
        "My Certificate": ("<DEVICE CERTIFICATE>",),
        "Peer Certificate Authority": ("<CA CERTIFICATE>",),
        "Encryption Algorithm": CIPHERS,
        "Hash": HASHES,
        "DH Group": GROUPS,
        "Life Time": NUMBER,
        "Child SA Start Action": ("Default", "Initiate at start (VTI or Tunnel Mode)"),
        "Child SA Close Action": ("Default", "Restart/Reconnect"),
        "NAT Traversal": ("Auto", "Force"),
        "MOBIKE": ("Enable", "Disable"),
        "Dead Peer Detection": ("Enable DPD",),
        "Delay": NUMBER,
        "Max failures": NUMBER,
    },
    P2: {
        "Description": NAME,
        "Mode": ("Tunnel IPv4", "Tunnel IPv6", "Transport", "Routed (VTI)"),
        "Local Network": re.compile(rf"Network, {IPV4} / \d+"),
        "Remote Network": re.compile(rf"Address, {IPV4}"),
        "Protocol": ("ESP", "AH"),
        "Encryption Algorithms": CIPHERS,
        "Hash Algorithms": (*HASHES, "none"),
        "PFS key group": GROUPS,
        "Life Time": NUMBER,
        "Keep Alive": ("Enable periodic keep alive check",),
    },
    "Interfaces > Assignments, Add": {"Available network ports": ANY},
    INTERFACE: {
        "Enable": ("Enable interface",),
        "Description": re.compile("[A-Z][A-Z0-9_]{0,21}"),
        "MTU": NUMBER,
        "MSS": NUMBER,
    },
    "Firewall > Rules > IPsec, Add": RULE,
    LAN: RULE,
    GATEWAY: {"Monitor IP": ADDRESS},
    GROUP: {
        "Group Name": NAME,
        "Gateway Priority": re.compile(r"\w+, Tier [12]"),
        "Trigger Level": ("Member Down", "Packet Loss", "High Latency"),
    },
    ROUTE: {"Destination network": NETWORK, "Gateway": NAME},
    NEIGHBOR: {
        "Name/Address": ADDRESS,
        "Description": NAME,
        "Remote AS": NUMBER,
        "Update Source": re.compile(r"IPv4, \w+"),
        "Inbound Soft Reconfiguration": SET,
        "Keep Alive Interval": NUMBER,
        "Hold Time": NUMBER,
    },
    "System > Package Manager > Available Packages": (),
    "Services > FRR Global/Zebra > Global Settings": {
        "Enable": ("Enable FRR",),
        "Master Password": ANY,
    },
    ROUTER: {
        "Enable": ("Enable BGP Routing",),
        "Local AS": NUMBER,
        "Router ID": ADDRESS,
        "Networks to Distribute": NETWORK,
    },
    ADVANCED: {"Network Import Check": SET, "Disable eBGP Require Policy": SET},
}
SCREENS = Screens(pages=_PAGES, several={"Gateway Priority"})


def routed(text: str) -> Reading:
    shared = SCREENS.parse(dict(sections(text))["Both tunnels"])
    reading = Reading(tunnels=[])
    for section in tunnel_sections(text):
        found = SCREENS.parse(section)
        reading.tunnels.append(_routed(found, shared))
        defined, used = _names(found)
        assert used <= defined, "a tunnel uses its own names"
        reading.defined |= defined
        reading.used |= used
    for group in shared.every(GROUP):
        reading.defined.add(("group", group["Group Name"]))
        reading.used.add(("group", shared.only(LAN)["Gateway"]))
        reading.used.add(("gateway", shared.only(ROUTE)["Gateway"]))
        members = [one.split(", ") for one in group.fields["Gateway Priority"]]
        assert [tier for _, tier in members] == ["Tier 1", "Tier 2"]
        assert [name[-7] for name, _ in members] == ["1", "2"]
        reading.used |= {("gateway", name) for name, _ in members}
    return reading


def _names(found: Steps) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    name = found.only(INTERFACE)["Description"]
    defined = {
        ("connection", found.only(P1)["Description"]),
        ("interface", name),
        ("gateway", f"{name}_VTIV4"),
    }
    port = found.only("Interfaces > Assignments, Add")["Available network ports"]
    used = {("connection", found.only(P2).about), ("connection", port.split()[-1])}
    used |= {("gateway", step.about) for step in found.every(GATEWAY)}
    for step in found.every(NEIGHBOR):
        used.add(("interface", step["Update Source"].removeprefix("IPv4, ")))
    return defined, used


def _routed(found: Steps, shared: Steps) -> TunnelReading:
    phase1, phase2, interface = found.only(P1), found.only(P2), found.only(INTERFACE)
    certificates = phase1["Authentication Method"] == "Mutual Certificate"
    assert certificates == ("My Certificate" in phase1.fields) == (not phase1.get("Pre-Shared Key"))
    assert phase2["Mode"] == "Routed (VTI)"
    identity = phase1["My identifier"].split(", ")[1]
    cipher, inside = phase2["Encryption Algorithms"], phase2["Remote Network"].split(", ")[1]
    assert (phase2["Hash Algorithms"] == "none") == ("GCM" in cipher)
    rule = found.only("Firewall > Rules > IPsec, Add")
    assert rule["Source"].endswith(f" {inside}")
    bgp = route = None
    if found.every(NEIGHBOR):
        neighbor, router = found.only(NEIGHBOR), shared.only(ROUTER)
        assert neighbor["Name/Address"] == inside
        assert shared.only(ADVANCED)["Disable eBGP Require Policy"] == "checked"
        assert int(neighbor["Keep Alive Interval"]) * 3 == int(neighbor["Hold Time"])
        bgp = int(router["Local AS"]), int(neighbor["Remote AS"]), int(neighbor["Hold Time"])
    else:
        assert found.only(GATEWAY)["Monitor IP"] == inside
        route = shared.only(ROUTE)["Destination network"]
        assert shared.only(LAN)["Destination"] == f"Network, {route}"
    return TunnelReading(
        ike_version=phase1["Key Exchange version"].lower(),
        psk=phase1.get("Pre-Shared Key"),
        customer_outside=UNSAID if certificates else identity,
        endpoint_outside=phase1["Remote Gateway"],
        customer_inside=phase2["Local Network"].removeprefix("Network, ").replace(" ", ""),
        endpoint_inside=inside,
        ike=(phase1["Encryption Algorithm"], phase1["Hash"], phase1["DH Group"]),
        ike_lifetime=int(phase1["Life Time"]),
        esp=(cipher, phase2["Hash Algorithms"].replace("none", ""), phase2["PFS key group"]),
        esp_lifetime=int(phase2["Life Time"]),
        dpd_interval=int(phase1["Delay"]),
        dpd_retries=int(phase1["Max failures"]),
        mtu=int(interface["MTU"]),
        mss=int(interface["MSS"]) - 40,
        selectors=UNSAID,
        bgp=bgp,
        route=route,
    )


READERS = {"pfsense/routed.j2": Reader(read=routed, unsaid=frozenset({"selectors"}))}
