"""Sophos: steps on the screens of Sophos Firewall; what UTM and ASG take over from the XML."""

import re

from unit.devices.grammars.steps import COMMANDS, PROSE, SELECTED, Screens, Steps
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading, masked
from unit.devices.sections import sections, tunnel_sections

_PROFILE = "Profiles > IPsec profiles > Add"
_CONNECTION = "Site-to-site VPN > IPsec > IPsec connections > Add"
_RULE = "Rules and policies > Firewall rules > Add firewall rule > New firewall rule"
_XFRM, _GATEWAY, _NEIGHBOUR = (
    "Network > Interfaces", "Routing > Gateways > Add", "Routing > BGP > Neighbors > Add",
)  # fmt: skip
_SD_WAN, _HOST = "Routing > SD-WAN routes > IPv4 SD-WAN route > Add", (
    "Hosts and services > IP host > Add"
)  # fmt: skip
_FIREWALL_PAGES = {
    f"{_PROFILE} > General settings": (
        "Name", "Key exchange", "Authentication mode", "Key negotiation tries",
        "Re-key connection",
    ),
    f"{_PROFILE} > Phase 1": (
        "Key life", "Re-key margin", "DH group (key group)", "Encryption", "Authentication",
    ),
    f"{_PROFILE} > Phase 2": (
        "PFS group (DH group)", "Key life", "Encryption", "Authentication",
    ),
    f"{_PROFILE} > Dead Peer Detection": (
        "Dead Peer Detection", "Check peer after every", "Wait for response up to",
        "When peer unreachable",
    ),
    f"{_CONNECTION} > General settings": (
        "Name", "IP version", "Connection type", "Gateway type", "Activate on save",
    ),
    f"{_CONNECTION} > Encryption": (
        "Profile", "Authentication type", "Preshared key", "Repeat preshared key",
    ),
    f"{_CONNECTION} > Local gateway": (
        "Listening interface", "Local ID type", "Local ID", "Local subnet",
    ),
    f"{_CONNECTION} > Remote gateway": (
        "Gateway address", "Remote ID type", "Remote ID", "Remote subnet",
    ),
    _XFRM: ("IPv4/netmask", "MTU", "Override MSS"),
    _GATEWAY: (
        "Name", "Gateway IP", "Interface", "Zone", "Health check", "Monitoring condition",
    ),
    _NEIGHBOUR: ("IP version", "IP address", "Remote AS"),
    "Administration > Device access > Local service ACL": ("Ping/Ping6", "Dynamic routing"),
    _RULE: (
        "Rule name", "Action", "Source zones", "Source networks and devices",
        "Destination zones", "Destination networks", "Services",
    ),
    _HOST: ("Name", "Type", "IP address", "Subnet"),
    _SD_WAN: (
        "Name", "Source networks", "Destination networks", "Services", "Primary gateway",
        "Backup gateway",
    ),
    "Routing > BGP > Global configuration": ("Router ID assignment", "Router ID", "Local AS"),
    "Routing > BGP > Networks > Add": ("IPv4/netmask",),
    "Site-to-site VPN > IPsec > IPsec connections": (),
    "Routing > Gateways": (),
    "Routing > Information > BGP > Summary": (),
}  # fmt: skip
CHOICES = {
    "Authentication mode": ("Main mode", "Aggressive mode"),
    "Key negotiation tries": ("0",),
    **dict.fromkeys(
        ("Re-key connection", "Dead Peer Detection", "Activate on save", "Health check"), SELECTED
    ),
    "When peer unreachable": ("Re-initiate", "Hold", "Disconnect"),
    "IP version": ("IPv4",),
    "Connection type": ("Tunnel interface",),
    "Gateway type": ("Initiate the connection", "Respond only"),
    "Authentication type": ("Preshared key",),
    "Local ID type": ("IP address",),
    "Remote ID type": ("IP address",),
    "Local subnet": ("Any",),
    "Remote subnet": ("Any",),
    "Listening interface": ("<OUTSIDE INTERFACE>",),
    "Zone": ("VPN",), "Ping/Ping6": ("VPN",), "Dynamic routing": ("VPN",),
    "Action": ("Accept", "Drop", "Reject"),
    "Source zones": ("LAN, VPN",), "Destination zones": ("LAN, VPN",),
    "Source networks and devices": ("Any",), "Source networks": ("Any",), "Services": ("Any",),
    "Router ID assignment": ("Manual", "Automatic"),
    "Route Type": ("Gateway route",),
    "Type": ("Network", "Host"),
}  # fmt: skip
FIREWALL = Screens(pages=_FIREWALL_PAGES, values=CHOICES)


def read_firewall(text: str) -> Reading:
    body = dict(sections(text))
    common = FIREWALL.parse(body["Both tunnels"])
    FIREWALL.parse(body["Verify"])
    reading = Reading(tunnels=[])
    for number, section in enumerate(tunnel_sections(text), start=1):
        steps = FIREWALL.parse(section)
        reading.tunnels.append(_firewall_tunnel(number, steps, common, section))
        reading.defined.add(("profile", steps.value(f"{_PROFILE} > General settings", "Name")))
        reading.used.add(("profile", steps.value(f"{_CONNECTION} > Encryption", "Profile")))
        if common.has(_SD_WAN, "Name"):
            reading.defined.add(("gateway", steps.value(_GATEWAY, "Name")))
    if common.has(_SD_WAN, "Name"):
        ways = [common.value(_SD_WAN, f"{one} gateway") for one in ("Primary", "Backup")]
        assert len(set(ways)) == 2
        reading.used.update(("gateway", one) for one in ways)
        reading.defined.add(("host", common.value(_HOST, "Name")))
        reading.used.add(("host", common.value(_SD_WAN, "Destination networks")))
    return reading


def _firewall_tunnel(number: int, steps: Steps, common: Steps, section: str) -> TunnelReading:
    general, phase1, phase2 = (
        f"{_PROFILE} > {one}" for one in ("General settings", "Phase 1", "Phase 2")
    )
    alive, key = f"{_PROFILE} > Dead Peer Detection", f"{_CONNECTION} > Encryption"
    remote = f"{_CONNECTION} > Remote gateway"
    version = steps.value(general, "Key exchange").lower()
    assert (version == "ikev1") == steps.has(general, "Authentication mode")
    assert steps.value(key, "Preshared key") == steps.value(key, "Repeat preshared key")
    assert steps.value(remote, "Gateway address") == steps.value(remote, "Remote ID")
    assert steps.number(phase1, "Re-key margin") < steps.number(phase2, "Key life")
    assert steps.value(general, "Name") == steps.value(key, "Profile")
    interval = steps.number(alive, "Check peer after every")
    assert steps.number(alive, "Wait for response up to") % interval == 0
    bgp = route = None
    if common.has(_SD_WAN, "Name"):
        neighbour = steps.value(_GATEWAY, "Gateway IP")
        assert steps.value(_GATEWAY, "Interface") == f"xfrm{number}"
        way = common.value(_SD_WAN, ("Primary gateway", "Backup gateway")[number - 1])
        assert steps.value(_GATEWAY, "Name") == way
        assert steps.value(_GATEWAY, "Monitoring condition") == f"PING {neighbour}"
        route = masked(common.value(_HOST, "IP address"), common.value(_HOST, "Subnet"))
    else:
        neighbour = steps.value(_NEIGHBOUR, "IP address")
        assert common.has("Administration > Device access > Local service ACL", "Dynamic routing")
        assert common.value("Routing > BGP > Networks > Add", "IPv4/netmask") == "<LOCAL NETWORK>"
        asn = common.number("Routing > BGP > Global configuration", "Local AS")
        (hold,) = re.findall(r"hold time of (\d+) seconds is the shorter", section)
        bgp = asn, steps.number(_NEIGHBOUR, "Remote AS"), int(hold)
    return TunnelReading(
        ike_version=version,
        psk=steps.value(key, "Preshared key"),
        customer_outside=steps.value(f"{_CONNECTION} > Local gateway", "Local ID"),
        endpoint_outside=steps.value(remote, "Gateway address"),
        customer_inside=steps.value(_XFRM, "IPv4/netmask"),
        endpoint_inside=neighbour,
        ike=(
            steps.value(phase1, "Encryption"),
            steps.value(phase1, "Authentication"),
            steps.value(phase1, "DH group (key group)"),
        ),
        ike_lifetime=steps.number(phase1, "Key life"),
        esp=(
            steps.value(phase2, "Encryption"),
            steps.value(phase2, "Authentication"),
            steps.value(phase2, "PFS group (DH group)"),
        ),
        esp_lifetime=steps.number(phase2, "Key life"),
        dpd_interval=interval,
        dpd_retries=steps.number(alive, "Wait for response up to") // interval,
        mtu=steps.number(_XFRM, "MTU"),
        mss=steps.number(_XFRM, "Override MSS"),
        selectors=UNSAID,
        bgp=bgp,
        route=route,
    )


_DEFINITION = "Definitions & Users > Network Definitions > New Network Definition"
_STATIC = "Interfaces & Routing > Static Routing > Standard Static Routes > New Static Route"
_UTM_PAGES = {
    "Command line": (COMMANDS,),
    PROSE: (
        "IKE version", "Customer gateway, outside", "VPN gateway, outside", "Pre-shared key",
        "Encryption", "Authentication", "Diffie-Hellman group", "Perfect forward secrecy",
        "Customer gateway, inside", "VPN gateway, inside", "Customer gateway, ASN",
        "VPN gateway, ASN", "Hold time",
    ),
    "Site-to-site VPN > Amazon VPC > Setup > Import via Amazon configuration": ("VPC config file",),
    "Site-to-site VPN > Amazon VPC > Status": (),
    "Network Protection > Firewall > Rules > New Rule": (),
    _DEFINITION: ("Name", "Type", "IPv4 Address"),
    _STATIC: ("Route Type", "Network", "Gateway", "Metric"),
    "Support > Advanced > Routes Table": (),
}  # fmt: skip
UTM = Screens(pages=_UTM_PAGES, values=CHOICES)


def read_utm(text: str) -> Reading:
    body = dict(sections(text))
    common = UTM.parse(body["Both tunnels"])
    UTM.parse(body["Verify"])
    (connection,) = re.findall(r"^Your VPN Connection ID +: (\S+)$", text, re.MULTILINE)
    (screen,) = [one for one in _UTM_PAGES if one.endswith("Import via Amazon configuration")]
    file = common.value(screen, "VPC config file")
    assert body["Both tunnels"].count(connection) == 3, "it asks for this connection"
    assert f" > {file}\n" in body["Both tunnels"]
    reading = Reading(tunnels=[])
    for number, section in enumerate(tunnel_sections(text), start=1):
        steps = UTM.parse(section)
        ike, esp, *others = ({k: v for k, (v,) in one.fields.items()} for one in steps.every(PROSE))
        rest = {name: value for one in others for name, value in one.items()}
        reading.tunnels.append(_utm_tunnel(number, (ike, esp, rest), steps, common))
        if steps.has(_STATIC, "Gateway"):
            reading.defined.add(("host", steps.value(_DEFINITION, "Name")))
            reading.used.add(("host", steps.value(_STATIC, "Gateway")))
            reading.defined.add(("network", common.value(_DEFINITION, "Name")))
            reading.used.add(("network", steps.value(_STATIC, "Network")))
    return reading


def _utm_tunnel(
    number: int, values: tuple[dict[str, str], ...], steps: Steps, common: Steps
) -> TunnelReading:
    ike, esp, rest = values
    bgp = route = None
    if steps.has(_STATIC, "Gateway"):
        assert steps.number(_STATIC, "Metric") == number
        assert steps.value(_STATIC, "Gateway") == steps.value(_DEFINITION, "Name")
        assert steps.value(_DEFINITION, "IPv4 Address") == rest["VPN gateway, inside"]
        route = common.value(_DEFINITION, "IPv4 Address")
    else:
        bgp = (
            int(rest["Customer gateway, ASN"]),
            int(rest["VPN gateway, ASN"]),
            int(rest["Hold time"].removesuffix(" seconds")),
        )
    return TunnelReading(
        ike_version={"IKEv1, mode main": "ikev1"}[ike["IKE version"]],
        psk=ike["Pre-shared key"],
        customer_outside=ike["Customer gateway, outside"],
        endpoint_outside=ike["VPN gateway, outside"],
        customer_inside=rest["Customer gateway, inside"],
        endpoint_inside=rest["VPN gateway, inside"],
        ike=(ike["Encryption"], ike["Authentication"], ike["Diffie-Hellman group"]),
        ike_lifetime=UNSAID,
        esp=(esp["Encryption"], esp["Authentication"], esp["Perfect forward secrecy"]),
        esp_lifetime=UNSAID,
        dpd_interval=UNSAID,
        dpd_retries=UNSAID,
        mtu=UNSAID,
        mss=UNSAID,
        selectors=UNSAID,
        bgp=bgp,
        route=route,
    )


READERS = {
    # A tunnel interface with an address is 0.0.0.0/0 on both sides.
    "sophos/firewall.j2": Reader(read=read_firewall, unsaid=frozenset({"selectors"})),
    # The XML is the same whatever the tunnel options are; the rest UTM sets itself.
    "sophos/utm.j2": Reader(
        read=read_utm,
        unsaid=frozenset(
            {"ike_lifetime", "esp_lifetime", "dpd_interval", "dpd_retries", "mtu", "mss"}
            | {"selectors"}
        ),
    ),
}
