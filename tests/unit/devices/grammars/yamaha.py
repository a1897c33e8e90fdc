"""Commands of Yamaha's routers: what a VPN needs of them.

Commands that begin with `ip tunnel`, `ipsec tunnel` or `tunnel enable` are for the tunnel that was
selected last. Source: Yamaha's "Command Reference" (Rev.8.02 to 15.04).
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

_IP = r"(?:\d{1,3}\.){3}\d{1,3}"
_PREFIX = rf"(?:{_IP}/\d\d?|<LOCAL NETWORK>|<VPC NETWORK>)"
_GROUP = r"modp(?:768|1024|1536|2048)"
_COUNT = r"[1-9]\d{0,4}"
IN_A_TUNNEL = {
    "policy": r"ipsec tunnel (\d+)",
    "df-bit": r"ipsec tunnel outer df-bit (clear|copy|set)",
    "address": rf"ip tunnel address ({_IP}/\d\d?)",
    "remote-address": rf"ip tunnel remote address ({_IP})",
    "mtu": r"ip tunnel mtu (\d{2,4})",
    "mss": r"ip tunnel tcp mss limit (\d{3,4}|auto)",
    "enable": r"tunnel enable (\d+)",
}
OF_A_GATEWAY = {
    "version": r"ipsec ike version (\d+) ([12])",
    "message-id-control": r"ipsec ike message-id-control (\d+) (on|off)",
    "child-exchange": r"ipsec ike child-exchange type (\d+) ([12])",
    "encryption": r"ipsec ike encryption (\d+) (3des-cbc|des-cbc|aes-cbc|aes256-cbc)",
    "hash": r"ipsec ike hash (\d+) (md5|sha|sha256)",
    "group": rf"ipsec ike group (\d+) ({_GROUP}(?: {_GROUP})?)",
    "isakmp-sa": r"ipsec ike duration isakmp-sa (\d+) (\d{3,6})",
    "ipsec-sa": r"ipsec ike duration ipsec-sa (\d+) (\d{3,6})",
    "psk": r"ipsec ike pre-shared-key (\d+) text ([!-~]{1,128})",
    "local-address": rf"ipsec ike local address (\d+) ({_IP})",
    "remote-address": rf"ipsec ike remote address (\d+) ({_IP})",
    "local-name": rf"ipsec ike local name (\d+) ({_IP}) ipv4-addr",
    "remote-name": rf"ipsec ike remote name (\d+) ({_IP}) ipv4-addr",
    "keepalive": rf"ipsec ike keepalive use (\d+) (on (?:dpd|rfc4306) {_COUNT} {_COUNT})",
    "pfs": r"ipsec ike pfs (\d+) (on|off)",
    "local-id": rf"ipsec ike local id (\d+) ({_IP}/\d\d?)",
    "remote-id": rf"ipsec ike remote id (\d+) ({_IP}/\d\d?)",
}
NUMBERED = {
    "sa": r"ipsec sa policy (\d+) (\d+ esp (?:aes-cbc|aes256-cbc|3des-cbc) "
    r"(?:sha-hmac|sha256-hmac|md5-hmac))",
    "keepalive": rf"ip keepalive (\d+) icmp-echo ({_COUNT} {_COUNT} {_IP})",
    "neighbor": rf"bgp neighbor (\d+) ({_COUNT} {_IP} hold-time=\d+ local-address={_IP})",
    "filter": rf"bgp import filter (\d+) equal ({_PREFIX})",
}
GLOBAL = {
    "refresh": r"ipsec auto refresh (on)",
    "bgp": r"bgp use (on)",
    "as": rf"bgp autonomous-system ({_COUNT})",
    "import": rf"bgp import ({_COUNT} static filter \d+)",
    "configure": r"bgp configure (refresh)",
    "route": rf"ip route ({_PREFIX} gateway tunnel \d+ (?:keepalive \d+|hide)"
    r"(?: gateway tunnel \d+ (?:keepalive \d+|hide) weight \d+)*)",
}


class YamahaError(ValueError):
    """A command that the router would refuse, or give to the wrong tunnel."""


def _two() -> Any:
    return defaultdict(dict)


@dataclass
class Router:
    """What the commands set: by tunnel, by security gateway, by kind and number, and at all."""

    tunnels: dict[str, dict[str, str]] = field(default_factory=_two)
    gateways: dict[str, dict[str, str]] = field(default_factory=_two)
    numbered: dict[str, dict[str, str]] = field(default_factory=_two)
    rest: dict[str, str] = field(default_factory=dict)

    def put(self, where: dict[str, str], key: str, value: str) -> None:
        """Set a value; each is set once."""
        if key in where:
            raise YamahaError(f"{key} is set twice")
        where[key] = value


def parse(text: str) -> Router:
    """Read commands; raises `YamahaError`."""
    router, selected = Router(), "none"
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        if found := re.fullmatch(r"tunnel select (\d+|none)", line):
            selected = found[1]
        elif not (
            _in_a_tunnel(router, line, selected) or _numbered(router, line) or _global(router, line)
        ):
            raise YamahaError(line)
    if selected != "none":
        raise YamahaError("a tunnel is still selected")
    return router


def _in_a_tunnel(router: Router, line: str, selected: str) -> bool:
    for key, pattern in IN_A_TUNNEL.items():
        if found := re.fullmatch(pattern, line):
            if selected == "none" or (key == "enable" and found[1] != selected):
                raise YamahaError(f"not in its tunnel: {line}")
            router.put(router.tunnels[selected], key, found[1])
            return True
    return False


def _numbered(router: Router, line: str) -> bool:
    for key, pattern in OF_A_GATEWAY.items():
        if found := re.fullmatch(pattern, line):
            router.put(router.gateways[found[1]], key, found[2])
            return True
    for key, pattern in NUMBERED.items():
        if found := re.fullmatch(pattern, line):
            router.put(router.numbered[key], found[1], found[2])
            return True
    return False


def _global(router: Router, line: str) -> bool:
    for key, pattern in GLOBAL.items():
        if found := re.fullmatch(pattern, line):
            router.put(router.rest, key, found[1])
            return True
    return False
