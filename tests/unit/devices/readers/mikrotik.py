"""RouterOS: its commands, by the grammar of the version that the file names."""

import re

from unit.devices.grammars.routeros import Command, commands
from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading, seconds
from unit.devices.sections import sections, tunnel_sections

NAMES = {
    "interface bridge": "bridge",
    "ip ipsec profile": "profile",
    "ip ipsec proposal": "proposal",
    "routing bgp instance": "instance",
    "routing filter": "chain",
    "routing filter rule": "chain",
    "ip firewall address-list": "list",
}
USES = {
    "interface": "bridge",
    "profile": "profile",
    "proposal": "proposal",
    "peer": "peer",
    "instance": "instance",
    "out-filter": "chain",
    "output.filter-chain": "chain",
    "output.network": "list",
}


def read(text: str) -> Reading:
    (version,) = re.findall(
        r"^# Configuration for Mikrotik, RouterOS, (\d\S*)$", text, re.MULTILINE
    )
    version = "7" if version == "7.x" else version
    everything = commands(text, version)
    assert sum(len(commands(part, version)) for _, part in sections(text)) == len(everything)
    reading = Reading(
        tunnels=[
            _tunnel(commands(section, version), everything) for section in tunnel_sections(text)
        ]
    )
    for command in everything:
        _note(command, reading)
    networks = [one.values for one in everything if one.menu == "ip ipsec policy"]
    enabled = [(one["src-address"], one["dst-address"]) for one in networks
               if one["disabled"] == "no"]  # fmt: skip
    assert len(set(enabled)) == len(enabled), (
        "RouterOS calls the second of two such policies invalid"
    )
    return reading


def _note(command: Command, reading: Reading) -> None:
    values = command.values
    if command.menu in NAMES:
        reading.defined.add((NAMES[command.menu], values.get("name") or values.get("chain")
                             or values["list"]))  # fmt: skip
    if command.menu == "ip ipsec peer":
        reading.defined.add(("peer", values.get("name", values["comment"])))
        reading.defined.add(("ip ipsec peer", values["comment"]))
    if command.menu == "ip ipsec policy":
        reading.defined.add(("ip ipsec policy", values["comment"]))
    reading.used.update((kind, values[name]) for name, kind in USES.items() if name in values)
    for script in (values.get("down-script"), values.get("up-script")):
        for part in filter(None, (script or "").split(";")):
            found = re.fullmatch(
                r' ?/(ip ipsec (?:policy|peer)) (?:en|dis)able \[find comment="([\w-]+)"\]', part
            )
            assert found, part
            reading.used.add((found[1], found[2]))


def _tunnel(section: list[Command], everything: list[Command]) -> TunnelReading:
    def only(menu: str) -> dict[str, str]:
        (found,) = (one.values for one in section if one.menu == menu)
        return found

    peer, proposal, bridge = (
        only(menu) for menu in ("ip ipsec peer", "ip ipsec proposal", "interface bridge")
    )
    inside, network = (one.values for one in section if one.menu == "ip ipsec policy")
    old = "name" not in peer
    profile = peer if old else only("ip ipsec profile")
    identity = peer if old else only("ip ipsec identity")
    certificate = identity["auth-method"] == "digital-signature"
    assert certificate or identity["auth-method"] == "pre-shared-key"
    address = only("ip address")
    assert address["interface"] == bridge["name"]
    assert inside["src-address"] == address["address"].split("/")[0] + "/32"
    neighbour = inside["dst-address"].removesuffix("/32")
    endpoint = peer["address"].removesuffix("/32")
    for policy in (inside, network):
        assert policy["tunnel"] == "yes"
        assert (policy["level"], policy["action"]) == ("unique", "encrypt")
        if old:
            assert (policy["sa-src-address"], policy["sa-dst-address"]) == (
                peer["local-address"],
                endpoint,
            )
        else:
            assert policy["peer"] == peer["name"] == identity["peer"]
    if not old and not certificate:
        assert identity["my-id"] == f"address:{peer['local-address']}"
    (allowed,) = (
        one.values["src-address"]
        for one in section
        if one.menu == "ip firewall filter" and one.values.get("protocol") == "udp"
    )
    assert allowed == endpoint
    bgp, route = _routing(section, everything, address["address"].split("/")[0], neighbour, network)
    mss = {one.values["new-mss"] for one in everything if "new-mss" in one.values}
    assert len(mss) == 1
    return TunnelReading(
        ike_version={"main": "ikev1", "ike2": "ikev2"}[peer["exchange-mode"]],
        psk=None if certificate else identity["secret"],
        customer_outside=peer["local-address"],
        endpoint_outside=endpoint,
        customer_inside=address["address"],
        endpoint_inside=neighbour,
        ike=(profile["enc-algorithm"], profile["hash-algorithm"], profile["dh-group"]),
        ike_lifetime=seconds(profile["lifetime"]),
        esp=(proposal["enc-algorithms"], proposal["auth-algorithms"], proposal["pfs-group"]),
        esp_lifetime=seconds(proposal["lifetime"]),
        dpd_interval=seconds(profile["dpd-interval"]),
        dpd_retries=int(profile["dpd-maximum-failures"]),
        mtu=int(bridge["mtu"]),
        mss=int(mss.pop()),
        selectors=UNSAID,
        bgp=bgp,
        route=route,
    )


def _routing(
    section: list[Command],
    everything: list[Command],
    local: str,
    neighbour: str,
    network: dict[str, str],
) -> tuple[tuple[int, int, int] | None, str | None]:
    found = {
        one.menu: one.values for one in section if one.menu.startswith(("routing", "ip route"))
    }
    if "ip route" in found:
        route = found["ip route"]
        assert route["gateway"] == neighbour
        assert route["dst-address"] == network["dst-address"]
        return None, route["dst-address"]
    (instance,) = (one.values for one in everything if one.menu == "routing bgp instance")
    session = found.get("routing bgp peer") or found["routing bgp connection"]
    assert session["instance"] == instance["name"]
    assert seconds(session["keepalive-time"]) * 3 == seconds(session["hold-time"])
    dotted = "remote.as" in session
    assert session["local.address" if dotted else "update-source"] == local
    assert session["remote.address" if dotted else "remote-address"] == neighbour
    theirs = session["remote.as" if dotted else "remote-as"]
    return (int(instance["as"]), int(theirs), seconds(session["hold-time"])), None


READERS = {
    # The policies name your network and the VPC's: 0.0.0.0/0 would catch all that the router sends.
    "mikrotik/routeros.j2": Reader(read=read, unsaid=frozenset({"selectors"}))
}
