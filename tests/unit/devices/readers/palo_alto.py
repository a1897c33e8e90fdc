"""Palo Alto Networks: `set` commands."""

import re
from ipaddress import ip_address, ip_network
from typing import Any

from unit.devices.grammars import panos
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

_SOFTWARE = re.compile(r"^# Configuration for Palo Alto .*, PANOS (\S+)\+$", re.MULTILINE)
Tree = dict[str, Any]


def read(text: str) -> Reading:
    (version,) = _SOFTWARE.findall(text)
    common: Tree = {}
    for title, section in sections(text):
        parsed = panos.parse(section, version)
        if title in {"Both tunnels", "Security Rules"}:
            assert not parsed.keys() & common.keys()
            common |= parsed
        else:
            assert not parsed or title.startswith("IPSec Tunnel"), title
    _in_order(text)
    reading = Reading(tunnels=[])
    for kind in ("interface-management-profile", "monitor-profile"):
        reading.defined |= {(kind, name) for name in common["network"]["profiles"].get(kind, {})}
    reading.defined |= {
        ("certificate-profile", name)
        for name in common.get("shared", {}).get("certificate-profile", {})
    }
    _rules(common["rulebase"]["security"]["rules"], reading)
    for section in tunnel_sections(text):
        reading.tunnels.append(_tunnel(panos.parse(section, version), common, reading))
    return reading


_KNOWN_FIRST = {
    r"ike-crypto-profiles (\S+) encryption": r"ike-crypto-profile (\S+)$",
    r"ipsec-crypto-profiles (\S+) esp": r"ipsec-crypto-profile (\S+)$",
    r"ike gateway (\S+) peer-address": r"auto-key ike-gateway (\S+)$",
    r"interface tunnel units (\S+) ip ": r"(?:interface|layer3) (tunnel\.\d)$",
    r"network interface (tunnel\.\d)$": r"layer3 (tunnel\.\d)$",
    r"^set zone (\S+) network": r"security rules \S+ (?:from|to) ([^<\s]+)$",
    r"monitor-profile (\S+) interval": r"tunnel-monitor-profile (\S+)$",
    r"redist-profile (\S+) action": r"redist-rules (\S+) enable",
}
"How a name comes about, and how it is referred to: the device knows no name before its time."


def _in_order(text: str) -> None:
    for comes, used in _KNOWN_FIRST.items():
        for use in re.finditer(used, text, re.MULTILINE):
            before = re.findall(comes, text[: use.start()], re.MULTILINE)
            assert use[1] in before, f"{use[0]} before {use[1]} is there"


def _rules(rules: Tree, reading: Reading) -> None:
    ways = {(*rule["from"], *rule["to"]) for rule in rules.values()}
    (zone,) = {zone for way in ways for zone in way} - {"<INSIDE ZONE>"}
    assert ways == {("<INSIDE ZONE>", zone), (zone, "<INSIDE ZONE>")}
    assert all(rule["action"] == "allow" for rule in rules.values())
    reading.used.add(("zone", zone))


def _only(tree: Tree) -> tuple[str, Any]:
    (item,) = tree.items()
    return item


def _tunnel(own: Tree, common: Tree, reading: Reading) -> TunnelReading:
    network = own["network"]
    ike_name, ike = _only(network["ike"]["crypto-profiles"]["ike-crypto-profiles"])
    ipsec_name, ipsec = _only(network["ike"]["crypto-profiles"]["ipsec-crypto-profiles"])
    gateway_name, gateway = _only(network["ike"]["gateway"])
    _, tunnel = _only(network["tunnel"]["ipsec"])
    unit_name, unit = _only(network["interface"]["tunnel"]["units"])
    _, router = _only(network["virtual-router"])
    zone, members = _only(own["zone"])
    version = gateway["protocol"].pop("version", "ikev1")
    used, protocol = _only(gateway["protocol"])
    assert used == version, "the version that the gateway speaks"
    _, proxy = _only(tunnel["auto-key"]["proxy-id"])
    reading.defined |= {
        ("ike", ike_name), ("ipsec", ipsec_name), ("gateway", gateway_name), ("zone", zone),
        ("interface", unit_name),
    }  # fmt: skip
    reading.used |= {
        ("ike", protocol["ike-crypto-profile"]),
        ("ipsec", tunnel["auto-key"]["ipsec-crypto-profile"]),
        ("gateway", tunnel["auto-key"]["ike-gateway"]),
        ("interface", tunnel["tunnel-interface"]),
        ("interface-management-profile", unit["interface-management-profile"]),
    }
    assert own["import"]["network"]["interface"] == [unit_name]
    assert members["network"]["layer3"] == router["interface"] == [unit_name]
    assert protocol["dpd"]["enable"] == tunnel["anti-replay"] == "yes"
    retries = UNSAID
    if version == "ikev1":
        assert protocol["exchange-mode"] == "main"
        retries = int(protocol["dpd"]["retry"])
    (inside,) = unit["ip"]
    selectors = proxy["local"], proxy["remote"]
    bgp, route, far = _routing(router, tunnel, common, unit_name, inside, reading)
    assert ip_address(far) in ip_network(inside, strict=False)
    if not bgp:
        assert ("tunnel-monitor" in tunnel) == (ip_address(far) in ip_network(selectors[1]))
    assert gateway["peer-id"] == {"type": "ipaddr", "id": gateway["peer-address"]["ip"]}
    integrity = ipsec["esp"]["authentication"]
    aead = ipsec["esp"]["encryption"].endswith("gcm")
    assert aead == (integrity == "none")
    psk, outside = _authentication(gateway, reading)
    return TunnelReading(
        ike_version=version,
        psk=psk,
        customer_outside=outside,
        endpoint_outside=gateway["peer-address"]["ip"],
        customer_inside=inside,
        endpoint_inside=far,
        ike=(ike["encryption"], ike["hash"], ike["dh-group"]),
        ike_lifetime=int(ike["lifetime"]["seconds"]),
        esp=(ipsec["esp"]["encryption"], "" if aead else integrity, ipsec["dh-group"]),
        esp_lifetime=int(ipsec["lifetime"]["seconds"]),
        dpd_interval=int(protocol["dpd"]["interval"]),
        dpd_retries=retries,
        mtu=int(unit["mtu"]),
        mss=UNSAID,
        selectors=selectors,
        bgp=bgp,
        route=route,
    )


def _authentication(gateway: Tree, reading: Reading) -> tuple[str | None, str]:
    """The pre-shared key, if there is one, and the device's identity, if it is an address."""
    kind, given = _only(gateway["authentication"])
    if kind == "certificate":
        assert given["local-certificate"]["name"] == "<DEVICE CERTIFICATE>"
        assert gateway["local-id"] == {"type": "dn", "id": "<CERTIFICATE SUBJECT>"}
        reading.used.add(("certificate-profile", given["certificate-profile"]))
        return None, UNSAID
    assert gateway["local-id"]["type"] == "ipaddr"
    return given["key"], gateway["local-id"]["id"]


def _routing(
    router: Tree, tunnel: Tree, common: Tree, unit: str, inside: str, reading: Reading
) -> tuple[tuple[int, int, int] | None, str | None, str]:
    """BGP's numbers, or the network of the static route; and the endpoint's inside address."""
    if "protocol" not in router:
        _, route = _only(router["routing-table"]["ip"]["static-route"])
        far = route["nexthop"]["ip-address"]
        assert route["interface"] == unit
        assert route["metric"] == f"{unit[-1]}0", "tunnel 1 is preferred"
        if "tunnel-monitor" in tunnel:
            monitor = tunnel["tunnel-monitor"]
            assert monitor["enable"] == "yes"
            assert monitor["destination-ip"] == far
            reading.used.add(("monitor-profile", monitor["tunnel-monitor-profile"]))
        return None, route["destination"], far
    _, both = _only(common["network"]["virtual-router"])
    process = both["protocol"]["bgp"]
    group, members = _only(router["protocol"]["bgp"]["peer-group"])
    _, peer = _only(members["peer"])
    reading.defined |= {("group", name) for name in process["peer-group"]}
    reading.defined |= {("redist", name) for name in both["protocol"]["redist-profile"]}
    reading.used |= {("group", group), *(("redist", name) for name in process["redist-rules"])}
    assert process["enable"] == process["install-route"] == peer["enable"] == "yes"
    assert peer["local-address"] == {"interface": unit, "ip": inside}
    options = peer["connection-options"]
    assert int(options["keep-alive-interval"]) * 3 == int(options["hold-time"])
    numbers = int(process["local-as"]), int(peer["peer-as"]), int(options["hold-time"])
    return numbers, None, peer["peer-address"]["ip"]


def read_current(text: str) -> Reading:
    """IKEv2 does not say how many questions may go unanswered, so nothing is asked of IKEv1."""
    reading = read(text)
    for tunnel in reading.tunnels:
        assert tunnel.dpd_retries == 3 or tunnel.ike_version == "ikev2"
        tunnel.dpd_retries = UNSAID
    return reading


READERS = {
    "palo_alto/set_4.j2": Reader(read=read, unsaid=frozenset({"mss"})),
    "palo_alto/set_7.j2": Reader(read=read_current, unsaid=frozenset({"mss", "dpd_retries"})),
}
