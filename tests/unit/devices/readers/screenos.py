"""Juniper's ScreenOS: commands, and steps through its WebUI."""

import re
from collections.abc import Callable
from functools import partial
from ipaddress import IPv4Interface, IPv4Network

from unit.devices.grammars.screenos import Command, parse
from unit.devices.grammars.steps import ADDRESS, COMMANDS, NUMBER, Screens, Step, Steps
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import tunnel_sections

BGP = "set vrouter trust-vr protocol bgp"


def read(text: str, release: float) -> Reading:
    commands = parse(text, release)
    reading = Reading(tunnels=[])
    assert ("set zone Trust asymmetric-vpn", ()) in [(one.form, one.values) for one in commands]
    (mss,) = _find(commands, "set flow vpn-tcp-mss MSS")
    for section in tunnel_sections(text):
        lines = section.splitlines()
        own = [one for one in commands if one.line in lines]
        reading.tunnels.append(_tunnel(own, commands, int(mss[0])))
    static = not any(one.form.startswith(BGP) for one in commands)
    assert static == all(one.route for one in reading.tunnels)
    if static:
        watched = any("monitor source-interface" in one.form for one in commands)
        assert _find(commands, "set vpnmonitor interval SECONDS") == [("10",)] * watched
        assert _find(commands, "set vpnmonitor threshold RETRY") == [("3",)] * watched
    else:
        assert _find(commands, f"{BGP} network PREFIX") == [("<LOCAL NETWORK>",)]
        assert _find(commands, f"{BGP} enable") == [()]
    return reading


def _find(commands: list[Command], form: str) -> list[tuple[str, ...]]:
    return [one.values for one in commands if one.form == form]


def _one(commands: list[Command], form: str) -> tuple[str, ...]:
    (found,) = _find(commands, form)
    return found


def _tunnel(own: list[Command], all_: list[Command], mss: int) -> TunnelReading:
    one = partial(_one, own)
    proposal, group, cipher, hashed, lifetime = one(
        "set ike p1-proposal NAME preshare GROUP esp CIPHER HASH second SECONDS"
    )
    gateway, peer, identity, customer, outside, psk, used = one(
        "set ike gateway NAME address IP id IP main local-id IP outgoing-interface OUT "
        "preshare KEY proposal NAME"
    )
    assert (peer, proposal, outside) == (identity, used, "<OUTSIDE INTERFACE>")
    esp, pfs, esp_cipher, esp_hash, esp_lifetime = one(
        "set ike p2-proposal NAME GROUP esp CIPHER HASH second SECONDS"
    )
    vpn = one("set vpn NAME gateway NAME replay tunnel proposal NAME")
    assert vpn[1:] == (gateway, esp)
    for command in own:
        if command.form.startswith("set ike gateway"):
            assert command.values[0] == gateway
        if command.form.startswith("set vpn"):
            assert command.values[0] == vpn[0]
    assert one("set vpn NAME df-bit (clear|copy|set)")[1] == "clear"
    interface, inside = one("set interface TUNNEL ip HOST")
    assert one("set vpn NAME bind interface TUNNEL")[1] == interface
    one("set ike gateway NAME dpd-liveness always-send")
    neighbour, bgp, route = _routing(own, all_, interface)
    mtu = _find(own, "set interface TUNNEL mtu MTU")
    return TunnelReading(
        ike_version="ikev1",
        psk=psk.strip('"'),
        customer_outside=customer,
        endpoint_outside=peer,
        customer_inside=inside,
        endpoint_inside=neighbour,
        ike=(cipher, hashed, group),
        ike_lifetime=int(lifetime),
        esp=(esp_cipher, esp_hash, pfs),
        esp_lifetime=int(esp_lifetime),
        dpd_interval=int(one("set ike gateway NAME dpd-liveness interval DPD")[1]),
        dpd_retries=int(one("set ike gateway NAME dpd-liveness retry RETRY")[1]),
        mtu=int(mtu[0][1]) if mtu else UNSAID,
        mss=mss,
        selectors=one("set vpn NAME proxy-id local-ip PREFIX remote-ip PREFIX ANY")[1:],
        bgp=bgp,
        route=route,
    )


def _routing(
    own: list[Command], all_: list[Command], interface: str
) -> tuple[str, tuple[int, int, int] | None, str | None]:
    number = int(interface.removeprefix("tunnel."))
    if not _find(all_, f"{BGP} AS"):
        route, via, preference = _one(
            own, "set vrouter trust-vr route PREFIX interface TUNNEL preference PREFERENCE"
        )
        assert (via, int(preference)) == (interface, 10 + 10 * number)
        return _watched(own, interface), None, route
    ((ours,),) = _find(all_, f"{BGP} AS")
    neighbour, theirs = _one(own, f"{BGP} neighbor IP remote-as AS")
    hold = _one(own, f"{BGP} neighbor IP hold-time HOLD")
    keepalive = _one(own, f"{BGP} neighbor IP keepalive HOLD")
    assert {neighbour} == {hold[0], keepalive[0], *_one(own, f"{BGP} neighbor IP enable")}
    assert int(hold[1]) == 3 * int(keepalive[1])
    assert _one(own, "set interface TUNNEL protocol bgp") == (interface,)
    return neighbour, (int(ours), int(theirs), int(hold[1])), None


def _watched(own: list[Command], interface: str) -> str:
    """Read the endpoint's address, which is pinged if the selectors admit that."""
    inside = IPv4Interface(_one(own, "set interface TUNNEL ip HOST")[1])
    (other,) = (one for one in inside.network.hosts() if one != inside.ip)
    _, *ends = _one(own, "set vpn NAME proxy-id local-ip PREFIX remote-ip PREFIX ANY")
    local, remote = (IPv4Network(one) for one in ends)
    monitors = _find(own, "set vpn NAME monitor source-interface TUNNEL destination-ip IP rekey")
    admitted = inside.ip in local and other in remote
    assert [one[1:] for one in monitors] == [(interface, str(other))] * admitted
    return str(other)


P1 = "VPNs > AutoKey Advanced > P1 Proposal > New"
GATEWAY = "VPNs > AutoKey Advanced > Gateway > New"
P2 = "VPNs > AutoKey Advanced > P2 Proposal > New"
TUNNEL_IF = "Network > Interfaces > New (Tunnel IF)"
VPN = "VPNs > AutoKey IKE > New"
ROUTE = "Network > Routing > Destination > trust-vr > New"
INSTANCE = "Network > Routing > Virtual Routers > trust-vr > Edit > Create BGP Instance"
NETWORKS = "Network > Routing > Virtual Routers > trust-vr > Edit > Edit BGP Instance > Networks"
NEIGHBORS = NETWORKS.replace("Networks", "Neighbors")
LINE = "Command line"
CONFIGURE, TUNNEL_BGP = f"{NEIGHBORS} > Configure", "Network > Interfaces > * > Edit > BGP"
PAGES = {
    P1: (
        "Name", "Authentication Method", "DH Group", "Encryption Algorithm", "Hash Algorithm",
        "Lifetime",
    ),
    GATEWAY: (
        "Gateway Name", "Security Level", "Remote Gateway Type", "IP Address/Hostname", "Peer ID",
        "Local ID", "Preshared Key", "Outgoing Interface", "Phase 1 Proposal", "Mode (Initiator)",
        "Enable NAT-Traversal", "DPD Interval", "DPD Retry", "DPD Always Send",
    ),
    P2: (
        "Name", "Perfect Forward Secrecy", "Encapsulation", "Encryption Algorithm",
        "Authentication Algorithm", "Lifetime In Time", "Lifetime In Kbytes",
    ),
    TUNNEL_IF: (
        "Tunnel Interface Name", "Zone (VR)", "Fixed IP", "IP Address/Netmask",
        "Maximum Transfer Unit (MTU)",
    ),
    VPN: (
        "VPN Name", "Security Level", "Remote Gateway", "Gateway", "Phase 2 Proposal",
        "Replay Protection", "Transport Mode", "Bind to Tunnel Interface", "Proxy-ID",
        "Local IP/Netmask", "Remote IP/Netmask", "Service", "VPN Monitor", "Source Interface",
        "Destination IP", "Rekey",
    ),
    ROUTE: ("IP Address/Netmask", "Next Hop", "Interface", "Gateway IP Address", "Preference"),
    INSTANCE: ("AS Number", "BGP Enabled"),
    NETWORKS: ("IP/Netmask",),
    NEIGHBORS: ("AS Number", "Remote IP"),
    CONFIGURE: ("Peer Enabled", "Hold Time", "Keepalive"),
    TUNNEL_BGP: ("Protocol BGP",),
    LINE: (COMMANDS,),
}  # fmt: skip
_CHECKED = ("Fixed IP", "Proxy-ID", "Rekey", "Enable NAT-Traversal", "DPD Always Send",
            "Replay Protection", "Transport Mode", "VPN Monitor", "BGP Enabled",
            "Peer Enabled")  # fmt: skip
VALUES = {
    **dict.fromkeys(_CHECKED, ("checked", "unchecked")),
    "Protocol BGP": ("Enable",),
    "Authentication Method": ("Preshare",),
    "Security Level": ("Standard", "Compatible", "Basic", "Custom"),
    "Mode (Initiator)": ("Main (ID Protection)", "Aggressive"),
    "Outgoing Interface": ("<OUTSIDE INTERFACE>",),
    **dict.fromkeys(("IP Address/Hostname", "Peer ID", "Local ID", "Remote IP"), ADDRESS),
    **dict.fromkeys(("Lifetime", "Lifetime In Time"), re.compile(r"\d+ Sec")),
    **dict.fromkeys(("AS Number", "Hold Time", "Keepalive", "DPD Interval", "DPD Retry"), NUMBER),
}
SCREENS = Screens(pages=PAGES, values=VALUES)


def read_gui(text: str) -> Reading:
    found = SCREENS.read(text)
    tunnels = [found[f"IPSec Tunnel #{number}"] for number in (1, 2)]
    parse(found["Both tunnels"].value(LINE, COMMANDS), 6.2)
    reading = Reading(tunnels=[_read_steps(one, found["Both tunnels"]) for one in tunnels])
    for one in tunnels:
        reading.defined.add(("p1", one.value(P1, "Name")))
        reading.defined.add(("p2", one.value(P2, "Name")))
        reading.defined.add(("gateway", one.value(GATEWAY, "Gateway Name")))
        reading.defined.add(("interface", one.value(TUNNEL_IF, "Tunnel Interface Name")))
        reading.used.add(("p1", one.value(GATEWAY, "Phase 1 Proposal")))
        reading.used.add(("p2", one.value(VPN, "Phase 2 Proposal")))
        reading.used.add(("gateway", one.value(VPN, "Gateway")))
        reading.used.add(("interface", one.value(VPN, "Bind to Tunnel Interface")))
    assert reading.defined == reading.used
    return reading


def _read_steps(steps: Steps, both: Steps) -> TunnelReading:
    p1, gateway, p2, interface, vpn = map(steps.only, (P1, GATEWAY, P2, TUNNEL_IF, VPN))
    assert gateway["IP Address/Hostname"] == gateway["Peer ID"]
    assert vpn["Bind to Tunnel Interface"] == interface["Tunnel Interface Name"]
    assert (vpn["Replay Protection"], vpn["Transport Mode"]) == ("checked", "unchecked")
    assert vpn["VPN Name"] in gateway["Gateway Name"]
    assert steps.value(LINE, COMMANDS) == f"set vpn {vpn['VPN Name']} df-bit clear"
    first, second, *_ = both.value(LINE, COMMANDS).splitlines()
    assert second == "set zone Trust asymmetric-vpn"
    return TunnelReading(
        ike_version="ikev1",
        psk=gateway["Preshared Key"],
        customer_outside=gateway["Local ID"],
        endpoint_outside=gateway["IP Address/Hostname"],
        customer_inside=interface["IP Address/Netmask"],
        ike=(p1["Encryption Algorithm"], p1["Hash Algorithm"], p1["DH Group"]),
        ike_lifetime=int(p1["Lifetime"].removesuffix(" Sec")),
        esp=(
            p2["Encryption Algorithm"],
            p2["Authentication Algorithm"],
            p2["Perfect Forward Secrecy"],
        ),
        esp_lifetime=int(p2["Lifetime In Time"].removesuffix(" Sec")),
        dpd_interval=int(gateway["DPD Interval"]),
        dpd_retries=int(gateway["DPD Retry"]),
        mtu=int(interface["Maximum Transfer Unit (MTU)"]),
        mss=int(first.removeprefix("set flow vpn-tcp-mss ")),
        selectors=(vpn["Local IP/Netmask"], vpn["Remote IP/Netmask"]),
        **_steps_to_routes(steps, both, vpn),
    )


def _steps_to_routes(steps: Steps, both: Steps, vpn: Step) -> dict[str, object]:
    tunnel = vpn["Bind to Tunnel Interface"]
    if steps.every(ROUTE):
        route = steps.only(ROUTE)
        assert (vpn["VPN Monitor"], vpn["Rekey"]) == ("checked", "checked")
        assert vpn["Source Interface"] == route["Interface"] == tunnel
        assert int(route["Preference"]) == 10 + 10 * int(tunnel[-1])
        assert "set vpnmonitor interval 10\nset vpnmonitor threshold 3" in both.value(
            LINE, COMMANDS
        )
        return {
            "endpoint_inside": vpn["Destination IP"],
            "bgp": None,
            "route": route["IP Address/Netmask"],
        }
    neighbour, configured = steps.only(NEIGHBORS), steps.only(CONFIGURE)
    instance = both.only(INSTANCE)
    assert steps.only(TUNNEL_BGP).about == tunnel
    assert (instance["BGP Enabled"], configured["Peer Enabled"]) == ("checked", "checked")
    assert both.value(NETWORKS, "IP/Netmask") == "<LOCAL NETWORK>"
    numbers = instance["AS Number"], neighbour["AS Number"], configured["Hold Time"]
    assert int(configured["Hold Time"]) == 3 * int(configured["Keepalive"])
    return {
        "endpoint_inside": neighbour["Remote IP"],
        "bgp": tuple(map(int, numbers)),
        "route": None,
    }


def _cli(release: float) -> Callable[[str], Reading]:
    return lambda text: read(text, release)


READERS = {
    "juniper/screenos_6_1.j2": Reader(read=_cli(6.1), unsaid=frozenset({"mtu"})),
    "juniper/screenos.j2": Reader(read=_cli(6.3)),
    "juniper/screenos_gui.j2": Reader(read=read_gui),
}
