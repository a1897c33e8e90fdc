"""Palo Alto Networks: the screens of PAN-OS 4.1."""

from ipaddress import ip_address, ip_network

from unit.devices.grammars.step_list import Step, only, steps
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

_PROFILES, _ROUTER = "Network > Network Profiles", "Network > Virtual Routers > default"
SCREENS = {
    f"{_PROFILES} > Interface Mgmt": """Name
        Ping""",
    "Network > Zones": """Name
        Type""",
    f"{_PROFILES} > Monitor": """Name
        Action
        Interval (sec)
        Threshold""",
    f"{_ROUTER} > Redistribution Profiles": """Name
        Priority
        Redistribute
        Source Type
        Destination""",
    f"{_ROUTER} > BGP": """Enable
        Router ID
        AS Number
        Install Route
        AS Format
        Name
        Soft Reset with Stored Info
        Type
        Export Next Hop
        Remove Private AS
        Set Origin
        Peer
        Peer AS
        Local Address Interface
        Local Address IP
        Peer Address IP
        Keep Alive Interval
        Hold Time""",
    f"{_PROFILES} > IKE Crypto": """Name
        DH Group
        Authentication
        Encryption
        Lifetime""",
    f"{_PROFILES} > IKE Gateways": """Name
        Interface
        Peer Type
        Peer IP Address
        Pre-shared Key
        Local Identification
        Peer Identification
        Exchange Mode
        IKE Crypto Profile
        Enable Passive Mode
        Enable NAT Traversal
        Dead Peer Detection
        Interval
        Retry""",
    f"{_PROFILES} > IPSec Crypto": """Name
        IPSec Protocol
        Encryption
        Authentication
        DH Group
        Lifetime""",
    "Network > Interfaces > Tunnel": """Interface Name
        Virtual Router
        Security Zone
        IP
        Management Profile
        MTU""",
    "Network > IPSec Tunnels": """Name
        Tunnel Interface
        Type
        IKE Gateway
        IPSec Crypto Profile
        Enable Replay Protection
        Tunnel Monitor
        Destination IP
        Profile
        Proxy ID
        Local
        Remote
        Protocol""",
    f"{_ROUTER} > Static Routes": """Name
        Destination
        Interface
        Next Hop
        Metric""",
    "Policies > Security": """Name
        Source Zone
        Source Address
        Destination Zone
        Destination Address
        Application
        Service
        Action""",
}


def read(text: str) -> Reading:
    parts = dict(sections(text))
    common, rules = steps(parts["Both tunnels"], SCREENS), steps(parts["Security Rules"], SCREENS)
    reading = Reading(tunnels=[])
    for kind in ("Interface Mgmt", "Zones", "Monitor", "Redistribution Profiles"):
        reading.defined |= {
            (kind, step["Name"]) for step in common if step.screen.endswith(f"> {kind}")
        }
    ways = {(rule["Source Zone"], rule["Destination Zone"]) for rule in rules}
    (zone,) = {zone for way in ways for zone in way} - {"<INSIDE ZONE>"}
    assert ways == {("<INSIDE ZONE>", zone), (zone, "<INSIDE ZONE>")}
    assert all(rule["Action"] == "Allow" for rule in rules)
    reading.used.add(("Zones", zone))
    for section in tunnel_sections(text):
        reading.tunnels.append(_tunnel(steps(section, SCREENS), common, reading))
    return reading


def _screen(own: list[Step], name: str) -> dict[str, str]:
    """What is entered in all steps of a screen."""
    return {
        label: value
        for step in own
        if step.screen.endswith(f"> {name}")
        for label, value in step.fields.items()
    }


def _tunnel(own: list[Step], common: list[Step], reading: Reading) -> TunnelReading:
    assert not any(step.commands for step in own)
    ike, gateway = _screen(own, "IKE Crypto"), _screen(own, "IKE Gateways")
    ipsec, tunnel = _screen(own, "IPSec Crypto"), _screen(own, "IPSec Tunnels")
    interface = _screen(own, "Tunnel")
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
    own: list[Step],
    common: list[Step],
    tunnel: dict[str, str],
    interface: dict[str, str],
    reading: Reading,
) -> tuple[tuple[int, int, int] | None, str | None, str]:
    """BGP's numbers, or the network of the static route; and the endpoint's inside address."""
    unit, inside = interface["Interface Name"], interface["IP"]
    route = _screen(own, "Static Routes")
    if route:
        far = route["Next Hop"].removeprefix("IP Address ")
        assert route["Interface"] == unit
        assert route["Metric"] == f"{unit[-1]}0", "tunnel 1 is preferred"
        assert ("Tunnel Monitor" in tunnel) == (ip_address(far) in ip_network(tunnel["Remote"]))
        if "Tunnel Monitor" in tunnel:
            assert tunnel["Destination IP"] == far
            reading.used.add(("Monitor", tunnel["Profile"]))
        return None, route["Destination"], far
    peer, process = _screen(own, "BGP"), only(common, "AS Number")
    assert process["Install Route"] == process["Enable"] == peer["Enable"] == "Yes"
    assert (peer["Local Address Interface"], peer["Local Address IP"]) == (unit, inside)
    group = only(common, "Export Next Hop")["Name"]
    assert f"in the group {group}," in only(own, "Peer").title
    reading.used.add(("Redistribution Profiles", only(common, "Set Origin")["Name"]))
    assert only(common, "Redistribute")["Destination"] == "<LOCAL NETWORK>"
    assert int(peer["Keep Alive Interval"]) * 3 == int(peer["Hold Time"])
    numbers = int(process["AS Number"]), int(peer["Peer AS"]), int(peer["Hold Time"])
    return numbers, None, peer["Peer Address IP"]


READERS = {"palo_alto/gui_4.j2": Reader(read=read, unsaid=frozenset({"mss"}))}
