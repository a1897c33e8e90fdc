"""FortiGate: the command line, and the screens, whose steps have commands among them."""

import re
from ipaddress import ip_address, ip_network

from unit.devices.grammars import fortios
from unit.devices.grammars.fortios import Entry
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading, masked
from unit.devices.sections import HEAD, sections, tunnel_sections

_SOFTWARE = re.compile(r"^(?:# )?Configuration for Fortinet, .*, FortiOS (\S+)\+", re.MULTILINE)


def version(text: str) -> str:
    """The version for which a file is, by its head."""
    (found,) = re.findall(
        r"^(?:# )?Configuration for Fortinet, .*, FortiOS (\S+)\+", text, re.MULTILINE
    )
    return found


def read_commands(text: str) -> Reading:
    syntax = version(text)
    reading = Reading(tunnels=[])
    common = Entry("")
    for title, section in sections(text):
        parsed = fortios.parse(section, syntax)
        if not title.startswith("IPSec Tunnel"):
            assert title != HEAD or not parsed.tables
            assert not parsed.tables.keys() & common.tables.keys()
            common.tables |= parsed.tables
    reading.defined |= {("peer", one.name) for one in common.tables.get("user peer", [])}
    for section in tunnel_sections(text):
        reading.tunnels.append(_tunnel(fortios.parse(section, syntax), common, reading))
    return reading


def _tunnel(own: Entry, common: Entry, reading: Reading) -> TunnelReading:
    phase1, phase2 = own.one("vpn ipsec phase1-interface"), own.one("vpn ipsec phase2-interface")
    interface = own.one("system interface")
    reading.defined.add(("interface", phase1.name))
    reading.used |= {("interface", interface.name), ("interface", phase2["phase1name"])}
    if "peer" in phase1.values:
        assert phase1["peertype"] == "peer"
        reading.used.add(("peer", phase1["peer"]))
    psk = phase1["authmethod"] == "psk"
    assert psk == ("psksecret" in phase1.values) != ("certificate" in phase1.values)
    assert phase1.values.get("localid", phase1["local-gw"]) == phase1["local-gw"]
    ike_version = f"ikev{phase1.values.get('ike-version', '1')}"
    assert (ike_version == "ikev1") == ("mode" in phase1.values), "IKEv2 has no mode"
    assert phase1["dpd"] in {"enable", "on-idle"}
    assert phase2["pfs"] == phase2["replay"] == "enable"
    assert phase2["keylife-type"] == "seconds"
    inside, far = _inside(interface)
    selectors = _selectors(phase2)
    admitted = ip_address(far) in ip_network(selectors[1])
    bgp, route = routing(own, common, phase1.name, far, admitted=admitted)
    policies = _policies(own.tables["firewall policy"], phase1.name, interface["tcp-mss"])
    reading.used |= {("interface", name) for name in policies}
    return TunnelReading(
        ike_version=ike_version,
        psk=phase1["psksecret"] if psk else None,
        customer_outside=phase1["local-gw"],
        endpoint_outside=phase1["remote-gw"],
        customer_inside=inside,
        endpoint_inside=far,
        ike=_proposal(phase1),
        ike_lifetime=int(phase1["keylife"]),
        esp=_proposal(phase2),
        esp_lifetime=int(phase2["keylifeseconds"]),
        dpd_interval=int(phase1["dpd-retryinterval"]),
        dpd_retries=int(phase1["dpd-retrycount"]),
        mtu=_mtu(interface),
        mss=int(interface["tcp-mss"]),
        selectors=selectors,
        bgp=bgp,
        route=route,
    )


def _proposal(phase: Entry) -> tuple[str, str, str]:
    encryption, _, integrity = phase["proposal"].partition("-")
    return encryption, integrity.removeprefix("prf"), phase["dhgrp"]


def _mtu(interface: Entry) -> int:
    if "mtu" not in interface.values:
        return UNSAID
    assert interface["mtu-override"] == "enable", "the device ignores the MTU"
    return int(interface["mtu"])


def _inside(interface: Entry) -> tuple[str, str]:
    """The device's address with the length of the link's network, and the endpoint's."""
    if "ipv6" in interface.tables:
        inside = interface.one("ipv6")["ip6-address"]
        first = ip_network(inside, strict=False)[1]
        return inside, str(first)
    near, own_mask = interface["ip"].split()
    far, *mask = interface["remote-ip"].split()
    assert own_mask == "255.255.255.255", "the address of one end of a link"
    link = smallest(near, far)
    assert not mask or mask == [str(link.netmask)]
    return f"{near}/{link.prefixlen}", far


def smallest(near: str, far: str):
    """The smallest network in which both are hosts, not its address nor its broadcast."""
    ends = {ip_address(near), ip_address(far)}
    for length in range(30, 0, -1):
        link = ip_network(f"{near}/{length}", strict=False)
        if ends <= set(link.hosts()):
            return link
    raise ValueError((near, far))


def _selectors(phase2: Entry) -> tuple[str, str]:
    if phase2["src-addr-type"] == "subnet6":
        assert phase2["dst-addr-type"] == "subnet6"
        return phase2["src-subnet6"], phase2["dst-subnet6"]
    assert phase2["src-addr-type"] == phase2["dst-addr-type"] == "subnet"
    return cidr(phase2["src-subnet"]), cidr(phase2["dst-subnet"])


def cidr(text: str) -> str:
    """An address with its mask as a CIDR block; a mark as the network's mark."""
    (pair,) = re.findall(r"^(\S+|<.+>) (\S+|<.+>)$", text)
    return masked(*pair)


def routing(
    own: Entry, common: Entry, name: str, far: str, *, admitted: bool
) -> tuple[tuple[int, int, int] | None, str | None]:
    """BGP's numbers, or the static route's network; a monitor if the selectors admit its pings."""
    if "router bgp" not in own.tables:
        return None, _static(own, name, far, admitted=admitted)
    assert not any(table.startswith("router static") for table in own.tables | common.tables)
    process, neighbor = common.one("router bgp"), own.one("router bgp").one("neighbor")
    six = "6" if ":" in far else ""
    (network,) = process.tables[f"network{six}"]
    (announced,) = network.values.values()
    assert announced in {"<LOCAL NETWORK>", "<LOCAL NETWORK ADDRESS> <LOCAL NETWORK MASK>"}
    assert neighbor.name == far, "the neighbor is the tunnel's far end"
    assert neighbor.values.get(f"activate{six}", "enable") == "enable"
    assert neighbor[f"soft-reconfiguration{six}"] == "enable"
    hold = int(neighbor["holdtime-timer"])
    assert int(neighbor["keep-alive-timer"]) * 3 == hold
    return (int(process["as"]), int(neighbor["remote-as"]), hold), None


def _static(own: Entry, name: str, far: str, *, admitted: bool) -> str:
    six = "6" if ":" in far else ""
    route = own.one(f"router static{six}")
    assert route["device"] == name
    assert route["priority"] == f"{name[-1]}0", "tunnel 1 is preferred"
    monitors = own.tables.get("system link-monitor", own.tables.get("router gwdetect", []))
    assert len(monitors) == admitted
    for monitor in monitors:
        _monitors(monitor, name, far)
    return route["dst"] if six else cidr(route["dst"])


def _monitors(monitor: Entry, name: str, far: str) -> None:
    assert monitor.values.get("srcintf", monitor.values.get("interface")) == name
    assert monitor.values.get("addr-mode", "ipv4") == ("ipv6" if ":" in far else "ipv4")
    assert monitor["server"] == far


def _policies(policies: list[Entry], name: str, mss: str) -> set[str]:

    assert {(one["srcintf"], one["dstintf"]) for one in policies} == {
        ("<INSIDE INTERFACE>", name),
        (name, "<INSIDE INTERFACE>"),
    }
    for one in policies:
        assert one["action"] == "accept"
        assert one["nat"] == "disable"
        assert all(one[key] == mss for key in one.values if key.startswith("tcp-mss"))
    return {name}


READERS = {
    "fortinet/cli_7.j2": Reader(read=read_commands),
    "fortinet/cli_4.j2": Reader(read=read_commands, unsaid=frozenset({"mtu"})),
}
