"""strongSwan with ipsec.conf: blocks of `key=value`, `ip` commands, BIRD's configuration."""

import re

from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading, seconds
from unit.devices.sections import sections, tunnel_sections

STARTER_KEYWORDS = """
auto left leftauth leftcert leftid right rightauth rightid type keyexchange ike ikelifetime esp
lifetime margintime rekeyfuzz keyingtries leftsubnet rightsubnet dpddelay dpdtimeout dpdaction
closeaction mobike reauth mark
"""
"Those in use here. strongSwan's starter warns of others (if_id_in!) and goes on without them."
_BGP = re.compile(
    r"^protocol bgp tunnel(\d) \{\n  local (\S+) as (\d+);\n  neighbor (\S+) as (\d+);\n"
    r"  hold time (\d+);\n",
    re.MULTILINE,
)
_ROUTE = re.compile(
    r"^ip (?:-6 )?route add (<VPC NETWORK>|\S+) via (\S+) dev Tunnel(\d) metric \d+$", re.MULTILINE
)


def read(text: str) -> Reading:
    routing = sections(text)[4][1]
    reading = Reading(tunnels=[])
    for number, section in enumerate(tunnel_sections(text), start=1):
        reading.tunnels.append(_tunnel(number, section, routing))
        (mark,) = re.findall(r"^    mark=(\d+)$", section, re.MULTILINE)
        (key,) = re.findall(r"^ip link add \w+ type vti .* key (\d+)$", section, re.MULTILINE)
        reading.defined.add(("mark", mark))
        reading.used.add(("mark", key))
        reading.defined.update(
            ("link", name) for name in re.findall(r"^ip link add (\w+)", section, re.MULTILINE)
        )
        reading.used.update(("link", name) for name in re.findall(r"\b(?:dev|-[io]) (\w+)", text))
    if "protocol bgp" in text:
        reading.defined.update(
            ("protocol", name) for name in re.findall(r"^protocol static (\w+)", text, re.MULTILINE)
        )
        reading.used.update(("protocol", name) for name in re.findall(r'proto = "(\w+)"', text))
    return reading


def conn(section: str) -> dict[str, str]:
    """Read ipsec.conf's block."""
    (block,) = re.findall(r"^conn \S+\n((?:    \S+=.*\n)+)", section, re.MULTILINE)
    found = dict(line.strip().split("=", 1) for line in block.splitlines())
    assert set(found) <= set(STARTER_KEYWORDS.split())
    return found


def _tunnel(number: int, section: str, routing: str) -> TunnelReading:
    block = conn(section)
    secrets = re.findall(r'^(\S+) (\S+) : PSK "(\S+)"$', section, re.MULTILINE)
    certificates = block["leftauth"] == "pubkey"
    assert certificates == (not secrets)
    if secrets:
        assert secrets[0][:2] == (block["leftid"], block["right"])
    (inside,) = re.findall(r"^ip addr add (\S+) dev \w+$", section, re.MULTILINE)
    (mtu,) = re.findall(r"^ip link set \w+ up mtu (\d+)$", section, re.MULTILINE)
    mss = set(re.findall(r"--set-mss (\d+)$", section, re.MULTILINE))
    assert len(mss) == 1
    sessions = {found[0]: found[1:] for found in _BGP.findall(routing)}
    routes = {name: (to, via) for to, via, name in _ROUTE.findall(routing)}
    bgp = route = None
    if sessions:
        local, ours, neighbour, theirs, hold = sessions[str(number)]
        assert local == inside.split("/")[0]
        bgp = int(ours), int(theirs), int(hold)
    else:
        route, neighbour = routes[str(number)]
    delay, timeout = (seconds(block[name]) for name in ("dpddelay", "dpdtimeout"))
    return TunnelReading(
        ike_version=block["keyexchange"],
        psk=None if certificates else secrets[0][2],
        customer_outside=UNSAID if certificates else block["leftid"],
        endpoint_outside=block["right"],
        customer_inside=inside,
        endpoint_inside=neighbour,
        ike=_proposal(block["ike"]),
        ike_lifetime=seconds(block["ikelifetime"]),
        esp=_proposal(block["esp"]),
        esp_lifetime=seconds(block["lifetime"]),
        dpd_interval=delay,
        dpd_retries=timeout // delay,
        mtu=int(mtu),
        mss=int(mss.pop()),
        selectors=(block["leftsubnet"], block["rightsubnet"]),
        bgp=bgp,
        route=route,
    )


def _proposal(text: str) -> tuple[str, str, str]:
    assert text.endswith("!"), "only these proposals"
    encryption, *integrity, group = text[:-1].split("-")
    return encryption, integrity[0].removeprefix("prf") if integrity else "", group


READERS = {"strongswan/ipsec_conf.j2": Reader(read=read)}
