"""FortiGate's screens: steps with fields, and commands for what the screens lack."""

from ipaddress import ip_address, ip_network

from unit.devices.grammars import fortios
from unit.devices.grammars.fortios import Entry
from unit.devices.grammars.step_list import Step, only, steps
from unit.devices.readers.fortinet import smallest, version
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

_BGP = """Local AS
    Router ID
    IP/Netmask
    IP
    Remote AS"""
_POLICY = """Source Address
    Destination Address
    Schedule
    Service
    Action
    NAT"""
_OLD = {
    "VPN > IPsec > Auto Key (IKE)": """Name
        Remote Gateway
        IP Address
        Local Interface
        Mode
        Authentication Method
        Pre-shared Key
        Peer Options
        IPsec Interface Mode
        IKE Version
        Local Gateway IP
        Proposal Encryption
        Proposal Authentication
        DH Group
        Keylife
        Local ID
        XAUTH
        NAT Traversal
        Dead Peer Detection
        Phase 1
        Replay Detection
        Perfect Forward Secrecy
        Autokey Keep Alive
        Source Address
        Destination Address""",
    "Router > Dynamic > BGP": _BGP,
}
_INTERFACE = """IP
    Remote IP
    Administrative Access
    Administrative Status"""
_ROUTE = """Destination IP/Mask
    Device
    Distance
    Priority (Advanced)"""
SCREENS = {
    "4.0": _OLD
    | {
        "System > Network > Interface": _INTERFACE,
        "Router > Static > Static Route": _ROUTE,
        "Policy > Policy > Policy": f"{_POLICY}\nSource Interface/Zone\nDestination Interface/Zone",
    },
    "5.0": _OLD
    | {
        "System > Network > Interfaces": _INTERFACE,
        "Router > Static > Static Routes": _ROUTE,
        "Policy > Policy > Policy": f"{_POLICY}\nIncoming Interface\nOutgoing Interface",
    },
    "6.4.4": {
        "System > Feature Visibility": "",
        "VPN > IPsec Wizard": """Name
            Template Type
            IP Version
            Remote Gateway
            IP Address
            Interface
            Local Gateway
            Mode Config
            NAT Traversal
            Dead Peer Detection
            DPD Retry Count
            DPD Retry Interval
            Method
            Pre-shared Key
            IKE Version
            Mode
            Encryption
            Authentication
            PRF
            Diffie-Hellman Group
            Key Lifetime (seconds)
            Local ID
            Local Address
            Remote Address
            Replay Detection
            Perfect Forward Secrecy
            Auto-negotiate
            Key Lifetime
            Seconds""",
        "Network > Interfaces": """IP
            Netmask
            Remote IP/Netmask
            Administrative Access""",
        "Network > Static Routes": """Destination
            Interface
            Administrative Distance
            Priority (Advanced Options)""",
        "Network > BGP": _BGP,
        "Policy & Objects > Firewall Policy": """Name
            Incoming Interface
            Outgoing Interface
            Source
            Destination
            Schedule
            Service
            Action
            NAT""",
    },
}
SYNTAX = {"4.0": "4.0", "5.0": "5.0", "6.4.4": "7.0"}
"The grammar of each version's commands."
ON = {"Enable", "Enabled", "On Idle"}


def read(text: str) -> Reading:
    number = version(text)
    reading = Reading(tunnels=[])
    both = dict(sections(text)).get("Both tunnels")
    common = steps(both, SCREENS[number]) if both else []
    for step in common:
        fortios.parse(step.commands, SYNTAX[number], whole=False)
    for section in tunnel_sections(text):
        own = steps(section, SCREENS[number])
        commands = _commands(own, SYNTAX[number])
        reading.used |= {
            ("interface", entry.name)
            for table in ("vpn ipsec phase1-interface", "system interface")
            for entry in commands.tables[table]
        }
        form = _current if number == "6.4.4" else _old
        reading.tunnels.append(form(own, commands, common, reading))
    return reading


def _commands(own: list[Step], syntax: str) -> Entry:
    found = Entry("")
    for step in own:
        parsed = fortios.parse(step.commands, syntax, whole=False).tables
        assert not parsed.keys() & found.tables.keys()
        found.tables |= parsed
    return found


def _old(own: list[Step], commands: Entry, common: list[Step], reading: Reading) -> TunnelReading:
    assert "Create Phase 1" in own[0].title
    assert "Create Phase 2" in own[3].title
    phase1, phase2 = own[0].fields | own[1].fields, own[3].fields | own[4].fields
    _agree(phase1, phase2, reading)
    assert phase1["IPsec Interface Mode"] in ON
    interface, dpd = only(own, "Remote IP"), commands.one("vpn ipsec phase1-interface")
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


def _current(
    own: list[Step], commands: Entry, common: list[Step], reading: Reading
) -> TunnelReading:
    assert own[4].title == "Under Phase 2 Selectors:"
    phase1 = own[0].fields | own[1].fields | own[2].fields | own[3].fields
    phase2 = own[4].fields | own[5].fields
    _agree(phase1, {"Phase 1": phase1["Name"]} | phase2, reading)
    assert (phase1["IKE Version"] == "1") == ("Mode" in phase1)
    assert phase2["Key Lifetime"] == "Seconds"
    interface, sizes = only(own, "Remote IP/Netmask"), commands.one("system interface")
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
    own: list[Step],
    commands: Entry,
    common: list[Step],
    name: str,
    far: str,
    selectors: tuple[str, str],
) -> tuple[tuple[int, int, int] | None, str | None]:
    assert name in only(own, "Administrative Access").title
    if "router bgp" in commands.tables:
        process, neighbor = only(common, "Local AS"), only(own, "Remote AS")
        timers = commands.one("router bgp").one("neighbor")
        assert neighbor["IP"] == timers.name == far
        assert only(common, "IP/Netmask")["IP/Netmask"] == "<LOCAL NETWORK>"
        hold = int(timers["holdtime-timer"])
        return (int(process["Local AS"]), int(neighbor["Remote AS"]), hold), None
    route = next(step.fields for step in own if "Static Route" in step.screen)
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


def _policies(own: list[Step], name: str) -> None:
    found = [step.fields for step in own if "Schedule" in step.fields]
    assert len(found) == 2
    ways = {
        (
            one.get("Incoming Interface", one.get("Source Interface/Zone")),
            one.get("Outgoing Interface", one.get("Destination Interface/Zone")),
        )
        for one in found
    }
    assert ways == {("<INSIDE INTERFACE>", name), (name, "<INSIDE INTERFACE>")}
    assert all(one["Action"] == "ACCEPT" and one["NAT"] == "Disabled" for one in found)


READERS = {
    "fortinet/gui_4.j2": Reader(read=read, unsaid=frozenset({"mtu"})),
    "fortinet/gui_6.j2": Reader(read=read),
}
