"""NetScaler: a command, its arguments, then pairs of option and value."""

import re
from ipaddress import ip_address, summarize_address_range

from unit.devices.reading import UNSAID, Reader, Reading, TunnelReading
from unit.devices.sections import tunnel_sections

COMMANDS = {
    "add ipsec profile": (
        1,
        """ikeVersion encAlgo hashAlgo lifetime psk livenessCheckInterval retransmissiontime
        replayWindowSize perfectForwardSecrecy""",
    ),
    "add ipTunnel": (4, "protocol ipsecProfileName"),
    "add ns pbr": (2, "srcIP destIP ipTunnel priority state"),
    "enable ns feature CloudBridge": (0, ""),
    "enable ns mode L3": (0, ""),
    "apply ns pbrs": (0, ""),
    "save ns config": (0, ""),
}
Command = tuple[str, list[str], dict[str, str]]


def commands(text: str) -> list[Command]:
    """Read the commands."""
    return [_command(line) for line in text.splitlines() if line and not line.startswith("#")]


def _command(line: str) -> Command:
    head = next(one for one in COMMANDS if line == one or line.startswith(one + " "))
    count, known = COMMANDS[head]
    line = re.sub(r"<[A-Z ]+>", lambda mark: mark[0].replace(" ", "_"), line)
    words = line[len(head) :].replace(" = ", " ").split()
    arguments, options = words[:count], words[count:]
    assert len(arguments) == count, line
    assert len(options) % 2 == 0, line
    assert all(one.startswith("-") for one in options[::2]), line
    found = {
        name[1:]: value.replace("_", " ") if value.startswith("<") else value
        for name, value in zip(options[::2], options[1::2], strict=True)
    }
    assert set(found) <= set(known.split()), line
    return head, arguments, found


def read(text: str) -> Reading:
    everything = commands(text)
    reading = Reading(tunnels=[_tunnel(section) for section in tunnel_sections(text)])
    for head, arguments, options in everything:
        if arguments:
            reading.defined.add((head, arguments[0]))
        if "ipsecProfileName" in options:
            reading.used.add(("add ipsec profile", options["ipsecProfileName"]))
        if "ipTunnel" in options:
            reading.used.add(("add ipTunnel", options["ipTunnel"]))
    reading.used.update(
        ("add ns pbr", one) for one in re.findall(r"able ns pbr (\S+)$", text, re.MULTILINE)
    )
    states = [options["state"] for head, _, options in everything if head == "add ns pbr"]
    assert states == ["ENABLED", "DISABLED"]
    return reading


def _tunnel(section: str) -> TunnelReading:
    found = {head: (arguments, options) for head, arguments, options in commands(section)}
    (name,), profile = found["add ipsec profile"]
    (tunnel, remote, mask, local), interface = found["add ipTunnel"]
    _, rule = found["add ns pbr"]
    assert interface == {"protocol": "IPSEC", "ipsecProfileName": name}
    assert mask == "255.255.255.255"
    assert rule["ipTunnel"] == tunnel
    assert profile["perfectForwardSecrecy"] == "ENABLE"
    (group,) = re.findall(r"^# Diffie-Hellman group of both phases: (\d+) ", section, re.MULTILINE)
    suite = profile["encAlgo"], profile["hashAlgo"], group
    return TunnelReading(
        ike_version={"V1": "ikev1", "V2": "ikev2"}[profile["ikeVersion"]],
        psk=profile["psk"],
        customer_outside=local,
        endpoint_outside=remote,
        customer_inside=UNSAID,
        endpoint_inside=UNSAID,
        ike=suite,
        ike_lifetime=int(profile["lifetime"]),
        esp=suite,
        esp_lifetime=UNSAID,
        dpd_interval=int(profile["livenessCheckInterval"]),
        dpd_retries=UNSAID,
        mtu=UNSAID,
        mss=UNSAID,
        selectors=UNSAID,
        bgp=None,
        route=_cidr(rule["destIP"]),
    )


def _cidr(text: str) -> str:
    if text == "<VPC NETWORK ADDRESS>-<VPC NETWORK LAST ADDRESS>":
        return "<VPC NETWORK>"
    (network,) = summarize_address_range(*map(ip_address, text.split("-")))
    return str(network)


READERS = {
    # A tunnel there has no addresses, no MTU, no MSS and no selectors; IPsec's lifetime follows
    # from IKE's, and how often a dead peer is asked is fixed.
    "citrix/netscaler.j2": Reader(
        read=read,
        unsaid=frozenset(
            {
                "customer_inside",
                "endpoint_inside",
                "esp_lifetime",
                "dpd_retries",
                "mtu",
                "mss",
                "selectors",
            }
        ),
    )
}
