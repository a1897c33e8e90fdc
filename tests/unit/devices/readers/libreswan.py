"""libreswan and Openswan: ipsec.conf, ipsec.secrets, `ip` and `iptables` commands, BIRD."""

import re

from unit.devices.grammars.bird import session
from unit.devices.grammars.blocks import fields, one, take_apart
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading, seconds
from unit.devices.sections import sections, tunnel_sections

_KEYWORDS = """
auto left leftid right rightid type authby ike ikelifetime pfs salifetime rekeymargin rekeyfuzz
keyingtries leftsubnet rightsubnet dpddelay dpdtimeout dpdaction
"""
_LIBRESWAN = set(
    f"""{_KEYWORDS} ikev2 esp leftcert leftsendcert rightrsasigkey retransmit-timeout
replay-window nopmtudisc ipsec-interface overlapip leftupdown""".split()
)
_OPENSWAN = set(f"{_KEYWORDS} keyexchange phase2 phase2alg".split())
_CONSTANT = {
    "auto": {"start", "ignore"},
    "left": {"%defaultroute"},
    "authby": {"secret", "rsasig", "rsasig,ecdsa"},
    "type": {"tunnel"},
    "pfs": {"yes"},
    "keyingtries": {"%forever"},
    "dpdaction": {"restart", "restart_by_peer"},
    "phase2": {"esp"},
    "keyexchange": {"ike"},
    "leftupdown": {"%disabled"},
    "nopmtudisc": {"yes"},
}
_TCPMSS = r"-t mangle -A FORWARD -{} {} -p tcp --tcp-flags SYN,RST SYN{} -j TCPMSS --set-mss (\d+)"
_CHECK = re.compile(r"^#   vpn-check (\w+) (\S+) (<VPC NETWORK>|\S+) (\d+)$", re.MULTILINE)
_ROUTE = r"ip (?:-6 )?route add (<VPC NETWORK>|\S+) via (\S+) dev (\w+) metric (\d+)"


def conn(text: str, keywords: set[str]) -> tuple[str, dict[str, str]]:
    """Read a file that has one connection: its name, and its settings."""
    first, *rest = text.splitlines()
    (name,) = fields(r"conn (\w+)", first)
    settings = {}
    for line in rest:
        key, value = fields(
            r"    ([a-z0-9-]+)=(\S+|\"[^\"]+\"|<LOCAL NETWORK>|<VPC NETWORK>)", line
        )
        assert key in keywords, key
        assert key not in settings, key
        assert value in _CONSTANT.get(key, {value}), line
        settings[key] = value
    return name, settings


def secret(text: str) -> tuple[str, str, str]:
    """Read a file that has one pre-shared key: whose, with whom, the key."""
    ours, theirs, key = fields(r'(\S+) (\S+) : PSK "(\S+)"', text.removesuffix("\n"))
    return ours, theirs, key


def proposal(text: str) -> tuple[str, str, str]:
    """Read a proposal; without integrity if it is GCM's."""
    encryption, integrity, group = fields(r"(\w+)-(\w+);(\w+)", text)
    return encryption, "" if integrity == "null" else integrity, group


def dpd(block: dict[str, str]) -> tuple[int, int]:
    """Read the interval, and how many go unanswered until the timeout."""
    delay, timeout = seconds(block["dpddelay"]), seconds(block["dpdtimeout"])
    assert block.get("retransmit-timeout", block["dpdtimeout"]) == block["dpdtimeout"]
    return delay, timeout // delay


def read(text: str) -> Reading:
    """Read libreswan's."""
    cut = dict(sections(text))
    files, commands = take_apart(cut["Both tunnels"])
    assert commands == ["sysctl -p /etc/sysctl.d/90-vpn.conf"]
    assert "/etc/sysctl.d/90-vpn.conf" in files
    setup = files.get("/etc/ipsec.d/vpn.conf")
    assert setup in {None, "config setup\n    ikev1-policy=accept\n"}
    version = "ikev1" if setup else "ikev2"
    bird = files.get("/etc/bird/bird.conf", "")
    reading = Reading(tunnels=[])
    reading.defined.update(("protocol", name) for name in re.findall(r"static (\w+) \{", bird))
    ways = _ways(cut["Static routing"]) if not bird else [None, None]
    for number, (section, way) in enumerate(zip(tunnel_sections(text), ways, strict=True), start=1):
        tunnel = _tunnel(number, section, way, reading)
        assert tunnel.ike_version == version
        reading.tunnels.append(tunnel)
        assert bool(bird) == bool(tunnel.bgp)
    return reading


def _ways(section: str) -> list[tuple[str, str, str]]:
    """The routes, each with its health check: network, next hop, interface."""
    files, commands = take_apart(section)
    assert files.keys() == {"/usr/local/sbin/vpn-check"}
    found = [fields(_ROUTE, command) for command in commands]
    checked = [(to, via, link, metric) for link, via, to, metric in _CHECK.findall(section)]
    assert found == checked
    assert [way[3] for way in found] == ["100", "200"]
    return [way[:3] for way in found]


def _tunnel(
    number: int, section: str, way: tuple[str, str, str] | None, reading: Reading
) -> TunnelReading:
    files, commands = take_apart(section)
    name, block = conn(files.pop(f"/etc/ipsec.d/tunnel{number}.conf"), _LIBRESWAN)
    assert name == f"Tunnel{number}"
    psk = None
    if block["authby"] == "secret":
        path = f"/etc/ipsec.d/tunnel{number}.secrets"
        *ends, psk = secret(files.pop(path))
        assert ends == [block["leftid"], block["right"]]
        assert commands.pop(0) == f"chmod 600 {path}"
    else:
        assert block["leftid"] == "%fromcert"
        assert block["leftcert"] == '"<DEVICE CERTIFICATE>"'
    assert block["rightid"] == block["right"]

    link, if_id = one(r"ip link add (\w+) type xfrm if_id (\d+)", commands)
    assert (link, if_id) == (f"ipsec{block['ipsec-interface']}", block["ipsec-interface"])
    reading.defined.add(("interface", link))
    inside, link = one(r"ip addr add (\S+) dev (\w+)", commands)
    reading.used.add(("interface", link))
    link, mtu = one(r"ip link set (\w+) up mtu (\d+)", commands)
    reading.used.add(("interface", link))
    mss = {one("ip6?tables " + _TCPMSS.format(way, link, ""), commands) for way in "io"}
    assert len(mss) == 1

    bgp = route = None
    if file := files.pop(f"/etc/bird/tunnel{number}.conf", None):
        bird = session(file)
        assert bird.local == inside.split("/")[0]
        reading.used.add(("protocol", bird.exported))
        neighbour, bgp = bird.neighbour, (*bird.asns, bird.hold)
    else:
        assert way
        route, neighbour, link = way
        reading.used.add(("interface", link))
    assert not files
    assert not commands
    interval, retries = dpd(block)
    return TunnelReading(
        ike_version={"no": "ikev1", "yes": "ikev2"}[block["ikev2"]],
        psk=psk,
        customer_outside=block["leftid"] if psk else UNSAID,
        endpoint_outside=block["right"],
        customer_inside=inside,
        endpoint_inside=neighbour,
        ike=proposal(block["ike"]),
        ike_lifetime=seconds(block["ikelifetime"]),
        esp=proposal(block["esp"]),
        esp_lifetime=seconds(block["salifetime"]),
        dpd_interval=interval,
        dpd_retries=retries,
        mtu=int(mtu),
        mss=int(mss.pop()[0]),
        selectors=(block["leftsubnet"], block["rightsubnet"]),
        bgp=bgp,
        route=route,
    )


def read_openswan(text: str) -> Reading:
    """Read Openswan's: one tunnel at a time, no interface."""
    files, commands = take_apart(dict(sections(text))["Both tunnels"])
    setup = files["/etc/ipsec.conf"].splitlines()
    assert setup[:2] == ["version 2.0", "config setup"]
    assert setup[-1] == "include /etc/ipsec.d/*.conf"
    assert commands.pop(0) == "sysctl -p /etc/sysctl.d/90-vpn.conf"
    mss = {
        (to, size)
        for way in "ds"
        for to, size in [
            one("iptables " + _TCPMSS.format(way, "(<VPC NETWORK>|[^ ]+)", ""), commands)
        ]
    }
    ((to, size),) = mss
    assert commands == [f"iptables -t nat -I POSTROUTING -d {to} -j ACCEPT"]
    reading = Reading(tunnels=[])
    names = re.findall(r"Tunnel\d", files["/usr/local/sbin/vpn-failover"])
    reading.used.update(("conn", name) for name in names)
    for number, section in enumerate(tunnel_sections(text), start=1):
        reading.tunnels.append(_openswan_tunnel(number, section, to, int(size)))
        reading.defined.add(("conn", f"Tunnel{number}"))
    return reading


def _openswan_tunnel(number: int, section: str, to: str, mss: int) -> TunnelReading:
    files, commands = take_apart(section)
    assert commands == [f"chmod 600 /etc/ipsec.d/tunnel{number}.secrets"]
    name, block = conn(files.pop(f"/etc/ipsec.d/tunnel{number}.conf"), _OPENSWAN)
    assert (name, block["auto"]) == (f"Tunnel{number}", "start" if number == 1 else "ignore")
    *ends, psk = secret(files.pop(f"/etc/ipsec.d/tunnel{number}.secrets"))
    assert ends == [block["leftid"], block["right"]]
    assert block["rightid"] == block["right"]
    assert (block["leftsubnet"], block["rightsubnet"]) == ("<LOCAL NETWORK>", to)
    assert not files
    return TunnelReading(
        ike_version="ikev1",
        psk=psk,
        customer_outside=block["leftid"],
        endpoint_outside=block["right"],
        customer_inside=UNSAID,
        endpoint_inside=UNSAID,
        ike=proposal(block["ike"]),
        ike_lifetime=seconds(block["ikelifetime"]),
        esp=proposal(block["phase2alg"]),
        esp_lifetime=seconds(block["salifetime"]),
        dpd_interval=int(block["dpddelay"]),
        dpd_retries=int(block["dpdtimeout"]) // int(block["dpddelay"]),
        mtu=UNSAID,
        mss=mss,
        selectors=UNSAID,
        bgp=None,
        route=block["rightsubnet"],
    )


READERS = {
    "libreswan/libreswan.j2": Reader(read=read),
    "libreswan/openswan.j2": Reader(
        read=read_openswan,
        unsaid=frozenset({"customer_inside", "endpoint_inside", "mtu", "selectors"}),
    ),
}
