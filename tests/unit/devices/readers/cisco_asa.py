"""Cisco's ASA: with a crypto map, or with tunnel interfaces."""

import re
from ipaddress import ip_network

from unit.devices.grammars.asa import ASA_8, ASA_9, ASA_VTI
from unit.devices.grammars.modes import Node, parse
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading, masked
from unit.devices.sections import tunnel_sections


def read_vti(text: str) -> Reading:
    whole = parse(ASA_VTI, text)
    root = whole.root
    _check_globals(root)
    reading = Reading(tunnels=[], defined=whole.defined, used=whole.used)
    for number, section in enumerate(tunnel_sections(text), start=1):
        own = parse(ASA_VTI, section)
        assert own.used <= own.defined, "a tunnel's section stands for itself"
        interface = own.root.one("interface Tunnel")
        assert interface.values["tunnel"] == str(number)
        reading.tunnels.append(_vti(own.root, root, interface))
    return reading


def _vti(own: Node, root: Node, interface: Node) -> TunnelReading:
    peer = interface.get("tunnel destination", "tunnel-group")
    assert interface.one("tunnel mode ipsec ipv4")
    assert interface.one("no shutdown")
    outside = interface.get("tunnel source interface", "interface")
    profile = own.named(
        "crypto ipsec profile",
        "ipsec-profile",
        interface.get("tunnel protection ipsec profile", "ipsec-profile"),
    )
    version = "ikev1" if profile.all("set ikev1 transform-set") else "ikev2"
    assert root.get(f"crypto {version} enable", "interface") == outside
    policy = own.one(f"crypto {version} policy")
    ike, ike_lifetime = _ikev1(policy) if version == "ikev1" else _ikev2(policy)
    psk, interval = _secret(own, peer, version)
    found = re.fullmatch(r"vpn-\w+ tunnel [12], (\S+) to (\S+)", _text(interface))
    assert found
    assert found[2] == peer
    bgp, route, neighbour = _routing(own, interface.get("nameif", "nameif"))
    inside = interface.one("ip address").values
    return TunnelReading(
        ike_version=version,
        psk=psk,
        customer_outside=found[1],
        endpoint_outside=peer,
        customer_inside=f"{inside['address']}/{ip_network('0.0.0.0/' + inside['mask']).prefixlen}",
        endpoint_inside=neighbour,
        ike=ike,
        ike_lifetime=ike_lifetime,
        esp=(*_transforms(own, profile, version), profile.get("set pfs", "value")),
        esp_lifetime=int(profile.get("set security-association lifetime seconds", "value")),
        dpd_interval=interval,
        dpd_retries=UNSAID,
        mtu=UNSAID,
        mss=int(root.get("sysopt connection tcpmss", "value")),
        selectors=UNSAID,
        bgp=bgp,
        route=route,
    )


def _check_globals(root: Node) -> None:
    assert root.get("crypto isakmp identity", "value") == "address"
    interfaces = {
        root.get("crypto ipsec df-bit clear-df", "interface"),
        root.get("crypto ipsec fragmentation before-encryption", "interface"),
    }
    assert interfaces == {"<OUTSIDE INTERFACE>"}
    assert root.one("crypto ipsec security-association replay window-size")


def _text(interface: Node) -> str:
    return interface.get("description", "text")


def _ikev1(policy: Node) -> tuple[tuple[str, str, str], int]:
    assert policy.one("authentication pre-share")
    encryption, integrity, group = (
        policy.get(one, "value") for one in ("encryption", "hash", "group")
    )
    return (encryption, integrity, group), int(policy.get("lifetime", "value"))


def _ikev2(policy: Node) -> tuple[tuple[str, str, str], int]:
    encryption, integrity, prf, group = (
        policy.get(one, "value") for one in ("encryption", "integrity", "prf", "group")
    )
    assert integrity == ("null" if "gcm" in encryption else prf)
    return (encryption, prf, group), int(policy.get("lifetime seconds", "value"))


def _secret(own: Node, peer: str, version: str) -> tuple[str, int]:
    """The key that is bound to the peer, and the seconds between DPD's questions."""
    groups = [one for one in own.all("tunnel-group") if one.values["tunnel-group"] == peer]
    (group,) = [one for one in groups if one.children]
    secrets = [one for one in group.children if one.rule.endswith("pre-shared-key")]
    assert len(secrets) == (2 if version == "ikev2" else 1)
    keys = {one.values["key"] for one in secrets}
    assert len(keys) == 1
    keepalive = group.one("isakmp keepalive threshold").values
    return keys.pop(), int(keepalive["interval"])


def _transforms(own: Node, profile: Node, version: str) -> tuple[str, str]:
    if version == "ikev1":
        name = profile.get("set ikev1 transform-set", "transform-set")
        words = own.named("crypto ipsec ikev1 transform-set", "transform-set", name).values
        return words["encryption"], words["integrity"]
    name = profile.get("set ikev2 ipsec-proposal", "ipsec-proposal")
    proposal = own.named("crypto ipsec ikev2 ipsec-proposal", "ipsec-proposal", name)
    encryption = proposal.get("protocol esp encryption", "value")
    integrity = proposal.get("protocol esp integrity", "value")
    assert ("gcm" in encryption) == (integrity == "null")
    return encryption, integrity.replace("null", "")


def _routing(own: Node, nameif: str) -> tuple[tuple[int, int, int] | None, str | None, str]:
    """The BGP session or the static route; and the endpoint's inside address."""
    if not own.all("router bgp"):
        words = own.one("route").values
        assert words["interface"] == nameif
        return None, masked(words["network"], words["mask"]), words["hop"]
    bgp = own.one("router bgp")
    family = bgp.one("address-family ipv4 unicast")
    remote, timers, active = family.all("neighbor")
    neighbour = remote.values["neighbor"]
    assert timers.values["neighbor"] == active.values["neighbor"] == neighbour
    assert family.one("network")
    hold = int(timers.values["hold"])
    assert hold == 3 * int(timers.values["keepalive"])
    return (int(bgp.values["asn"]), int(remote.values["asn"]), hold), None, neighbour


def read(text: str) -> Reading:
    """Read the file with a crypto map."""
    old = "crypto isakmp policy" in text
    grammar = ASA_8 if old else ASA_9
    whole = parse(grammar, text)
    _check_globals(whole.root)
    reading = Reading(tunnels=[], defined=whole.defined, used=whole.used)
    for number, section in enumerate(tunnel_sections(text)):
        own = parse(grammar, section).root
        reading.tunnels.append(_mapped(number, own, whole.root, old=old))
    return reading


def _mapped(number: int, own: Node, root: Node, *, old: bool) -> TunnelReading:
    ikev1 = "" if old else "ikev1 "
    entry = _Map(root)
    peer = entry.peers[number]
    isakmp = "isakmp" if old else "ikev1"
    assert root.get(f"crypto {isakmp} enable", "interface") == entry.interface
    transforms = own.one(f"crypto ipsec {ikev1}transform-set").values
    assert transforms["transform-set"] == entry.transform_sets[number]
    ike, ike_lifetime = _ikev1(own.one(f"crypto {isakmp} policy"))
    psk, interval = _secret(own, peer, "ikev1")
    route = root.one("route").values
    assert (route["interface"], route["hop"]) == (entry.interface, "<NEXT HOP>")
    remark = next(one for one in root.all("access-list") if "text" in one.values)
    outside = remark.values["text"].removeprefix("VPN of ")
    return TunnelReading(
        ike_version="ikev1",
        psk=psk,
        customer_outside=outside,
        endpoint_outside=peer,
        customer_inside=UNSAID,
        endpoint_inside=UNSAID,
        ike=ike,
        ike_lifetime=ike_lifetime,
        esp=(transforms["encryption"], transforms["integrity"], entry.pfs),
        esp_lifetime=entry.lifetime,
        dpd_interval=interval,
        dpd_retries=UNSAID,
        mtu=UNSAID,
        mss=int(root.get("sysopt connection tcpmss", "value")),
        selectors=UNSAID,
        bgp=None,
        route=masked(route["network"], route["mask"]),
    )


class _Map:
    """The crypto map's only entry."""

    def __init__(self, root: Node) -> None:
        lines = [one.values for one in root.all("crypto map")]
        words = {name: value for line in lines for name, value in line.items()}
        assert len({line["map"] for line in lines}) == 1
        assert {line.get("number", "1") for line in lines} == {"1"}
        self.interface = words["interface"]
        values = [line["value"] for line in lines if "value" in line]
        kind, self.pfs, lifetime = values
        assert kind == "originate-only"
        self.lifetime = int(lifetime)
        seconds = [line["second"] for line in lines if "second" in line]
        self.peers = [words["tunnel-group"], seconds[0]]
        self.transform_sets = [words["transform-set"], seconds[1]]


_UNSAID = frozenset({"dpd_retries", "mtu", "selectors"})
READERS = {
    "cisco/asa.j2": Reader(
        read=read,
        unsaid=_UNSAID | {"customer_inside", "endpoint_inside"},
        shared=frozenset({"esp_lifetime"}),
    ),
    "cisco/asa_vti.j2": Reader(read=read_vti, unsaid=_UNSAID),
}
