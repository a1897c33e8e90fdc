"""Comware 5: views, each with the commands that it has; `quit` leaves a view."""

import re
from ipaddress import IPv4Interface, IPv4Network

from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import tunnel_sections

IP = r"\d+\.\d+\.\d+\.\d+"
ADDRESS = rf"({IP})"
NAME = r"(\w{1,15})"
NETWORK = r"((?:\d[\d.]+|<[A-Z ]+>) (?:\d[\d.]+|<[A-Z ]+>))"
VIEWS = {
    "": (
        rf"nqa schedule admin {NAME} start-time now lifetime forever",
        rf"track (\d+) nqa entry admin {NAME} reaction 1",
        rf"ip route-static {NETWORK} {ADDRESS} track (\d+) preference \d+",
        r"ipsec anti-replay check",
        r"ipsec anti-replay window 128",
        r"system-view",
    ),
    rf"ike dpd {NAME}": (r"interval-time (\d+)", r"time-out (\d+)"),
    r"ike proposal (\d+)": (
        r"authentication-method (pre-share)",
        r"encryption-algorithm (aes-cbc (?:128|192|256))",
        r"authentication-algorithm (md5|sha)",
        r"dh (group(?:1|2|5|14))",
        r"sa duration (\d+)",
    ),
    rf"ike peer {NAME}": (
        r"exchange-mode (main|aggressive)",
        r"proposal (\d+)",
        r"pre-shared-key simple (\S{1,128})",
        rf"local-address {ADDRESS}",
        rf"remote-address {ADDRESS}",
        r"(nat traversal)",
        rf"dpd {NAME}",
    ),
    rf"ipsec transform-set {NAME}": (
        r"encapsulation-mode (tunnel|transport)",
        r"transform (esp|ah|ah-esp)",
        r"esp encryption-algorithm (aes-cbc-(?:128|192|256))",
        r"esp authentication-algorithm (md5|sha1)",
    ),
    rf"ipsec profile {NAME}": (
        rf"ike-peer {NAME}",
        rf"transform-set {NAME}",
        r"pfs (dh-group(?:1|2|5|14))",
        r"sa duration time-based (\d+)",
    ),
    r"interface Tunnel (\d+)": (
        r"tunnel-protocol (ipsec ipv4)",
        r"ip address (\S+ \S+)",
        rf"source {ADDRESS}",
        rf"destination {ADDRESS}",
        rf"ipsec profile {NAME}",
        r"mtu (\d+)",
        r"tcp mss (\d+)",
        r"(undo shutdown)",
    ),
    rf"nqa entry admin {NAME}": (
        r"type (icmp-echo)",
        rf"destination ip {ADDRESS}",
        rf"source ip {ADDRESS}",
        r"frequency (\d+)",
        r"probe timeout (\d+)",
        r"reaction 1 checked-element (probe-fail) threshold-type consecutive \d+"
        r" action-type trigger-only",
    ),
    r"bgp (\d+)": (
        rf"peer ({IP} as-number \d+)",
        rf"peer ({IP} timer keepalive \d+ hold \d+)",
        rf"peer ({IP} preferred-value \d+)",
        rf"router-id {ADDRESS}",
        rf"network {NETWORK}",
    ),
}
Views = dict[str, list[tuple[str, dict[str, str]]]]
"By the view's first words: its name or number, and its commands by their patterns' first words."


def views(text: str) -> Views:
    """Read a text's views; the view of the system is under the empty word."""
    found: Views = {"": [("", {})]}
    current, here = "", found[""][0][1]
    for line in text.splitlines():
        command = line.strip()
        if not command or command.startswith("#"):
            continue
        if command == "quit":
            assert current, "quit would leave the system view"
            current, here = "", found[""][0][1]
            continue
        opened = [(one, re.fullmatch(one, command)) for one in VIEWS if one and not current]
        for pattern, match in opened:
            if match:
                current, here = pattern, {}
                found.setdefault(_head(pattern), []).append((match[1], here))
                break
        else:
            pattern, match = next(
                (one, match) for one in VIEWS[current] if (match := re.fullmatch(one, command))
            )
            assert not current or _head(pattern) not in here, f"twice: {command}"
            here[_head(pattern)] = " ".join(match.groups())
    assert not current, f"{current} is not left"
    return found


def _head(pattern: str) -> str:
    words = re.sub(r" ?reaction 1.*", "reaction", pattern)
    if words.startswith("peer ("):
        return words.split()[0] + " " + next(
            one for one in ("as-number", "timer", "preferred-value") if one in words
        )  # fmt: skip
    return words.split(" (")[0] if " (" in words else words.strip("()")


def read(text: str) -> Reading:
    everything = views(text)
    reading = Reading(tunnels=[_tunnel(views(section)) for section in tunnel_sections(text)])
    for kind in ("ike dpd", "ike proposal", "ike peer", "ipsec transform-set", "ipsec profile",
                 "nqa entry admin"):  # fmt: skip
        reading.defined.update((kind, name) for name, _ in everything.get(kind, []))
    for kind, command, view in (
        ("ike dpd", "dpd", "ike peer"),
        ("ike proposal", "proposal", "ike peer"),
        ("ike peer", "ike-peer", "ipsec profile"),
        ("ipsec transform-set", "transform-set", "ipsec profile"),
        ("ipsec profile", "ipsec profile", "interface Tunnel"),
    ):
        reading.used.update((kind, values[command]) for _, values in everything[view])
    assert len({number for number, _ in everything.get("bgp", [])}) < 2
    return reading


def _tunnel(section: Views) -> TunnelReading:
    def only(view: str) -> tuple[str, dict[str, str]]:
        (found,) = section[view]
        return found

    _, dpd = only("ike dpd")
    _, proposal = only("ike proposal")
    _, peer = only("ike peer")
    _, transform = only("ipsec transform-set")
    _, profile = only("ipsec profile")
    _, interface = only("interface Tunnel")
    assert (peer["local-address"], peer["remote-address"]) == (
        interface["source"],
        interface["destination"],
    )
    for kind, named in (
        ("ike dpd", peer["dpd"]),
        ("ike proposal", peer["proposal"]),
        ("ike peer", profile["ike-peer"]),
        ("ipsec transform-set", profile["transform-set"]),
        ("ipsec profile", interface["ipsec profile"]),
    ):
        assert only(kind)[0] == named, "of this tunnel"
    assert dpd["interval-time"] == dpd["time-out"]
    assert peer["exchange-mode"] == "main"
    assert (transform["encapsulation-mode"], transform["transform"]) == ("tunnel", "esp")
    inside = IPv4Interface(interface["ip address"].replace(" ", "/"))
    bgp, route, neighbour = _routing(section, str(inside.ip))
    assert neighbour in [str(one) for one in inside.network.hosts()]
    return TunnelReading(
        ike_version="ikev1",
        psk=peer["pre-shared-key simple"],
        customer_outside=peer["local-address"],
        endpoint_outside=peer["remote-address"],
        customer_inside=str(inside),
        endpoint_inside=neighbour,
        ike=(
            proposal["encryption-algorithm"],
            proposal["authentication-algorithm"],
            proposal["dh"],
        ),
        ike_lifetime=int(proposal["sa duration"]),
        esp=(
            transform["esp encryption-algorithm"],
            transform["esp authentication-algorithm"],
            profile["pfs"],
        ),
        esp_lifetime=int(profile["sa duration time-based"]),
        dpd_interval=int(dpd["interval-time"]),
        dpd_retries=UNSAID,
        mtu=int(interface["mtu"]),
        mss=int(interface["tcp mss"]),
        selectors=UNSAID,
        bgp=bgp,
        route=route,
    )


def _routing(section: Views, local: str) -> tuple[tuple[int, int, int] | None, str | None, str]:
    if "bgp" in section:
        ((ours, session),) = section["bgp"]
        neighbour, _, theirs = session["peer as-number"].split()
        timed, *_, hold = session["peer timer"].split()
        assert neighbour == timed == session["peer preferred-value"].split()[0]
        return (int(ours), int(theirs), int(hold)), None, neighbour
    ((test, watch),) = section["nqa entry admin"]
    system = section[""][0][1]
    network, via, tracked = re.fullmatch(
        r"(\S+ \S+|<.*> <.*>) (\S+) (\d+)", system["ip route-static"]
    ).groups()
    assert system["track"] == f"{tracked} {test}"
    assert system["nqa schedule admin"] == test
    assert (watch["source ip"], watch["destination ip"]) == (local, via)
    return None, _cidr(network), via


def _cidr(network: str) -> str:
    marks = re.fullmatch(r"<([A-Z]+ NETWORK) ADDRESS> <\1 MASK>", network)
    return f"<{marks[1]}>" if marks else str(IPv4Network(network.replace(" ", "/")))


READERS = {
    # A tunnel interface's selectors are 0.0.0.0/0; DPD's number of retries is fixed.
    "h3c/comware.j2": Reader(read=read, unsaid=frozenset({"selectors", "dpd_retries"}))
}
