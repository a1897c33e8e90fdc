"""FortiGate's screens: steps with fields, and commands for what the screens lack."""

from ipaddress import ip_address, ip_network

from unit.devices.grammars import fortios
from unit.devices.grammars.fortios import Entry
from unit.devices.grammars.steps import (
    ADDRESS,
    COMMANDS,
    NUMBER,
    Fields,
    Screens,
    Step,
    Steps,
    Values,
)
from unit.devices.readers.fortinet import smallest, version
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading

_CONSOLE = "CLI console"
_POLICY = ("Source Address", "Destination Address", "Schedule", "Service", "Action", "NAT")
_PHASE = ("Proposal Encryption", "Proposal Authentication", "DH Group", "Keylife")
_PHASE1, _PHASE2 = (f"VPN > IPsec > Auto Key (IKE) > Create Phase {one}" for one in (1, 2))
_MORE1, _MORE2 = "Create Phase 1 > Advanced", "Create Phase 2 > Advanced"
_OLD: dict[str, Fields] = {
    _PHASE1: (
        "Name", "Remote Gateway", "IP Address", "Local Interface", "Mode",
        "Authentication Method", "Pre-shared Key", "Peer Options",
    ),
    _MORE1: (
        *_PHASE, "IPsec Interface Mode", "IKE Version", "Local Gateway IP", "Local ID", "XAUTH",
        "NAT Traversal", "Dead Peer Detection",
    ),
    _PHASE2: ("Name", "Phase 1"),
    _MORE2: (
        *_PHASE, "Replay Detection", "Perfect Forward Secrecy", "Autokey Keep Alive",
        "Source Address", "Destination Address",
    ),
    "Router > Dynamic > BGP": ("Local AS", "Router ID"),
    "Router > Dynamic > BGP > Networks": ("IP/Netmask",),
    "Router > Dynamic > BGP > Neighbors": ("IP", "Remote AS"),
    _CONSOLE: (COMMANDS,),
}  # fmt: skip
_INTERFACE = ("IP", "Remote IP", "Administrative Access", "Administrative Status")
_ROUTE = ("Destination IP/Mask", "Device", "Distance", "Priority (Advanced)")
_POLICIES = "Policy > Policy > Policy > Create New"
_WIZARD = "VPN > IPsec Wizard"
_SELECTORS = f"{_WIZARD} > Phase 2 Selectors"
_PAGES: dict[str, dict[str, Fields]] = {
    "4.0": _OLD
    | {
        "System > Network > Interface > *": _INTERFACE,
        "Router > Static > Static Route > Create New": _ROUTE,
        _POLICIES: (*_POLICY, "Source Interface/Zone", "Destination Interface/Zone"),
    },
    "5.0": _OLD
    | {
        "System > Network > Interfaces > *": _INTERFACE,
        "Router > Static > Static Routes > Create New": _ROUTE,
        _POLICIES: (*_POLICY, "Incoming Interface", "Outgoing Interface"),
    },
    "6.4.4": {
        "System > Feature Visibility": (),
        _WIZARD: ("Name", "Template Type"),
        f"{_WIZARD} > Network": (
            "IP Version", "Remote Gateway", "IP Address", "Interface", "Local Gateway",
            "Mode Config", "NAT Traversal", "Dead Peer Detection", "DPD Retry Count",
            "DPD Retry Interval",
        ),
        f"{_WIZARD} > Authentication": ("Method", "Pre-shared Key", "IKE Version", "Mode"),
        f"{_WIZARD} > Phase 1 Proposal": (
            "Encryption", "Authentication", "PRF", "Diffie-Hellman Group",
            "Key Lifetime (seconds)", "Local ID",
        ),
        _SELECTORS: ("Name", "Local Address", "Remote Address"),
        f"{_SELECTORS} > Advanced": (
            "Encryption", "Authentication", "Replay Detection", "Perfect Forward Secrecy",
            "Diffie-Hellman Group", "Auto-negotiate", "Key Lifetime", "Seconds",
        ),
        "Network > Interfaces > *": ("IP", "Netmask", "Remote IP/Netmask", "Administrative Access"),
        "Network > Static Routes > Create New": (
            "Destination", "Interface", "Administrative Distance", "Priority (Advanced Options)",
        ),
        "Network > BGP": ("Local AS", "Router ID", "IP/Netmask"),
        "Network > BGP > Neighbors > Create New": ("IP", "Remote AS"),
        "Policy & Objects > Firewall Policy > Create New": (
            "Name", "Incoming Interface", "Outgoing Interface", "Source", "Destination",
            "Schedule", "Service", "Action", "NAT",
        ),
        _CONSOLE: (COMMANDS,),
    },
}  # fmt: skip
ON = ("Enable", "Enabled", "On Idle")
_OFF = ("Disable", "Disabled")
_VALUES: dict[str, Values] = {
    **dict.fromkeys(("Replay Detection", "Perfect Forward Secrecy", "NAT"), (*ON[:2], *_OFF)),
    **dict.fromkeys(("NAT Traversal", "IPsec Interface Mode", "XAUTH"), (*ON[:2], *_OFF)),
    "Dead Peer Detection": (*ON, *_OFF),
    "Remote Gateway": ("Static IP Address", "Dialup User", "Dynamic DNS"),
    "Mode": ("Main (ID protection)", "Aggressive"),
    "IKE Version": ("1", "2"),
    "Key Lifetime": ("Seconds", "Kilobytes", "Both"),
    "Administrative Access": ("PING",),
    "Action": ("ACCEPT", "DENY"),
    **dict.fromkeys(("IP Address", "Remote IP", "Router ID"), ADDRESS),
    **dict.fromkeys(("Local AS", "Remote AS", "Seconds", "Key Lifetime (seconds)"), NUMBER),
}
SYNTAX = {"4.0": "4.0", "5.0": "5.0", "6.4.4": "7.0"}
"The grammar of each version's commands."


def read(text: str) -> Reading:
    number = version(text)
    reading = Reading(tunnels=[])
    found = Screens(pages=_PAGES[number], values=_VALUES).read(text)
    common = found.get("Both tunnels", Steps())
    _commands(common, SYNTAX[number])
    for one in (1, 2):
        own = found[f"IPSec Tunnel #{one}"]
        commands = _commands(own, SYNTAX[number])
        reading.used |= {
            ("interface", entry.name)
            for table in ("vpn ipsec phase1-interface", "system interface")
            for entry in commands.tables[table]
        }
        form = _current if number == "6.4.4" else _old
        reading.tunnels.append(form(own, commands, common, reading))
    return reading


def _commands(own: Steps, syntax: str) -> Entry:
    found = Entry("")
    for step in own.every(_CONSOLE):
        parsed = fortios.parse(step[COMMANDS], syntax, whole=False).tables
        assert not parsed.keys() & found.tables.keys()
        found.tables |= parsed
    return found


def _entered(own: Steps, *pages: str) -> dict[str, str]:
    """What is entered on these pages, each of which has one step."""
    return {name: step[name] for page in pages for step in [own.only(page)] for name in step.fields}


def _with(own: Steps, name: str) -> Step:
    """The one step that fills in the field."""
    (step,) = (one for one in own.steps if name in one.fields)
    return step


def _old(own: Steps, commands: Entry, common: Steps, reading: Reading) -> TunnelReading:
    phase1, phase2 = _entered(own, _PHASE1, _MORE1), _entered(own, _PHASE2, _MORE2)
    _agree(phase1, phase2, reading)
    assert phase1["IPsec Interface Mode"] in ON
    interface, dpd = _with(own, "Remote IP"), commands.one("vpn ipsec phase1-interface")
    far = interface["Remote IP"]
    link = smallest(interface["IP"], far)
    selectors = phase2["Source Address"], phase2["Destination Address"]
    bgp, route = _routing(own, commands, common, phase1["Name"], far, selectors)
    _policies(own, phase1["Name"])
    return TunnelReading(
        ike_version=f"ikev{phase1['IKE Version']}",
        psk=phase1["Pre-shared Key"],
        customer_outside=phase1["Local Gateway IP"].removeprefix("Specify "),
        endpoint_outside=phase1["IP Address"],
        customer_inside=f"{interface['IP']}/{link.prefixlen}",
        endpoint_inside=far,
        ike=(
            phase1["Proposal Encryption"],
            phase1["Proposal Authentication"],
            phase1["DH Group"],
        ),
        ike_lifetime=int(phase1["Keylife"].removesuffix(" seconds")),
        esp=(
            phase2["Proposal Encryption"],
            phase2["Proposal Authentication"],
            phase2["DH Group"],
        ),
        esp_lifetime=int(phase2["Keylife"].removesuffix(" seconds")),
        dpd_interval=int(dpd["dpd-retryinterval"]),
        dpd_retries=int(dpd["dpd-retrycount"]),
        mtu=UNSAID,
        mss=int(commands.one("system interface")["tcp-mss"]),
        selectors=selectors,
        bgp=bgp,
        route=route,
    )


def _current(own: Steps, commands: Entry, common: Steps, reading: Reading) -> TunnelReading:
    forms = ("Network", "Authentication", "Phase 1 Proposal")
    phase1 = _entered(own, _WIZARD, *(f"{_WIZARD} > {one}" for one in forms))
    phase2 = _entered(own, _SELECTORS, f"{_SELECTORS} > Advanced")
    _agree(phase1, {"Phase 1": phase1["Name"]} | phase2, reading)
    assert (phase1["IKE Version"] == "1") == ("Mode" in phase1)
    assert phase2["Key Lifetime"] == "Seconds"
    interface, sizes = _with(own, "Remote IP/Netmask"), commands.one("system interface")
    far, mask = interface["Remote IP/Netmask"].split()
    link = smallest(interface["IP"], far)
    assert str(link.netmask) == mask
    outside = phase1["Local Gateway"].removeprefix("Specify ")
    assert commands.one("vpn ipsec phase1-interface")["localid"] == outside
    assert sizes["mtu-override"] == "enable"
    selectors = (
        phase2["Local Address"].removeprefix("Subnet "),
        phase2["Remote Address"].removeprefix("Subnet "),
    )
    bgp, route = _routing(own, commands, common, phase1["Name"], far, selectors)
    _policies(own, phase1["Name"])
    return TunnelReading(
        ike_version=f"ikev{phase1['IKE Version']}",
        psk=phase1["Pre-shared Key"],
        customer_outside=outside,
        endpoint_outside=phase1["IP Address"],
        customer_inside=f"{interface['IP']}/{link.prefixlen}",
        endpoint_inside=far,
        ike=(
            phase1["Encryption"],
            phase1["PRF"].removeprefix("PRF")
            if phase1["Encryption"].endswith("GCM")
            else phase1["Authentication"],
            phase1["Diffie-Hellman Group"],
        ),
        ike_lifetime=int(phase1["Key Lifetime (seconds)"]),
        esp=(
            phase2["Encryption"],
            phase2.get("Authentication", ""),
            phase2["Diffie-Hellman Group"],
        ),
        esp_lifetime=int(phase2["Seconds"]),
        dpd_interval=int(phase1["DPD Retry Interval"].removesuffix(" s")),
        dpd_retries=int(phase1["DPD Retry Count"]),
        mtu=int(sizes["mtu"]),
        mss=int(sizes["tcp-mss"]),
        selectors=selectors,
        bgp=bgp,
        route=route,
    )


def _agree(phase1: dict[str, str], phase2: dict[str, str], reading: Reading) -> None:
    reading.defined.add(("interface", phase1["Name"]))
    reading.used.add(("interface", phase2["Phase 1"]))
    assert len(phase1["Name"]) <= 15
    assert phase1["Dead Peer Detection"] in ON
    assert phase1["NAT Traversal"] in ON
    assert phase2["Perfect Forward Secrecy"] in ON
    assert phase2["Replay Detection"] in ON


def _routing(
    own: Steps,
    commands: Entry,
    common: Steps,
    name: str,
    far: str,
    selectors: tuple[str, str],
) -> tuple[tuple[int, int, int] | None, str | None]:
    assert name == _with(own, "Administrative Access").about
    if "router bgp" in commands.tables:
        process, neighbor = _with(common, "Local AS"), _with(own, "Remote AS")
        timers = commands.one("router bgp").one("neighbor")
        assert neighbor["IP"] == timers.name == far
        assert _with(common, "IP/Netmask")["IP/Netmask"] == "<LOCAL NETWORK>"
        hold = int(timers["holdtime-timer"])
        return (int(process["Local AS"]), int(neighbor["Remote AS"]), hold), None
    route = next(_entered(own, step.page) for step in own.steps if "Static Route" in step.page)
    assert route.get("Device", route.get("Interface")) == name
    assert route.get("Priority (Advanced)", route.get("Priority (Advanced Options)")) == (
        f"{name[-1]}0"
    )
    monitors = commands.tables.get(
        "system link-monitor", commands.tables.get("router gwdetect", [])
    )
    assert len(monitors) == (ip_address(far) in ip_network(selectors[1]))
    for monitor in monitors:
        assert monitor.values.get("srcintf", monitor.values.get("interface")) == name
        assert monitor["server"] == far
    return None, route.get("Destination IP/Mask", route.get("Destination"))


def _policies(own: Steps, name: str) -> None:
    found = [step for step in own.steps if "Schedule" in step.fields]
    assert len(found) == 2
    ways = {
        (
            one.get("Incoming Interface") or one["Source Interface/Zone"],
            one.get("Outgoing Interface") or one["Destination Interface/Zone"],
        )
        for one in found
    }
    assert ways == {("<INSIDE INTERFACE>", name), (name, "<INSIDE INTERFACE>")}
    assert all(one["Action"] == "ACCEPT" and one["NAT"] == "Disabled" for one in found)


READERS = {
    "fortinet/gui_4.j2": Reader(read=read, unsaid=frozenset({"mtu"})),
    "fortinet/gui_6.j2": Reader(read=read),
}
