"""OpenBSD: iked.conf, hostname.if, pf.conf, bgpd.conf and ifstated.conf, each by its grammar."""

import re
from ipaddress import IPv4Interface

from unit.devices.grammars.blocks import fields, take_apart
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections

_IKED = re.compile(
    r'ikev2 "(?P<name>\w+)" active esp \\\n'
    r"    from (?P<local_ts>\S+) to (?P<remote_ts>\S+) \\\n"
    r"    local (?P<local>\S+) peer (?P<peer>\S+) \\\n"
    r"    ikesa enc (?P<enc>\S+) prf (?P<prf>\S+)(?: auth (?P<auth>\S+))? group (?P<group>\S+) \\\n"
    r"    childsa enc (?P<esp>\S+)(?: auth (?P<esp_auth>\S+))? group (?P<pfs>\S+) noesn \\\n"
    r'    srcid (?P<srcid>[\d.]+|"<CERTIFICATE SUBJECT>") dstid (?P<dstid>\S+) \\\n'
    r"    ikelifetime (?P<ike_lifetime>\d+) lifetime (?P<lifetime>\d+) \\\n"
    r'(?:    psk "(?P<psk>[^"]+)" \\\n)?'
    r"    iface (?P<iface>sec\d+)\n"
)
_BGPD = re.compile(
    r"neighbor (?P<neighbour>\S+) \{\n"
    r'    descr "\w+"\n'
    r"    remote-as (?P<asn>\d+)\n"
    r"    local-address (?P<local>\S+)\n"
    r"    holdtime (?P<hold>\d+)\n"
    r"\}\n"
)
_GLOBAL = {
    "/etc/sysctl.conf": [r"net\.inet6?\.ip6?\.forwarding=1"],
    "/etc/iked.conf": [r"set dpd_check_interval (\d+)", r"set fragmentation", r'include "(\S+)"'],
    "/etc/pf.conf": [r"pass proto udp .*", r"pass proto esp", r'include "(\S+)"'],
    "/etc/bgpd.conf": [
        r"AS (\d+)",
        r"router-id (\S+)",
        r"prefix-set announced \{ <LOCAL NETWORK> \}",
        r"network prefix-set announced",
        r"allow from ebgp",
        r"allow to ebgp prefix-set announced",
        r'include "(\S+)"',
    ],
}
_COMMANDS = r"""chmod 600 \S+|sysctl \S+|sh /etc/netstart (\w+)|pfctl -f /etc/pf.conf
|iked -n|bgpd -n|ifstated -n|rcctl (?:enable|start) iked (?:bgpd|ifstated)""".replace("\n", "")
_ROUTE = r'run "route -qn (delete|add) -inet6? (<VPC NETWORK>|\S+)(?: (\S+))?"'


def read(text: str) -> Reading:
    files, commands = take_apart(text)
    reading = Reading(tunnels=[])
    for command in commands:
        (interface,) = fields(_COMMANDS, command)
        if interface:
            reading.used.add(("interface", interface))
    said: dict[str, list[str]] = {}
    for path, patterns in _GLOBAL.items():
        for line in files.pop(path, "").splitlines():
            pattern = next(one for one in patterns if re.fullmatch(one, line))
            said.setdefault(f"{path} {pattern}", []).extend(fields(pattern, line))
            reading.used.update(("file", name) for name in re.findall(r'include "(\S+)"', line))
    reading.defined.update(("file", path) for path in files)
    (interval,) = said[r"/etc/iked.conf set dpd_check_interval (\d+)"]
    asn = said.get(r"/etc/bgpd.conf AS (\d+)", [""])[0]
    ways = _ways(files.pop("/etc/ifstated.conf")) if not asn else {}
    for title, section in sections(text):
        if title.startswith("IPSec Tunnel"):
            number = int(title[-1])
            own = take_apart(section)[0]
            for path in own:
                files.pop(path)
            tunnel = _tunnel(number, own, asn, ways.get(number), reading)
            tunnel.dpd_interval = int(interval)
            reading.tunnels.append(tunnel)
    assert not files, files.keys()
    return reading


def _ways(text: str) -> dict[int, tuple[str, str, str]]:
    """Where ifstated sends what: for each tunnel its end, the gateway's, and the network."""
    pinged = re.findall(
        r"^answers(\d) = '\( \"ping6? -q -c 3 -w 1 -I (\S+) (\S+) > /dev/null\" every 10 \)'$",
        text,
        re.MULTILINE,
    )
    states = re.findall(r"^state tunnel(\d) \{\n(.*?)^\}$", text, re.MULTILINE | re.DOTALL)
    assert [number for number, *_ in pinged] == [number for number, _ in states] == ["1", "2"]
    assert text.startswith("init-state tunnel1\n")
    found = {}
    for (number, ours, theirs), (_, body) in zip(pinged, states, strict=True):
        lines = [line.strip() for line in body.splitlines()]
        assert lines[0] == "init {"
        assert fields(_ROUTE, lines[1])[0] == "delete"
        verb, to, hop = fields(_ROUTE, lines[2])
        assert (verb, hop) == ("add", theirs)
        assert fields(_ROUTE, lines[1])[1] == to
        wanted = "if ! $answers1 && $answers2" if number == "1" else "if $answers1"
        assert lines[3:] == ["}", wanted, f"set-state tunnel{3 - int(number)}"]
        found[int(number)] = ours, theirs, to
    return found


def _interface(text: str) -> tuple[str, str | None, int]:
    """Read hostname.if: the address with its prefix length, the other end's, the MTU."""
    first, *rest = text.splitlines()
    if first.startswith("inet6 "):
        address, length = fields(r"inet6 (\S+) (\d+)", first)
        inside, dest = f"{address}/{length}", None
    else:
        inside = str(IPv4Interface("/".join(fields(r"inet (\S+) (\S+) NONE", first))))
        (dest,) = fields(r"dest (\S+)", rest.pop(0))
    (mtu,) = fields(r"mtu (\d+)", rest.pop(0))
    assert rest == ["up"]
    return inside, dest, int(mtu)


def _tunnel(
    number: int,
    files: dict[str, str],
    asn: str,
    way: tuple[str, str, str] | None,
    reading: Reading,
) -> TunnelReading:
    policy = _IKED.fullmatch(files.pop(f"/etc/iked.tunnel{number}.conf"))
    assert policy
    assert policy["name"] == f"tunnel{number}"
    assert policy["dstid"] == policy["peer"]
    assert bool(policy["psk"]) == (policy["srcid"] == policy["local"])
    assert ("gcm" in policy["enc"]) == (policy["auth"] is None)
    assert policy["auth"] in {None, policy["prf"]}
    reading.used.add(("interface", policy["iface"]))
    reading.defined.add(("interface", f"sec{number}"))
    inside, dest, mtu = _interface(files.pop(f"/etc/hostname.sec{number}"))
    first, second = files.pop(f"/etc/pf.tunnel{number}.conf").splitlines()
    interface, mss = fields(r"match on (\w+) scrub \(no-df max-mss (\d+)\)", first)
    reading.used.update(
        {("interface", interface), ("interface", *fields(r"pass on (\w+)", second))}
    )
    if asn:
        session = _BGPD.fullmatch(files.pop(f"/etc/bgpd.tunnel{number}.conf"))
        assert session
        ours, theirs, to = session["local"], session["neighbour"], None
        bgp = int(asn), int(session["asn"]), int(session["hold"])
    else:
        assert way
        (ours, theirs, to), bgp = way, None
    assert inside.startswith(f"{ours}/")
    assert dest in {None, theirs}
    assert not files
    return TunnelReading(
        ike_version="ikev2",
        psk=policy["psk"],
        customer_outside=policy["local"],
        endpoint_outside=policy["peer"],
        customer_inside=inside,
        endpoint_inside=theirs,
        ike=(policy["enc"], policy["prf"], policy["group"]),
        ike_lifetime=int(policy["ike_lifetime"]),
        esp=(policy["esp"], policy["esp_auth"] or "", policy["pfs"]),
        esp_lifetime=int(policy["lifetime"]),
        dpd_interval=0,
        dpd_retries=UNSAID,
        mtu=mtu,
        mss=int(mss),
        selectors=(policy["local_ts"], policy["remote_ts"]),
        bgp=bgp,
        route=to,
    )


READERS = {"openbsd/iked.j2": Reader(read=read, unsaid=frozenset({"dpd_retries"}))}
