"""WatchGuard: steps in the Fireware Web UI, and the lines of its BGP tab (Quagga)."""

import re
from ipaddress import IPv4Network

from unit.devices.grammars.steps import COMMANDS, SELECTED, Screens, Steps
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

_ADD = "VPN > BOVPN Virtual Interfaces > Add"
_LOCAL, _REMOTE = (
    "Gateway Endpoint > Add > Local Gateway",
    "Gateway Endpoint > Add > Remote Gateway",
)
_TRANSFORM, _PROPOSAL = (
    "Phase 1 Settings > Transform Settings > Add",
    "VPN > Phase 2 Proposals > Add",
)
_MSS = "System > Global Settings > Networking > TCP Maximum Segment Size Control"
_BGP = "Network > Dynamic Routing > BGP"
PAGES = {
    f"{_ADD} > Gateway Settings": (
        "Interface Name", "Remote Endpoint Type", "Credential Method", "Pre-Shared Key",
    ),
    _LOCAL: ("External Interface", "By IP Address"),
    _REMOTE: ("Static IP Address", "By IP Address"),
    f"{_ADD} > Phase 1 Settings": (
        "Version", "Mode", "NAT Traversal", "Dead Peer Detection (RFC3706)",
        "Traffic idle timeout", "Max retries",
    ),
    _TRANSFORM: ("Authentication", "Encryption", "SA Life", "Key Group"),
    _PROPOSAL: (
        "Name", "Type", "Authentication", "Encryption", "Force Key Expiration, Time",
        "Force Key Expiration, Traffic",
    ),
    f"{_ADD} > Phase 2 Settings": ("Enable Perfect Forward Secrecy", "IPSec Proposals"),
    f"{_ADD} > VPN Routes": (
        "Assign virtual interface IP addresses", "Local IP address", "Peer IP address",
        "Peer IP address or netmask",
    ),
    "VPN Routes > Add": ("Choose Type", "Route To", "Metric"),
    _MSS: ("Limit to",),
    "Network > Interfaces > <OUTSIDE INTERFACE> > Advanced": ("DF Bit Setting for IPSec",),
    "Network > Dynamic Routing": ("Enable Dynamic Routing",),
    _BGP: ("Enable", COMMANDS),
    "System Status > VPN Statistics > Branch Office VPN": (),
    "System Status > Routes": (),
}  # fmt: skip
CHOICES = {
    "Remote Endpoint Type": ("Firebox", "Cloud VPN or Third-Party Gateway"),
    "Credential Method": ("Use Pre-Shared Key",),
    "External Interface": ("<OUTSIDE INTERFACE>",),
    "Version": ("IKEv1",),
    "Mode": ("Main",),
    **dict.fromkeys(
        ("NAT Traversal", "Dead Peer Detection (RFC3706)", "Enable Dynamic Routing", "Enable",
         "Assign virtual interface IP addresses"), SELECTED
    ),
    "Type": ("ESP (Encapsulating Security Payload)",),
    "Force Key Expiration, Traffic": ("cleared",),
    "Choose Type": ("Network IPv4",),
    "DF Bit Setting for IPSec": ("Clear", "Copy", "Set"),
}  # fmt: skip
SCREENS = Screens(pages=PAGES, values=CHOICES)
_QUAGGA = {
    name: re.compile(pattern)
    for name, pattern in {
        "router": r"router bgp (\d+)",
        "id": r"bgp router-id (\d+\.\d+\.\d+\.\d+)",
        "network": r"network (<LOCAL NETWORK>)",
        "neighbor": r"neighbor (\S+) remote-as (\d+)",
        "activate": r"neighbor (\S+) activate",
        "timers": r"neighbor (\S+) timers (\d+) (\d+)",
        "soft": r"neighbor (\S+) soft-reconfiguration inbound",
    }.items()
}


def read(text: str) -> Reading:
    body = dict(sections(text))
    common, router = _split(body["Both tunnels"])
    _split(body["Verify"])
    assert common.has("Network > Interfaces > <OUTSIDE INTERFACE> > Advanced",
                      "DF Bit Setting for IPSec")  # fmt: skip
    reading = Reading(tunnels=[])
    for number, section in enumerate(tunnel_sections(text), start=1):
        steps, lines = _split(section)
        reading.tunnels.append(_tunnel(number, steps, common, lines | router))
        reading.defined.add(("proposal", steps.value(_PROPOSAL, "Name")))
        reading.used.add(("proposal", steps.value(f"{_ADD} > Phase 2 Settings", "IPSec Proposals")))
    return reading


def _split(section: str) -> tuple[Steps, dict[str, tuple[str, ...]]]:
    """Tell the steps from the lines of the BGP tab."""
    steps, lines = SCREENS.parse(section), {}
    entered = [one[COMMANDS] for one in steps.every(_BGP) if one.get(COMMANDS)]
    for line in "\n".join(entered).splitlines():
        ((name, found),) = [(name, one.groups()) for name, pattern in _QUAGGA.items()
                            if (one := pattern.fullmatch(line))]  # fmt: skip
        assert name not in lines
        lines[name] = found
    return steps, lines


def _tunnel(
    number: int, steps: Steps, common: Steps, lines: dict[str, tuple[str, ...]]
) -> TunnelReading:
    routes = f"{_ADD} > VPN Routes"
    phase1, phase2 = f"{_ADD} > Phase 1 Settings", f"{_ADD} > Phase 2 Settings"
    assert steps.value(_REMOTE, "Static IP Address") == steps.value(_REMOTE, "By IP Address")
    assert steps.value(phase2, "IPSec Proposals") == steps.value(_PROPOSAL, "Name")
    local = steps.value(routes, "Local IP address")
    bgp = route = None
    if "router" in lines:
        assert set(lines) == set(_QUAGGA)
        neighbour, theirs = lines["neighbor"]
        same, keepalive, hold = lines["timers"]
        assert (neighbour,) == (same,) == lines["activate"] == lines["soft"]
        assert int(keepalive) * 3 == int(hold)
        assert common.has(_BGP, "Enable")
        assert common.has("Network > Dynamic Routing", "Enable Dynamic Routing")
        bgp = int(lines["router"][0]), int(theirs), int(hold)
    else:
        assert steps.number("VPN Routes > Add", "Metric") == number
        route = steps.value("VPN Routes > Add", "Route To")
        neighbour, said = _gone(steps)
        assert said == str(number)
    if steps.has(routes, "Peer IP address"):
        assert steps.value(routes, "Peer IP address") == neighbour
        mask = "255.255.255.252"  # between two addresses there is none
    else:
        mask = steps.value(routes, "Peer IP address or netmask")
    return TunnelReading(
        ike_version=steps.value(phase1, "Version").lower(),
        psk=steps.value(f"{_ADD} > Gateway Settings", "Pre-Shared Key"),
        customer_outside=steps.value(_LOCAL, "By IP Address"),
        endpoint_outside=steps.value(_REMOTE, "Static IP Address"),
        customer_inside=f"{local}/{IPv4Network(f'0.0.0.0/{mask}').prefixlen}",
        endpoint_inside=neighbour,
        ike=(
            steps.value(_TRANSFORM, "Encryption"),
            steps.value(_TRANSFORM, "Authentication"),
            steps.value(_TRANSFORM, "Key Group"),
        ),
        ike_lifetime=60 * steps.number(_TRANSFORM, "SA Life", " minutes"),
        esp=(
            steps.value(_PROPOSAL, "Encryption"),
            steps.value(_PROPOSAL, "Authentication"),
            steps.value(phase2, "Enable Perfect Forward Secrecy"),
        ),
        esp_lifetime=60 * steps.number(_PROPOSAL, "Force Key Expiration, Time", " minutes"),
        dpd_interval=steps.number(phase1, "Traffic idle timeout", " seconds"),
        dpd_retries=steps.number(phase1, "Max retries"),
        mtu=UNSAID,
        mss=common.number(_MSS, "Limit to"),
        selectors=UNSAID,
        bgp=bgp,
        route=route,
    )


def _gone(steps: Steps) -> tuple[str, str]:
    """The endpoint and the tunnel of which the step of the route tells."""
    text = steps.only("VPN Routes > Add").text
    (found,) = re.findall(r"route of tunnel (\d) goes .* the endpoint (\S+) is gone", text)
    return found[1], found[0]


READERS = {
    # A virtual interface has no MTU, and is 0.0.0.0/0 on both sides.
    "watchguard/web_ui.j2": Reader(read=read, unsaid=frozenset({"mtu", "selectors"}))
}
