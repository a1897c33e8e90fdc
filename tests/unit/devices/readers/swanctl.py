"""strongSwan with swanctl.conf: sections, `ip` and `nft` commands, FRR's configuration."""

import re

from unit.devices.grammars.blocks import take_apart
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading, seconds
from unit.devices.sections import tunnel_sections

_ROUTE = r"^ip (?:-6 )?route add (<VPC NETWORK>|\S+) via (\S+) dev Tunnel{} metric \d+$"
CONNECTION = """
version remote_addrs proposals rekey_time over_time rand_time dpd_delay dpd_timeout keyingtries
mobike if_id_in if_id_out local.auth local.certs local.id remote.auth remote.id
"""
CHILD = """
mode local_ts remote_ts esp_proposals life_time rekey_time rand_time start_action dpd_action
close_action
"""
"Options in use here; swanctl refuses others."


def read(text: str) -> Reading:
    files, _ = take_apart(text)
    reading = Reading(tunnels=[])
    for number, section in enumerate(tunnel_sections(text), start=1):
        options = flat(files[f"/etc/swanctl/conf.d/tunnel{number}.conf"])
        reading.tunnels.append(
            _tunnel(number, section, options, files.get("/etc/frr/frr.conf"), text)
        )
        (link,) = re.findall(r"^ip link add (\w+) type xfrm if_id (\d+)$", section, re.MULTILINE)
        reading.defined |= {("link", link[0]), ("if_id", link[1])}
        reading.used.add(("if_id", options[f"connections.tunnel{number}.if_id_out"]))
        uses = re.findall(r"^ip .* (?:dev|set) (\w+)|[io]ifname (\w+)", section, re.MULTILINE)
        reading.used |= {("link", one or other) for one, other in uses}
    for place, kind, command in (
        (reading.defined, "table", r"table (inet \w+)"),
        (reading.defined, "chain", r"chain (inet \w+ \w+)"),
        (reading.used, "table", r"chain (inet \w+)"),
        (reading.used, "chain", r"rule (inet \w+ \w+)"),
    ):
        place |= {(kind, one) for one in re.findall(f"^nft add {command}", text, re.MULTILINE)}
    return reading


def flat(text: str) -> dict[str, str]:
    """Read swanctl.conf: an option's path to its value."""
    found, path = {}, []
    for line in text.splitlines():
        if section := re.fullmatch(r"(\s*)([\w-]+) \{", line):
            assert len(section[1]) == 2 * len(path), line
            path.append(section[2])
        elif line.strip() == "}":
            path.pop()
        else:
            option = re.fullmatch(r"\s*([\w-]+) = (\S+|\"[^\"]+\"|<[A-Z ]+>)", line)
            assert option, line
            found[".".join([*path, option[1]])] = option[2].strip('"')
    assert not path
    return found


def _tunnel(number, section, options, frr, text) -> TunnelReading:
    prefix = f"connections.tunnel{number}."
    child = f"{prefix}children.tunnel{number}."
    secret = f"secrets.ike-tunnel{number}."
    one = {name.removeprefix(prefix): value for name, value in options.items()}
    sa = {n.removeprefix(child): v for n, v in options.items() if n.startswith(child)}
    key = {n.removeprefix(secret): v for n, v in options.items() if n.startswith(secret)}
    assert set(sa) <= set(CHILD.split())
    own = {n for n in one if not n.startswith(("children.", "secrets."))}
    assert own <= set(CONNECTION.split())
    certificates = one["local.auth"] == "pubkey"
    assert certificates == (not key)
    assert one["remote.auth"] == one["local.auth"]
    assert one["if_id_in"] == one["if_id_out"]
    assert one["remote.id"] == one["remote_addrs"]
    if key:
        assert (key["id-1"], key["id-2"]) == (one["local.id"], one["remote.id"])
    (inside,) = re.findall(r"^ip addr add (\S+) dev \w+$", section, re.MULTILINE)
    (mtu,) = re.findall(r"^ip link set \w+ up mtu (\d+)$", section, re.MULTILINE)
    mss = set(re.findall(r"maxseg size set (\d+)$", section, re.MULTILINE))
    assert len(mss) == 1
    bgp = route = None
    if frr:
        neighbour, bgp = _bgp(frr, number)
    else:
        ((route, neighbour),) = re.findall(_ROUTE.format(number), text, re.MULTILINE)
    if one["version"] == "1":
        assert one["dpd_timeout"] == "30s"
    return TunnelReading(
        ike_version=f"ikev{one['version']}",
        psk=None if certificates else key["secret"],
        customer_outside=UNSAID if certificates else one["local.id"],
        endpoint_outside=one["remote_addrs"],
        customer_inside=inside,
        endpoint_inside=neighbour,
        ike=_proposal(one["proposals"]),
        ike_lifetime=seconds(one["rekey_time"]) + seconds(one["over_time"]),
        esp=_proposal(sa["esp_proposals"]),
        esp_lifetime=seconds(sa["life_time"]),
        dpd_interval=seconds(one["dpd_delay"]),
        dpd_retries=_retries(text),
        mtu=int(mtu),
        mss=int(mss.pop()),
        selectors=(sa["local_ts"], sa["remote_ts"]),
        bgp=bgp,
        route=route,
    )


def _bgp(frr: str, number: int) -> tuple[str, tuple[int, int, int]]:
    (asn,) = re.findall(r"^router bgp (\d+)$", frr, re.MULTILINE)
    (neighbour,) = re.findall(rf"^ neighbor (\S+) description Tunnel{number}$", frr, re.MULTILINE)
    of = rf"^ +neighbor {re.escape(neighbour)} "
    (remote,) = re.findall(rf"{of}remote-as (\d+)$", frr, re.MULTILINE)
    ((keepalive, hold),) = re.findall(rf"{of}timers (\d+) (\d+)$", frr, re.MULTILINE)
    assert re.search(rf"{of}activate$", frr, re.MULTILINE)
    assert int(keepalive) * 3 == int(hold)
    return neighbour, (int(asn), int(remote), int(hold))


def _retries(text: str) -> int:
    """An IKEv2 peer is given up after retransmissions: their number, the question included."""
    (tries,) = re.findall(r"^  retransmit_tries = (\d+)$", text, re.MULTILINE)
    return int(tries) + 1


def _proposal(text: str) -> tuple[str, str, str]:
    encryption, *integrity, group = text.split("-")
    return encryption, integrity[0].removeprefix("prf") if integrity else "", group


READERS = {"strongswan/swanctl.j2": Reader(read=read)}
