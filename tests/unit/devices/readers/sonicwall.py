"""SonicWall: the modes of the E-CLI, and steps on the screens of SonicOS."""

import re
from ipaddress import IPv4Network

from unit.devices.grammars.e_cli import Command, commands
from unit.devices.grammars.steps import SELECTED, Screens, Steps, in_comments
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading, masked
from unit.devices.sections import sections, tunnel_sections

_DPD = (
    "Enable IKE Dead Peer Detection", "Dead Peer Detection Interval (seconds)",
    "Failure Trigger Level (missed heartbeats)",
    "Enable Dead Peer Detection for Idle VPN Sessions", "Enable Fragmented Packet Handling",
    "Ignore DF (Don't Fragment) Bit", "Enable NAT Traversal",
)  # fmt: skip
_POLICY = "VPN > Settings > VPN Policies > Add"
_RULE = ("Action", "From", "To", "Source", "Destination", "Service")
PAGES = {
    "VPN > Advanced": _DPD,
    "Manage > VPN > Advanced Settings": _DPD,
    "Manage > Rules > Access Rules > Add": _RULE,
    "Firewall > Access Rules > Add": (*_RULE, "From Zone", "To Zone"),
    "VPN > Settings > Currently Active VPN Tunnels": (),
    "Network > Routing > Route Policies": (),
    "Network > Routing": ("Routing Mode", "BGP"),
    "Manage > Network > Routing > Settings": ("Routing Mode", "BGP"),
    "Network > Address Objects > Add": ("Name", "Zone Assignment", "Type", "Network", "Netmask"),
    f"{_POLICY} > General": (
        "Policy Type", "Authentication Method", "Name", "IPsec Primary Gateway Name or Address",
        "Shared Secret", "Confirm Shared Secret", "Local IKE ID", "Peer IKE ID",
    ),
    f"{_POLICY} > Proposals > IKE (Phase 1) Proposal": (
        "Exchange", "DH Group", "Encryption", "Authentication", "Life Time (seconds)",
    ),
    f"{_POLICY} > Proposals > Ipsec (Phase 2) Proposal": (
        "Protocol", "Encryption", "Authentication", "Enable Perfect Forward Secrecy", "DH Group",
        "Life Time (seconds)",
    ),
    f"{_POLICY} > Advanced": ("Enable Keep Alive", "VPN Policy bound to"),
    "Network > Routing > Route Policies > Add": (
        "Source", "Destination", "Service", "Gateway", "Interface", "Metric",
        "Disable route when the interface is disconnected",
    ),
}  # fmt: skip
"What SonicOS has, as far as the files use it."
CHOICES = {
    **dict.fromkeys((_DPD[0], *_DPD[3:]), SELECTED),
    _DPD[1]: ("60",),  # the least that it takes
    "Action": ("Allow", "Deny", "Discard"),
    "From": ("VPN",), "From Zone": ("VPN",), "To": ("LAN",), "To Zone": ("LAN",),
    "Service": ("Any",), "Zone Assignment": ("VPN",), "Type": ("Network",), "Gateway": ("0.0.0.0",),
    "Routing Mode": ("Advanced Routing", "Use Simple RIP Advertisement"),
    "BGP": ("Enabled (Configure with CLI)", "Disabled"),
    "Policy Type": ("Tunnel Interface", "Site to Site"),
    "Authentication Method": ("IKE using Preshared Secret",),
    "Protocol": ("ESP",),
    "Enable Perfect Forward Secrecy": SELECTED,
    "Enable Keep Alive": SELECTED,
    "Disable route when the interface is disconnected": SELECTED,
}  # fmt: skip
SCREENS = Screens(pages=PAGES, values=CHOICES)


def read_e_cli(text: str) -> Reading:
    body = dict(sections(text))
    lines = commands("".join(part for title, part in body.items() if title))
    common = SCREENS.parse(in_comments(body["Both tunnels"], "! "))
    dynamic = [one for one in ("Network > Routing", "Manage > Network > Routing > Settings")
               if common.has(one, "BGP")]  # fmt: skip
    assert bool(dynamic) == any(one.name == "router" for one in lines)
    (vpc,) = [one.values for one in lines if one.name == "object"]
    reading = Reading(tunnels=[], defined={("object", vpc[0])})
    for number, section in enumerate(tunnel_sections(text), start=1):
        own = commands(section)
        reading.tunnels.append(_e_cli_tunnel(number, own, vpc, _retries(common)))
    for one in lines:
        kind, name = one.names
        if name:
            (reading.defined if kind.startswith("new ") else reading.used).add(
                (kind.removeprefix("new "), name)
            )
    return reading


def _retries(common: Steps) -> int:
    (screen,) = [one for one in ("VPN > Advanced", "Manage > VPN > Advanced Settings")
                 if common.has(one, _DPD[0])]  # fmt: skip
    assert all(common.has(screen, name) for name in _DPD)
    return common.number(screen, _DPD[2])


def _e_cli_tunnel(
    number: int, own: list[Command], vpc: tuple[str, ...], retries: int
) -> TunnelReading:
    def one(name: str) -> tuple[str, ...]:
        (found,) = [command.values for command in own if command.name == name]
        return found

    inside = IPv4Network((one("address")[0], one("address")[1]), strict=False)
    assert one("peer id") == one("gateway")
    assert one("policy") == one("bound policy")
    assert one("tunnel") == (f"T{number}",)
    bgp = route = None
    if any(command.name == "neighbor" for command in own):
        neighbour, theirs = one("neighbor")
        same, keepalive, hold = one("timers")
        assert (neighbour,) == (same,) == one("soft")
        assert int(keepalive) * 3 == int(hold)
        assert one("network") == ("<LOCAL NETWORK>",)
        bgp = int(one("router")[0]), int(theirs), int(hold)
    else:
        interface, metric, destination, neighbour = one("route")
        assert (interface, metric, destination) == (f"T{number}", str(number), vpc[0])
        route = masked(*vpc[1:])
    return TunnelReading(
        ike_version={"main": "ikev1", "ikev2": "ikev2"}[one("exchange")[0]],
        psk=one("secret")[0],
        customer_outside=one("local id")[0],
        endpoint_outside=one("gateway")[0],
        customer_inside=f"{one('address')[0]}/{inside.prefixlen}",
        endpoint_inside=neighbour,
        ike=(*one("ike encryption"), *one("ike authentication"), *one("ike group")),
        ike_lifetime=int(one("ike lifetime")[0]),
        esp=(*one("ipsec encryption"), *one("ipsec authentication"), *one("ipsec group")),
        esp_lifetime=int(one("ipsec lifetime")[0]),
        dpd_interval=UNSAID,
        dpd_retries=retries,
        mtu=UNSAID,
        mss=UNSAID,
        selectors=UNSAID,
        bgp=bgp,
        route=route,
    )


def read_screens(text: str) -> Reading:
    body = dict(sections(text))
    common = SCREENS.parse(body["Both tunnels"])
    SCREENS.parse(body["Verify"])
    new = "Network > Address Objects > Add"
    name = common.value(new, "Name")
    network = masked(common.value(new, "Network"), common.value(new, "Netmask"))
    assert common.value("Firewall > Access Rules > Add", "Source") == name
    reading = Reading(tunnels=[], defined={("object", name)})
    for number, section in enumerate(tunnel_sections(text), start=1):
        steps = SCREENS.parse(section)
        reading.tunnels.append(_on_screens(number, steps, network, _retries(common)))
        policy, way = f"{_POLICY} > General", "Network > Routing > Route Policies > Add"
        reading.defined.add(("interface", steps.value(policy, "Name")))
        reading.used.add(("interface", steps.value(way, "Interface")))
        reading.used.add(("object", steps.value(way, "Destination")))
    return reading


def _on_screens(number: int, steps: Steps, network: str, retries: int) -> TunnelReading:
    general, way = f"{_POLICY} > General", "Network > Routing > Route Policies > Add"
    phases = "IKE (Phase 1)", "Ipsec (Phase 2)"
    ike, esp = (f"{_POLICY} > Proposals > {one} Proposal" for one in phases)
    gateway = steps.value(general, "IPsec Primary Gateway Name or Address")
    secret = steps.value(general, "Shared Secret")
    assert steps.value(general, "Policy Type") == "Tunnel Interface"
    assert steps.value(general, "Confirm Shared Secret") == secret
    assert steps.value(general, "Peer IKE ID") == f"IP Address {gateway}"
    assert steps.has(esp, "Protocol")
    assert steps.has(esp, "Enable Perfect Forward Secrecy")
    assert steps.number(way, "Metric") == number
    assert steps.value(way, "Interface") == steps.value(general, "Name")
    assert steps.has(way, "Disable route when the interface is disconnected")
    return TunnelReading(
        ike_version={"Main Mode": "ikev1"}[steps.value(ike, "Exchange")],
        psk=secret,
        customer_outside=re.sub("^IP Address ", "", steps.value(general, "Local IKE ID")),
        endpoint_outside=gateway,
        customer_inside=UNSAID,
        endpoint_inside=UNSAID,
        ike=_suite(steps, ike),
        ike_lifetime=steps.number(ike, "Life Time (seconds)"),
        esp=_suite(steps, esp),
        esp_lifetime=steps.number(esp, "Life Time (seconds)"),
        dpd_interval=UNSAID,
        dpd_retries=retries,
        mtu=UNSAID,
        mss=UNSAID,
        selectors=UNSAID,
        bgp=None,
        route=network,
    )


def _suite(steps: Steps, screen: str) -> tuple[str, str, str]:
    return (
        steps.value(screen, "Encryption"),
        steps.value(screen, "Authentication"),
        steps.value(screen, "DH Group"),
    )


# No interval below 60 seconds, no MTU or MSS of a tunnel interface, and 0.0.0.0/0 on both sides.
_NO_WORDS = frozenset({"dpd_interval", "mtu", "mss", "selectors"})
READERS = {
    "sonicwall/e_cli.j2": Reader(read=read_e_cli, unsaid=_NO_WORDS),
    "sonicwall/screens.j2": Reader(
        # The tunnel interfaces of SonicOS 5.8 have no addresses.
        read=read_screens, unsaid=_NO_WORDS | {"customer_inside", "endpoint_inside"}
    ),
}  # fmt: skip
