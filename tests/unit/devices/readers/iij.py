"""SEIL: one command a line, each a fixed head and pairs of parameter and value."""

import re
import shlex

from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading, seconds
from unit.devices.sections import tunnel_sections

HEADS = {
    "ike preshared-key add": "",
    "ike proposal add": "authentication encryption hash dh-group lifetime-of-time",
    "ike peer add": """address exchange-mode proposals check-level initial-contact my-identifier
    peers-identifier nat-traversal dpd tunnel-interface""",
    "ike": "auto-initiation dpd-interval dpd-maxfail",
    "ipsec security-association proposal add": """pfs-group authentication-algorithm
    encryption-algorithm lifetime-of-time""",
    "ipsec security-association add": "tunnel-interface ike esp",
    "route add": "distance keepalive target send-interval timeout down-count up-count",
    "route dynamic bgp neighbor add": "remote-as hold-timer weight",
    "route dynamic bgp network add": "",
    "route dynamic bgp": "my-as-number router-id",
}
"The most exact first."
NAMED = {"ike preshared-key add": 2, "route add": 2, "ike": 0, "route dynamic bgp": 0}
"How many words stand between the head and the pairs, if not one."
INTERFACE = re.compile(
    r"interface (ipsec\d) (?:(tunnel) (\S+) (\S+)|(address) (\S+) remote (\S+)|(mtu|tcp-mss) (\d+))"
)

Command = tuple[str, tuple[str, ...], dict[str, str]]


def commands(text: str) -> list[Command]:
    """Read the commands: head, names and parameters."""
    lines = [line for line in text.splitlines() if line and not line.startswith("!")]
    return [_command(line) for line in lines]


def _command(line: str) -> Command:
    found = INTERFACE.fullmatch(line)
    if found:
        name, *rest = (one for one in found.groups() if one)
        return f"interface {rest[0]}", (name, *rest[1:]), {}
    line = re.sub(r"<[A-Z ]+>", lambda mark: mark[0].replace(" ", "_"), line)
    words = [word.replace("_", " ") if word.startswith("<") else word for word in shlex.split(line)]
    if line == "route dynamic bgp enable":
        return "route dynamic bgp enable", (), {}
    head = next(one for one in (*HEADS, "") if line.startswith(one + " ") or not one)
    assert head, line
    rest = words[len(head.split()) :]
    count = NAMED.get(head, 1)
    names, pairs = rest[:count], rest[count:]
    if head == "route dynamic bgp neighbor add":
        assert pairs.pop() == "enable", line
    assert len(names) == count, line
    assert len(pairs) % 2 == 0, line
    values = dict(zip(pairs[::2], pairs[1::2], strict=True))
    assert len(values) * 2 == len(pairs), line
    assert set(values) <= set(HEADS[head].split()), line
    return head, tuple(names), values


def read(text: str) -> Reading:
    everything = commands(text)
    shared: dict[str, str] = {}
    for head, _, values in everything:
        if head in {"ike", "route dynamic bgp"}:
            shared |= values
    reading = Reading(
        tunnels=[_tunnel(commands(section), shared) for section in tunnel_sections(text)]
    )
    for head, names, values in everything:
        if head.endswith("proposal add") or head == "interface tunnel":
            reading.defined.add((head, names[0]))
            assert re.fullmatch(r"[a-zA-Z0-9]{1,16}", names[0])
        if "proposals" in values:
            reading.used.add(("ike proposal add", values["proposals"]))
        if head == "ipsec security-association add":
            reading.used.add(("ipsec security-association proposal add", values["ike"]))
            reading.used.add(("interface tunnel", values["tunnel-interface"]))
        if head.startswith("interface "):
            reading.used.add(("interface tunnel", names[0]))
    assert shared["auto-initiation"] == "enable"
    running = [head for head, *_ in everything if head == "route dynamic bgp enable"]
    assert len(running) == int("my-as-number" in shared)
    return reading


def _tunnel(section: list[Command], shared: dict[str, str]) -> TunnelReading:
    found = {head: (names, values) for head, names, values in section}
    assert len(found) == len(section), "each once"
    (identity, psk), _ = found["ike preshared-key add"]
    _, proposal = found["ike proposal add"]
    _, peer = found["ike peer add"]
    _, esp = found["ipsec security-association proposal add"]
    _, association = found["ipsec security-association add"]
    (interface, source, destination), _ = found["interface tunnel"]
    (_, inside, remote), _ = found["interface address"]
    assert {names[0] for head, (names, _) in found.items() if head[:10] == "interface "} == {
        interface
    }
    assert proposal["authentication"] == "preshared-key"
    assert identity == peer["address"] == destination
    assert peer["my-identifier"] == peer["peers-identifier"] == "address"
    assert peer["exchange-mode"] == "main"
    assert peer["tunnel-interface"] == peer["dpd"] == "enable"
    assert association["tunnel-interface"] == interface
    assert association["esp"] == "enable"
    bgp = route = None
    if "my-as-number" in shared:
        (neighbour,), session = found["route dynamic bgp neighbor add"]
        bgp = int(shared["my-as-number"]), int(session["remote-as"]), int(session["hold-timer"])
    else:
        (route, through), watch = found["route add"]
        assert through == interface
        assert watch["keepalive"] == "on"
        neighbour = watch["target"]
    assert neighbour == remote
    return TunnelReading(
        ike_version="ikev1",
        psk=psk,
        customer_outside=source,
        endpoint_outside=destination,
        customer_inside=inside,
        endpoint_inside=remote,
        ike=(proposal["encryption"], proposal["hash"], proposal["dh-group"]),
        ike_lifetime=seconds(proposal["lifetime-of-time"]),
        esp=(esp["encryption-algorithm"], esp["authentication-algorithm"], esp["pfs-group"]),
        esp_lifetime=seconds(esp["lifetime-of-time"]),
        dpd_interval=int(shared["dpd-interval"]),
        dpd_retries=int(shared["dpd-maxfail"]),
        mtu=int(found["interface mtu"][0][1]),
        mss=int(found["interface tcp-mss"][0][1]),
        selectors=UNSAID,
        bgp=bgp,
        route=route,
    )


READERS = {
    # A tunnel interface's selectors are 0.0.0.0/0.
    "iij/seil.j2": Reader(read=read, unsaid=frozenset({"selectors"}))
}
