"""Cisco's routers: IOS and IOS XE."""

import re
from ipaddress import ip_network

from unit.devices.grammars.ios import GRAMMAR
from unit.devices.grammars.modes import Node, Script, parse
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading, masked
from unit.devices.sections import tunnel_sections


def read(text: str) -> Reading:
    return _read(text, selectors=False)


def read_xe(text: str) -> Reading:
    return _read(text, selectors=True)


def _read(text: str, *, selectors: bool) -> Reading:
    whole = parse(GRAMMAR, text)
    root = whole.root
    assert root.get("crypto ipsec df-bit", "value") == "clear"
    assert root.get("crypto ipsec fragmentation", "value") == "before-encryption"
    assert root.one("crypto ipsec security-association replay window-size")
    reading = Reading(tunnels=[], defined=whole.defined, used=whole.used)
    for number, section in enumerate(tunnel_sections(text), start=1):
        own = parse(GRAMMAR, section)
        interface = own.root.one("interface Tunnel")
        assert interface.values["tunnel"] == str(number)
        reading.tunnels.append(_tunnel(own, root, interface, selectors=selectors))
        assert own.used <= own.defined, "a tunnel's section stands for itself"
    policies = [one.values for one in root.all("crypto isakmp policy")]
    assert len({one["name"] for one in policies}) == len(policies)
    return reading


def _tunnel(own: Script, root: Node, interface: Node, *, selectors: bool) -> TunnelReading:
    peer = interface.get("tunnel destination", "address")
    profile = own.root.named(
        "crypto ipsec profile",
        "ipsec-profile",
        interface.get("tunnel protection ipsec profile", "ipsec-profile"),
    )
    ikev1 = bool(profile.all("set isakmp-profile"))
    known = (_isakmp if ikev1 else _ikev2)(own.root, root, profile, interface)
    ipv6 = interface.get("tunnel mode ipsec", "mode") == "ipv4 v6-overlay"
    assert ipv6 or interface.get("tunnel mode ipsec", "mode") == "ipv4"
    family = "ipv6" if ipv6 else "ip"
    bgp, route, neighbour = _routing(own.root, interface)
    assert interface.one("no shutdown")
    return TunnelReading(
        ike_version="ikev1" if ikev1 else "ikev2",
        endpoint_outside=peer,
        customer_inside=_inside(interface, ipv6=ipv6),
        endpoint_inside=neighbour,
        esp=_esp(own.root, profile),
        esp_lifetime=int(profile.get("set security-association lifetime seconds", "value")),
        dpd_retries=UNSAID,
        mtu=int(interface.get(f"{family} mtu", "value")),
        mss=int(interface.get(f"{family} tcp adjust-mss", "value")),
        selectors=_selectors(own.root, interface, ipv6=ipv6) if selectors else UNSAID,
        bgp=bgp,
        route=route,
        **known,
    )


def _isakmp(own: Node, root: Node, profile: Node, interface: Node) -> dict[str, object]:
    peer = interface.get("tunnel destination", "address")
    name = profile.get("set isakmp-profile", "isakmp-profile")
    isakmp = own.named("crypto isakmp profile", "isakmp-profile", name)
    match = isakmp.one("match identity address").values
    assert (match["peer"], match["mask"]) == (peer, "255.255.255.255")
    keyring = own.named("crypto keyring", "keyring", isakmp.get("keyring", "keyring"))
    secret = keyring.one("pre-shared-key address").values
    assert secret["peer"] == peer, "the key is another peer's"
    source = interface.get("tunnel source", "address")
    assert source == keyring.get("local-address", "address")
    assert source == isakmp.get("local-address", "address")
    policy = own.one("crypto isakmp policy")
    assert policy.get("authentication", "value") == "pre-share"
    keepalive = root.one("crypto isakmp keepalive").values
    assert keepalive["kind"] == "periodic"
    return {
        "psk": secret["key"],
        "customer_outside": _translated(interface) if source.startswith("<") else source,
        "ike": tuple(policy.get(one, "value") for one in ("encryption", "hash", "group")),
        "ike_lifetime": int(policy.get("lifetime", "value")),
        "dpd_interval": int(keepalive["interval"]),
    }


def _ikev2(own: Node, root: Node, profile: Node, interface: Node) -> dict[str, object]:
    peer = interface.get("tunnel destination", "address")
    name = profile.get("set ikev2-profile", "ikev2-profile")
    ikev2 = own.named("crypto ikev2 profile", "ikev2-profile", name)
    match = ikev2.one("match identity remote address").values
    assert (match["peer"], match["mask"]) == (peer, "255.255.255.255")
    source = interface.get("tunnel source", "address")
    method = ikev2.get("authentication local", "method")
    assert method == ikev2.get("authentication remote", "method")
    psk, identity = None, source
    if method == "pre-share":
        ring = ikev2.get("keyring local", "ikev2-keyring")
        (entry,) = own.named("crypto ikev2 keyring", "ikev2-keyring", ring).all("peer")
        assert entry.get("address", "address") == peer, "the key is another peer's"
        psk, identity = (
            entry.get("pre-shared-key", "key"),
            ikev2.get("identity local address", "address"),
        )
        assert identity == _translated(interface)
    else:
        assert ikev2.one("identity local dn")
        assert ikev2.get("pki trustpoint", "name") == "<DEVICE CERTIFICATE>"
    proposal = own.one("crypto ikev2 proposal")
    policy = root.one("crypto ikev2 policy")
    offered = [one.values["ikev2-proposal"] for one in policy.all("proposal")]
    assert proposal.values["ikev2-proposal"] in offered
    local = policy.get("match address local", "address")
    assert (local.startswith("<"), source.startswith("<")) in {(True, True), (False, False)}
    assert local.startswith("<") or local == source
    encryption = proposal.get("encryption", "value")
    hashed = "prf" if "gcm" in encryption else "integrity"
    dpd = ikev2.one("dpd").values
    return {
        "psk": psk,
        "customer_outside": identity,
        "ike": (encryption, proposal.get(hashed, "value"), proposal.get("group", "value")),
        "ike_lifetime": int(ikev2.get("lifetime", "value")),
        "dpd_interval": int(dpd["interval"]),
    }


def _translated(interface: Node) -> str:
    """The address that the world sees."""
    pattern = r"vpn-[0-9a-f]+ tunnel [12], (\S+) to (\S+)"
    found = re.fullmatch(pattern, interface.get("description", "text"))
    assert found
    assert found[2] == interface.get("tunnel destination", "address")
    return found[1]


def _esp(own: Node, profile: Node) -> tuple[str, str, str]:
    name = profile.get("set transform-set", "transform-set")
    transforms = own.named("crypto ipsec transform-set", "transform-set", name)
    assert transforms.get("mode", "value") == "tunnel"
    words = transforms.values
    return words["encryption"], words.get("integrity", ""), profile.get("set pfs", "value")


def _inside(interface: Node, *, ipv6: bool) -> str:
    if ipv6:
        assert interface.one("ipv6 enable")
        return interface.get("ipv6 address", "address")
    words = interface.one("ip address").values
    length = ip_network(f"0.0.0.0/{words['mask']}").prefixlen
    return f"{words['address']}/{length}"


def _selectors(own: Node, interface: Node, *, ipv6: bool) -> tuple[str, str]:
    names = interface.all("tunnel protection ipsec policy ipv4")
    if not names:
        return ("::/0", "::/0") if ipv6 else ("0.0.0.0/0", "0.0.0.0/0")
    name = names[0].values["access-list"]
    rules = own.named("ip access-list extended", "access-list", name)
    words = rules.one("permit ip").values
    return _wildcard(words["local"]), _wildcard(words["remote"])


def _wildcard(text: str) -> str:
    return "0.0.0.0/0" if text == "any" else str(ip_network(text.replace(" ", "/")))


def _routing(own: Node, interface: Node) -> tuple[tuple[int, int, int] | None, str | None, str]:
    """The BGP session or the static route; and the endpoint's inside address."""
    tunnel = interface.values["tunnel"]
    if own.all("router bgp"):
        return _session(own.one("router bgp"))
    (route,) = own.all("ip route") + own.all("ipv6 route")
    words = route.values
    assert (words["tunnel"], words["distance"]) == (tunnel, tunnel)
    if "track" in words:
        sla = own.named("ip sla", "sla", own.one("track").values["sla"])
        assert own.get("track", "track") == words["track"]
        assert own.get("ip sla schedule", "sla") == sla.values["sla"]
        echo = sla.one("icmp-echo").values
        assert (echo["target"], echo["tunnel"]) == (words["hop"], tunnel)
        assert int(sla.get("threshold", "value")) <= int(sla.get("timeout", "value"))
        assert int(sla.get("timeout", "value")) <= 1000 * int(sla.get("frequency", "value"))
    return None, _network(words), words["hop"]


def _session(bgp: Node) -> tuple[tuple[int, int, int], None, str]:
    remote, timers = bgp.all("neighbor")
    neighbour = remote.values["neighbor"]
    assert timers.values["neighbor"] == neighbour
    families = {one.values["family"]: one for one in bgp.all("address-family")}
    active = families["ipv6" if ":" in neighbour else "ipv4"]
    assert {one.values["neighbor"] for one in active.all("neighbor")} == {neighbour}
    assert active.one("network")
    hold = int(timers.values["hold"])
    assert hold == 3 * int(timers.values["keepalive"])
    return (int(bgp.values["asn"]), int(remote.values["asn"]), hold), None, neighbour


def _network(words: dict[str, str]) -> str:
    if "mask" not in words:
        return words["network"]
    return masked(words["network"], words["mask"])


_UNSAID = frozenset({"dpd_retries"})
READERS = {
    "cisco/ios.j2": Reader(read=read, unsaid=_UNSAID | {"selectors"}),
    "cisco/ios_xe.j2": Reader(read=read_xe, unsaid=_UNSAID),
}
