"""tmsh: `create KIND NAME { property value ... }` on a line; imish's lines of BGP."""

import re
import shlex

from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import sections, tunnel_sections

KINDS = {
    "net ipsec ike-peer": """remote-address version mode phase1-auth-method preshared-key
    phase1-encrypt-algorithm phase1-hash-algorithm phase1-perfect-forward-secrecy lifetime
    dpd-delay my-id-type my-id-value peers-id-type peers-id-value nat-traversal""",
    "net ipsec ipsec-policy": """protocol mode ike-phase2-encrypt-algorithm
    ike-phase2-auth-algorithm ike-phase2-perfect-forward-secrecy ike-phase2-lifetime""",
    "net ipsec traffic-selector": "source-address destination-address ipsec-policy",
    "net tunnels ipsec": "defaults-from traffic-selector",
    "net tunnels tunnel": "local-address remote-address profile mtu",
    "net self": "address vlan traffic-group allow-service",
    "net route": "network pool",
    "ltm node": "address",
    "ltm pool": "members min-active-members monitor",
    "ltm profile fastl4": """defaults-from loose-close loose-initialization mss-override
    reset-on-timeout""",
    "ltm virtual": "destination mask profiles vlans",
}
REFERENCES = {
    "ipsec-policy": "net ipsec ipsec-policy",
    "traffic-selector": "net ipsec traffic-selector",
    "profile": "net tunnels ipsec",
    "vlan": "net tunnels tunnel",
    "pool": "ltm pool",
}
OTHERS = (
    r"modify sys db (?:config\.allow\.rfc3927 value enable|connection\.vlankeyed value disable)",
    r"modify net route-domain 0 routing-protocol add \{ BGP \}",
    r"save sys config",
)
IMISH = (
    r"enable|configure terminal|end|write",
    r"router bgp (?P<ours>\d+)",
    r" neighbor (?P<n1>\S+) remote-as (?P<theirs>\d+)",
    r" neighbor (?P<n2>\S+) timers (?P<keepalive>\d+) (?P<hold>\d+)",
    r" neighbor (?P<n3>\S+) soft-reconfiguration inbound",
    r" neighbor (?P<n4>\S+) weight \d+",
    r" bgp router-id \S+",
    r" network (?:\S+|<LOCAL NETWORK>)",
)
BLOCK = re.compile(r"^# BEGIN imish\n(.*?)^# END imish$", re.MULTILINE | re.DOTALL)
Objects = dict[tuple[str, str], dict[str, str]]


def objects(text: str) -> Objects:
    """Read what tmsh creates: by kind and name, its properties."""
    found: Objects = {}
    for line in BLOCK.sub("", text).splitlines():
        if not line or line.startswith("#") or any(re.fullmatch(one, line) for one in OTHERS):
            continue
        match = re.fullmatch(rf"create ({'|'.join(KINDS)}) (\S+) \{{ (.*) \}}", line)
        assert match, line
        kind, name, rest = match.groups()
        assert (kind, name) not in found, line
        found[kind, name] = _properties(rest, KINDS[kind].split())
    return found


def _properties(text: str, known: list[str]) -> dict[str, str]:
    text = re.sub(r"<([A-Z ]+)>", lambda mark: mark[0].replace(" ", "_"), text)
    flags = {"ip-forward", "vlans-enabled"}
    words = [word for word in shlex.split(text) if word not in flags]
    found: dict[str, str] = {}
    while words:
        name = words.pop(0)
        assert name in known, name
        value = [words.pop(0)]
        if value[0] in {"add", "replace-all-with"}:
            depth = 0
            while not value[1:] or depth:
                depth += {"{": 1, "}": -1}.get(words[0], 0)
                value.append(words.pop(0))
        assert name not in found, name
        found[name] = re.sub(r"<\w+>", lambda mark: mark[0].replace("_", " "), " ".join(value))
    return found


def imish(text: str) -> dict[str, str]:
    """Read what imish is told."""
    found: dict[str, str] = {}
    for line in "".join(BLOCK.findall(text)).splitlines():
        match = next((one for one in (re.fullmatch(each, line) for each in IMISH) if one), None)
        assert match, line
        found |= match.groupdict()
    return found


def read(text: str) -> Reading:
    everything = objects(text)
    routes = [one["network"] for (kind, _), one in everything.items() if kind == "net route"]
    (mss,) = (one["mss-override"] for one in everything.values() if "mss-override" in one)
    reading = Reading(
        tunnels=[
            _tunnel(objects(section), imish(section), routes[0] if routes else None, int(mss))
            for section in tunnel_sections(text)
        ]
    )
    reading.defined = set(everything)
    for (kind, _), values in everything.items():
        reading.used.update(
            (REFERENCES[name], value) for name, value in values.items() if name in REFERENCES
        )
        if kind == "ltm pool":
            reading.used.update(
                ("ltm node", one) for one in re.findall(r"(\S+):0", values["members"])
            )
        if kind == "ltm virtual":
            reading.used.add(("ltm profile fastl4", values["profiles"].split()[2]))
            _, *tunnels = re.fullmatch(
                r"add \{ (<INSIDE INTERFACE>) (\S+) (\S+) \}", values["vlans"]
            ).groups()
            assert "vlans-enabled" in text, "not on every VLAN"
            reading.used.update(("net tunnels tunnel", one) for one in tunnels)
    assert bool(routes) != ("routing-protocol add { BGP }" in text)
    assert imish(dict(sections(text))["Routing by both tunnels"]).get("ours") == imish(text).get(
        "ours"
    )
    return reading


def _tunnel(section: Objects, bgp: dict[str, str], route: str | None, mss: int) -> TunnelReading:
    def only(kind: str) -> dict[str, str]:
        (found,) = (values for (one, _), values in section.items() if one == kind)
        return found

    assert len({name for _, name in section}) == 1, "all named alike"
    peer, policy, selector, tunnel, own = (
        only(kind)
        for kind in (
            "net ipsec ike-peer",
            "net ipsec ipsec-policy",
            "net ipsec traffic-selector",
            "net tunnels tunnel",
            "net self",
        )
    )
    (name,) = {name for _, name in section}
    assert name == selector["ipsec-policy"] == only("net tunnels ipsec")["traffic-selector"]
    assert name == tunnel["profile"] == own["vlan"]
    assert peer["remote-address"] == peer["peers-id-value"] == tunnel["remote-address"]
    assert peer["my-id-value"] == tunnel["local-address"]
    assert peer["version"] == "replace-all-with { v1 }"
    assert (policy["protocol"], policy["mode"]) == ("esp", "interface")
    if route:
        neighbour = only("ltm node")["address"]
        session = None
    else:
        (neighbour,) = {bgp[one] for one in ("n1", "n2", "n3", "n4")}
        assert int(bgp["keepalive"]) * 3 == int(bgp["hold"])
        session = int(bgp["ours"]), int(bgp["theirs"]), int(bgp["hold"])
        assert "tcp:179" in own["allow-service"]
    return TunnelReading(
        ike_version="ikev1",
        psk=peer["preshared-key"],
        customer_outside=peer["my-id-value"],
        endpoint_outside=peer["remote-address"],
        customer_inside=own["address"],
        endpoint_inside=neighbour,
        ike=(
            peer["phase1-encrypt-algorithm"],
            peer["phase1-hash-algorithm"],
            peer["phase1-perfect-forward-secrecy"],
        ),
        ike_lifetime=60 * int(peer["lifetime"]),
        esp=(
            policy["ike-phase2-encrypt-algorithm"],
            policy["ike-phase2-auth-algorithm"],
            policy["ike-phase2-perfect-forward-secrecy"],
        ),
        esp_lifetime=60 * int(policy["ike-phase2-lifetime"]),
        dpd_interval=int(peer["dpd-delay"]),
        dpd_retries=UNSAID,
        mtu=int(tunnel["mtu"]),
        mss=mss,
        selectors=(selector["source-address"], selector["destination-address"]),
        bgp=session,
        route=route,
    )


READERS = {
    # How often a dead peer is asked is fixed.
    "f5/tmsh.j2": Reader(read=read, unsaid=frozenset({"dpd_retries"}))
}
