"""Check Point: commands of Gaia's clish, and steps in comments."""

import re

from unit.devices.grammars.steps import SELECTED, Screens, Steps, in_comments
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

_IP, _AS = r"(\d+\.\d+\.\d+\.\d+)", r"(\d+)"
_CLISH = {
    name: re.compile(pattern)
    for name, pattern in {
        "as": rf"set as {_AS}",
        "remote": rf"set bgp external remote-as {_AS} on",
        "peer": rf"set bgp external remote-as {_AS} peer {_IP} on",
        "hold": rf"set bgp external remote-as {_AS} peer {_IP} holdtime (\d+)",
        "keepalive": rf"set bgp external remote-as {_AS} peer {_IP} keepalive (\d+)",
        "filter": rf"set inbound-route-filter bgp-policy (\d+) based-on-as as {_AS} on",
        "accept": r"set inbound-route-filter bgp-policy (\d+) accept-all-ipv4",
        "announce": rf"set route-redistribution to bgp-as {_AS}"
        r" from interface (<INSIDE INTERFACE>) on",
        "tunnel": rf"add vpn tunnel (\d+) type numbered local {_IP} remote {_IP} peer (\w+)",
        "state": r"set interface (vpnt\d+) state on",
        "mtu": r"set interface (vpnt\d+) mtu (\d+)",
        "route": rf"set static-route (\S+/\d+|<VPC NETWORK>) nexthop gateway address {_IP}"
        r" priority ([1-8]) on",
        "ping": r"set static-route (\S+/\d+|<VPC NETWORK>) ping on",
        "save": r"save config",
        "show": r"show (?:interface (vpnt\d+)|bgp peers|route bgp|route static)",
    }.items()
}
"As Gaia lists them (`show commands`)."
_COMMON = {
    "Interoperable Device > Topology > VPN Domain": ("Manually defined",),
    "Star Community > Encryption": ("Encryption Method", "Encryption Suite"),
    "Star Community > Tunnel Management": ("Set Permanent Tunnels", "VPN Tunnel Sharing"),
    "Global Properties > VPN > Advanced": ("Enable VPN Directional Match in VPN Column",),
    "Table > Network Objects > network_objects": ("tunnel_keepalive_method",),
    "Table > Global Properties > properties": ("fw_clamp_tcp_mss",),
    "VPN column > Edit Cell > VPN Match Conditions": (),
    "File > Save All": (),
}
_CHOICES = {
    "Enable VPN Directional Match in VPN Column": SELECTED,
    "Use only Shared Secret for all external members": SELECTED,
    "Use Perfect Forward Secrecy": SELECTED,
    "Encryption Suite": ("Custom", "Custom encryption suite"),
    "Set Permanent Tunnels": ("On all tunnels in the community",),
    "VPN Tunnel Sharing": ("One VPN tunnel per Gateway pair",),
    "tunnel_keepalive_method": ("dpd", "tunnel_test"),
    "fw_clamp_tcp_mss": ("true", "false"),
}
_LINK = ("Selected address from topology table", "Statically NATed IP")
_ADVANCED = "Advanced Settings > Advanced VPN Properties"
_R77_PAGES = _COMMON | {
    "Groups > Groups > Simple Group": ("Name",),
    "Network Objects > your gateway > Topology > VPN Domain": ("Manually defined",),
    "Network Objects > your gateway > IPSec VPN > Link Selection": _LINK,
    "Network Objects > New > Interoperable Device": ("Name", "IPv4 Address"),
    "IPSec VPN > Communities > New > Star Community": ("Name",),
    "Star Community > Center Gateways": (),
    "Star Community > Satellite Gateways": ("Add",),
    "Network Objects > your gateway > Topology": (),
    "Firewall > Policy": (),
    "Custom Encryption > IKE Security Association (Phase 1) Properties": (
        "Perform key exchange encryption with", "Perform data integrity with",
    ),
    "Custom Encryption > IPsec Security Association (Phase 2) Properties": (
        "Perform IPsec data encryption with", "Perform data integrity with",
    ),
    "Star Community > Advanced Settings > Shared Secret": ("Peer Name", "Enter secret"),
    f"{_ADVANCED} > IKE (Phase 1)": (
        "Use Diffie-Hellman group", "Renegotiate IKE security associations every",
    ),
    f"{_ADVANCED} > IPsec (Phase 2)": (
        "Use Perfect Forward Secrecy", "Use Diffie-Hellman group",
        "Renegotiate IPsec security associations every",
    ),
}  # fmt: skip
_PHASE = ("Encryption Algorithm", "Data Integrity", "Diffie-Hellman group")
_R80_PAGES = _COMMON | {
    "New > More > Network Object > Group > New Network Group": ("Name",),
    "Gateways & Servers > your gateway > Network Management > VPN Domain": ("Manually defined",),
    "Gateways & Servers > your gateway > IPSec VPN > Link Selection": _LINK,
    "New > More > Network Object > More > Interoperable Device > General Properties": (
        "Name", "IPv4 Address",
    ),
    "Security Policies > Access Tools > VPN Communities > Star Community": ("Name",),
    "Star Community > Gateways": ("Satellite Gateways",),
    "Gateways & Servers > your gateway > Network Management": (),
    "Security Policies > Access Control > Policy": (),
    "Star Community > Encryption > IKE Security Association (Phase 1)": _PHASE,
    "Star Community > Encryption > IKE Security Association (Phase 2)": (
        *_PHASE, "Use Perfect Forward Secrecy",
    ),
    "Star Community > Shared Secret": (
        "Use only Shared Secret for all external members", "Peer Name", "Shared Secret",
    ),
    "Star Community > Advanced > IKE (Phase 1)": (
        "Renegotiate IKE security associations every (minutes)",
    ),
    "Star Community > Advanced > IPsec (Phase 2)": (
        "Renegotiate IPsec security associations every (seconds)",
    ),
}  # fmt: skip
_R77 = Screens(pages=_R77_PAGES, values=_CHOICES)
_R80 = Screens(pages=_R80_PAGES, values=_CHOICES)
_METHODS = {
    "IKEv1 for IPv4 and IKEv2 for IPv6": "ikev1",
    "IKEv1 for IPv4 and IKEv2 for IPv6 only": "ikev1",
    "IKEv2 only": "ikev2",
}


def read(text: str) -> Reading:
    r80 = "SmartConsole" in text
    (_, *others) = sections(text)
    commands = [one for _, part in others for one in clish(part)]
    named = dict(others)
    gateway = steps(named["The gateway, for both tunnels"], r80=r80)
    both = steps(named["Both tunnels: health, firewall, packet sizes"], r80=r80)
    assert (
        both.value("Table > Network Objects > network_objects", "tunnel_keepalive_method") == "dpd"
    )
    assert both.value("Table > Global Properties > properties", "fw_clamp_tcp_mss") == "true"
    assert commands[[name for name, _ in commands].index("save") - 1][0] != "show"
    reading = Reading(tunnels=[])
    for number, section in enumerate(tunnel_sections(text), start=1):
        reading.tunnels.append(_tunnel(number, section, gateway, commands, r80=r80))
    _names(reading, commands, "".join(part for _, part in others))
    return reading


def clish(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Read the lines that are no comments."""
    found = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            matches = [(name, one.groups()) for name, pattern in _CLISH.items()
                       if (one := pattern.fullmatch(line))]  # fmt: skip
            assert len(matches) == 1, f"clish has no {line!r}"
            found += matches
    return found


def steps(text: str, *, r80: bool) -> Steps:
    """Read the steps in the comments."""
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert all(line == "#" or line.startswith("# ") for line in comments)
    return (_R80 if r80 else _R77).parse(in_comments(text, "# "))


def _one(commands: list[tuple[str, tuple[str, ...]]], name: str) -> tuple[str, ...]:
    (found,) = [values for one, values in commands if one == name]
    return found


def _tunnel(
    number: int,
    section: str,
    gateway: Steps,
    commands: list[tuple[str, tuple[str, ...]]],
    *,
    r80: bool,
) -> TunnelReading:
    own, screen = clish(section), steps(section, r80=r80)
    identity, local, remote, peer = _one(own, "tunnel")
    assert (identity, peer) == (str(number), f"AWS_VPC_Tunnel_{number}")
    assert re.findall(r"^# [CV]GW Tunnel IP : (\S+)$", section, re.MULTILINE) == [local, remote]
    assert _one(own, "state") == (f"vpnt{number}",)
    interface, mtu = _one(own, "mtu")
    assert interface == f"vpnt{number}"
    bgp = route = None
    if any(name == "peer" for name, _ in own):
        asn, neighbour = _one(own, "peer")
        *same, hold = _one(own, "hold")
        *too, keepalive = _one(own, "keepalive")
        assert [asn, neighbour] == same == too
        assert int(keepalive) * 3 == int(hold)
        assert (asn,) == _one(commands, "remote")
        assert _one(commands, "filter") == (*_one(commands, "accept"), asn)
        assert _one(commands, "announce")[0] == asn
        bgp = int(_one(commands, "as")[0]), int(asn), int(hold)
    else:
        route, neighbour, priority = _one(own, "route")
        assert priority == str(number)
        assert _one(commands, "ping") == (route,)
    assert neighbour == remote
    common = TunnelReading(
        ike_version=_METHODS[screen.value("Star Community > Encryption", "Encryption Method")],
        psk="",
        customer_outside=gateway.value(
            f"{'Gateways & Servers' if r80 else 'Network Objects'} > your gateway > IPSec VPN > "
            "Link Selection",
            "Selected address from topology table",
        ),
        endpoint_outside="",
        customer_inside=f"{local}/30",  # a numbered tunnel has two addresses, and no mask
        endpoint_inside=neighbour,
        ike=("", "", ""),
        ike_lifetime=0,
        esp=("", "", ""),
        esp_lifetime=0,
        dpd_interval=UNSAID,
        dpd_retries=UNSAID,
        mtu=int(mtu),
        mss=UNSAID,
        selectors=UNSAID,
        bgp=bgp,
        route=route,
    )
    assert screen.has("Star Community > Tunnel Management", "VPN Tunnel Sharing")
    return (_in_r80 if r80 else _in_r77)(common, screen, peer)


def _in_r77(reading: TunnelReading, screen: Steps, peer: str) -> TunnelReading:
    device = "Network Objects > New > Interoperable Device"
    secret = "Star Community > Advanced Settings > Shared Secret"
    ike, esp = (
        f"Custom Encryption > {one} Properties"
        for one in ("IKE Security Association (Phase 1)", "IPsec Security Association (Phase 2)")
    )
    first, second = (f"{_ADVANCED} > {one}" for one in ("IKE (Phase 1)", "IPsec (Phase 2)"))
    assert screen.value(device, "Name") == peer == screen.value(secret, "Peer Name")
    assert screen.value("Star Community > Satellite Gateways", "Add") == peer
    assert screen.has(second, "Use Perfect Forward Secrecy")
    reading.endpoint_outside = screen.value(device, "IPv4 Address")
    reading.psk = screen.value(secret, "Enter secret")
    reading.ike = (
        screen.value(ike, "Perform key exchange encryption with"),
        screen.value(ike, "Perform data integrity with"),
        screen.value(first, "Use Diffie-Hellman group"),
    )
    reading.esp = (
        screen.value(esp, "Perform IPsec data encryption with"),
        screen.value(esp, "Perform data integrity with"),
        screen.value(second, "Use Diffie-Hellman group"),
    )
    again = "security associations every"
    reading.ike_lifetime = 60 * screen.number(first, f"Renegotiate IKE {again}", " minutes")
    reading.esp_lifetime = screen.number(second, f"Renegotiate IPsec {again}", " seconds")
    return reading


def _in_r80(reading: TunnelReading, screen: Steps, peer: str) -> TunnelReading:
    device = "New > More > Network Object > More > Interoperable Device > General Properties"
    secret = "Star Community > Shared Secret"
    ike, esp = (
        f"Star Community > Encryption > IKE Security Association (Phase {one})" for one in (1, 2)
    )
    assert screen.value(device, "Name") == peer == screen.value(secret, "Peer Name")
    assert screen.value("Star Community > Gateways", "Satellite Gateways") == peer
    assert screen.has(esp, "Use Perfect Forward Secrecy")
    reading.endpoint_outside = screen.value(device, "IPv4 Address")
    reading.psk = screen.value(secret, "Shared Secret")
    first, middle, last = _PHASE
    reading.ike = screen.value(ike, first), screen.value(ike, middle), screen.value(ike, last)
    integrity = "" if "GCM" in screen.value(esp, first) else screen.value(esp, middle)
    reading.esp = screen.value(esp, first), integrity, screen.value(esp, last)
    again = "security associations every"
    reading.ike_lifetime = 60 * screen.number(
        "Star Community > Advanced > IKE (Phase 1)", f"Renegotiate IKE {again} (minutes)"
    )
    reading.esp_lifetime = screen.number(
        "Star Community > Advanced > IPsec (Phase 2)", f"Renegotiate IPsec {again} (seconds)"
    )
    return reading


def _names(reading: Reading, commands: list[tuple[str, tuple[str, ...]]], text: str) -> None:
    for name, values in commands:
        if name == "tunnel":
            reading.defined.add(("interface", f"vpnt{values[0]}"))
        elif name in ("state", "mtu", "show") and values[0]:
            reading.used.add(("interface", values[0]))
    for name in re.findall(r"- Name: (\S+)$", text, re.MULTILINE):
        reading.defined.add(("object", name))
    for name in re.findall(r"- Manually defined: (\S+)$", text, re.MULTILINE):
        reading.used.add(("object", name))


READERS = {
    "check_point/gaia.j2": Reader(
        read=read,
        # Dead Peer Detection has no interval, the clamp takes the interface's MTU, and one tunnel
        # for a pair of gateways is 0.0.0.0/0 on both sides.
        unsaid=frozenset({"dpd_interval", "dpd_retries", "mss", "selectors"}),
    )
}
