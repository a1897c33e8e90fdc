"""OPNsense: numbered steps on its pages."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

from unit.devices.grammars.steps import (
    ADDRESS,
    KEY,
    NAME,
    NETWORK,
    NUMBER,
    Screens,
    Steps,
)
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

GROUPS = {
    "modp2048": "DH14", "modp3072": "DH15", "modp4096": "DH16", "modp6144": "DH17",
    "modp8192": "DH18", "ecp256": "DH19, NIST EC", "ecp384": "DH20, NIST EC",
    "ecp521": "DH21, NIST EC",
}  # fmt: skip
CBC, GCM = ("aes128", "aes192", "aes256"), ("aes128gcm16", "aes192gcm16", "aes256gcm16")
HASHES = ("sha256", "sha384", "sha512", "aesxcbc")
_HASHED = {
    f"{cipher}-{integrity}": cipher in GCM for cipher in (*CBC, *GCM) for integrity in HASHES
}
IKE_PROPOSALS = tuple(
    f"{one}-{group} [{title}]" for one in _HASHED for group, title in GROUPS.items()
)
ESP_PROPOSALS = tuple(
    f"{one}-{group} [{title}]"
    for one in (*(one for one, gcm in _HASHED.items() if not gcm), *GCM)
    for group, title in GROUPS.items()
)
"As `IPsecProposalField` builds them."
SET = ("checked", "unchecked")
SIDE = re.compile(f"(?:{NETWORK.pattern})|(?:{ADDRESS.pattern})|This Firewall")
RULE = {
    "Action": ("Pass", "Block", "Reject"),
    "Direction": ("in", "out"),
    "TCP/IP Version": ("IPv4", "IPv6", "IPv4+IPv6"),
    "Protocol": ("any", "ESP", "UDP", "TCP"),
    "Source": SIDE,
    "Destination": SIDE,
    "Destination port range": NUMBER,
    "Gateway": NAME,
}
PSK, CONNECTION = "VPN > IPsec > Pre-Shared Keys, Add", "VPN > IPsec > Connections, Add"
_INSIDE = r"VPN > IPsec > Connections, *, "
LOCAL, REMOTE = f"{_INSIDE}Local Authentication, Add", f"{_INSIDE}Remote Authentication, Add"
CHILD, VTI = f"{_INSIDE}Children, Add", "VPN > IPsec > Virtual Tunnel Interfaces, Add"
ASSIGN, INTERFACE = "Interfaces > Assignments, Assign a new interface", r"Interfaces > *"
OUTSIDE = [
    f"Firewall > Rules > <OUTSIDE INTERFACE>, Add for {what}"
    for what in ("ESP", "IKE", "NAT traversal")
]
TUNNEL = "Firewall > Rules > IPsec, Add"
LAN = "Firewall > Rules > <INSIDE INTERFACE>, Add above the other rules"
GATEWAY, GROUP = "System > Gateways > Configuration, Add", "System > Gateways > Group, Add"
ROUTE = "System > Routes > Configuration, Add"
ROUTER, NEIGHBOR = "Routing > BGP > General", "Routing > BGP > Neighbors, Add"
CHARON = "VPN > IPsec > Advanced Settings > Charon"
METHODS = ("Pre-Shared Key", "Public Key")
ACTIONS = ("None", "Trap", "Start")
_PAGES = {
    CHARON: {"Tries": NUMBER, "Timeout": NUMBER, "Base": NUMBER},
    PSK: {
        "Local Identifier": ADDRESS,
        "Remote Identifier": ADDRESS,
        "Pre-Shared Key": KEY,
        "Type": ("PSK", "EAP"),
    },
    CONNECTION: {
        "Enabled": SET,
        "Proposals": IKE_PROPOSALS,
        "Version": ("IKEv1", "IKEv2", "IKEv1+IKEv2"),
        "Aggressive": SET,
        "MOBIKE": SET,
        "Local addresses": ADDRESS,
        "Remote addresses": ADDRESS,
        "Rekey time (s)": NUMBER,
        "Over time (s)": NUMBER,
        "DPD delay (s)": NUMBER,
        "DPD timeout (s)": NUMBER,
        "Keyingtries": NUMBER,
        "Description": NAME,
    },
    LOCAL: {
        "Authentication": METHODS,
        "Id": ADDRESS,
        "Certificates": ("<DEVICE CERTIFICATE>",),
    },
    REMOTE: {"Authentication": METHODS, "Id": ADDRESS},
    CHILD: {
        "Enabled": SET,
        "Mode": ("Tunnel", "Transport", "Pass", "Drop"),
        "Policies": SET,
        "Start action": (*ACTIONS, "Trap+start", "Route"),
        "Close action": ACTIONS,
        "DPD action": ("Clear", "Trap", "Start"),
        "Reqid": NUMBER,
        "ESP proposals": ESP_PROPOSALS,
        "Local": NETWORK,
        "Remote": NETWORK,
        "Rekey time (s)": NUMBER,
        "Description": NAME,
    },
    VTI: {
        "Enabled": SET,
        "Reqid": NUMBER,
        "Local address": ADDRESS,
        "Remote address": ADDRESS,
        "Tunnel local address": ADDRESS,
        "Tunnel remote address": ADDRESS,
        "Name": NAME,
    },
    ASSIGN: {"Device": re.compile(r"ipsec\d+"), "Description": NAME},
    INTERFACE: {
        "Enable": ("Enable Interface",),
        "MTU": NUMBER,
        "MSS": NUMBER,
    },
    **dict.fromkeys(OUTSIDE, RULE),
    TUNNEL: RULE,
    LAN: RULE,
    GATEWAY: {
        "Name": NAME,
        "Interface": NAME,
        "Address Family": ("IPv4", "IPv6"),
        "IP address": ADDRESS,
        "Disable Gateway Monitoring": SET,
        "Monitor IP": ADDRESS,
    },
    GROUP: {
        "Group Name": NAME,
        "Gateway Priority": re.compile(r"\w+, Tier [12]"),
        "Trigger Level": ("Member Down", "Packet Loss", "High Latency"),
    },
    ROUTE: {"Network Address": NETWORK, "Gateway": NAME},
    "System > Firmware > Plugins": (),
    "Routing > General": {"Enable": SET},
    ROUTER: {
        "Enable": SET,
        "BGP AS Number": NUMBER,
        "Router ID": ADDRESS,
        "Network": NETWORK,
        "Network Import-Check": SET,
    },
    NEIGHBOR: {
        "Enabled": SET,
        "Description": NAME,
        "Peer-IP": ADDRESS,
        "Remote AS": NUMBER,
        "Update-Source Interface": NAME,
        "Keepalive": NUMBER,
        "Hold Down Time": NUMBER,
        "Connect Timer": NUMBER,
    },
}
SCREENS = Screens(pages=_PAGES, several={"Gateway Priority"})


def connections(text: str) -> Reading:
    parts = dict(sections(text))
    before = SCREENS.parse(parts["Before you begin"])
    shared = SCREENS.parse(parts["Both tunnels"])
    reading = Reading(tunnels=[])
    for section in tunnel_sections(text):
        found = SCREENS.parse(section)
        reading.tunnels.append(_tunnel(found, shared, before))
        defined, used = _names(found)
        assert used <= defined, "a tunnel uses its own names"
        reading.defined |= defined
        reading.used |= used
    for group in shared.every(GROUP):
        reading.defined.add(("group", group["Group Name"]))
        reading.used.add(("group", shared.only(LAN)["Gateway"]))
        members = [*group.fields["Gateway Priority"], shared.only(ROUTE)["Gateway"]]
        reading.used |= {("gateway", one.split(", ")[0]) for one in members}
        assert [one[-4:] for one in members] == ["er 1", "er 2", "1_GW"]
    return reading


def _names(found: Steps) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    assign = found.only(ASSIGN)
    defined = {
        ("connection", found.only(CONNECTION)["Description"]),
        ("device", f"ipsec{found.only(VTI)['Reqid']}"),
        ("interface", assign["Description"]),
    }
    used = {("connection", found.only(one).about) for one in (LOCAL, REMOTE, CHILD)} | {
        ("device", assign["Device"]),
        ("device", f"ipsec{found.only(CHILD)['Reqid']}"),
        ("interface", found.only(INTERFACE).about),
    }
    for gateway in found.every(GATEWAY):
        defined.add(("gateway", gateway["Name"]))
        used.add(("interface", gateway["Interface"]))
    for neighbor in found.every(NEIGHBOR):
        if source := neighbor.get("Update-Source Interface"):
            used.add(("interface", source))
    return defined, used


def _tunnel(found: Steps, shared: Steps, before: Steps) -> TunnelReading:
    connection, child, vti = found.only(CONNECTION), found.only(CHILD), found.only(VTI)
    local, remote, interface = found.only(LOCAL), found.only(REMOTE), found.only(INTERFACE)
    certificates = local["Authentication"] == "Public Key"
    assert local["Authentication"] == remote["Authentication"]
    assert certificates == ("Certificates" in local.fields) == (not found.every(PSK))
    assert certificates == (local.get("Id") is None)
    ours, theirs = connection["Local addresses"], connection["Remote addresses"]
    assert (vti["Local address"], vti["Remote address"], remote["Id"]) == (ours, theirs, theirs)
    if not certificates:
        key = found.only(PSK)
        assert (key["Local Identifier"], key["Remote Identifier"]) == (local["Id"], theirs)
    assert child["Policies"] == "unchecked", "the interface has policies of its own"
    assert {found.value(page, "Source") for page in OUTSIDE} == {theirs}
    inside = vti["Tunnel remote address"]
    assert found.only(TUNNEL)["Source"] == inside
    version = connection["Version"].lower()
    delay = int(connection["DPD delay (s)"])
    charon = before.only(CHARON)
    return TunnelReading(
        ike_version=version,
        psk=None if certificates else found.only(PSK)["Pre-Shared Key"],
        customer_outside=UNSAID if certificates else ours,
        endpoint_outside=theirs,
        customer_inside=_with_prefix(vti["Tunnel local address"], inside),
        endpoint_inside=inside,
        ike=_proposal(connection["Proposals"]),
        ike_lifetime=int(connection["Rekey time (s)"]) + int(connection["Over time (s)"]),
        esp=_proposal(child["ESP proposals"]),
        esp_lifetime=int(child["Rekey time (s)"]) * 11 // 10,
        dpd_interval=delay,
        dpd_retries=(
            int(charon["Tries"]) + 1
            if version == "ikev2"
            else int(connection["DPD timeout (s)"]) // delay
        ),
        mtu=int(interface["MTU"]),
        mss=int(interface["MSS"]) - (60 if ":" in inside else 40),
        selectors=(child["Local"], child["Remote"]),
        bgp=_bgp(found, shared, inside),
        route=_route(found, shared, inside),
    )


def _bgp(found: Steps, shared: Steps, inside: str) -> tuple[int, int, int] | None:
    if not found.every(NEIGHBOR):
        return None
    neighbor, hold = found.only(NEIGHBOR), int(found.only(NEIGHBOR)["Hold Down Time"])
    assert neighbor["Peer-IP"] == inside
    assert int(neighbor["Keepalive"]) * 3 == hold
    return int(shared.only(ROUTER)["BGP AS Number"]), int(neighbor["Remote AS"]), hold


def _route(found: Steps, shared: Steps, inside: str) -> str | None:
    if not found.every(GATEWAY):
        return None
    gateway, route = found.only(GATEWAY), shared.only(ROUTE)["Network Address"]
    assert gateway["IP address"] == gateway["Monitor IP"] == inside
    assert gateway["Disable Gateway Monitoring"] == "unchecked"
    assert shared.only(LAN)["Destination"] == route
    return route


def _with_prefix(local: str, remote: str) -> str:
    """As the device does: the smallest network with both."""
    one, other = ip_address(local), ip_address(remote)
    assert isinstance(one, IPv4Address | IPv6Address)
    return f"{local}/{one.max_prefixlen - (int(one) ^ int(other)).bit_length()}"


def _proposal(text: str) -> tuple[str, str, str]:
    encryption, *integrity, group = text.split("-")
    return encryption, integrity[0] if integrity else "", group


READERS = {"opnsense/connections.j2": Reader(read=connections)}
