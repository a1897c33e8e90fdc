"""RouterOS' commands: `/menu path add name=value ...`, of the menus in use, for each version."""

import re
from typing import NamedTuple

_WORD = r'"(?:\\.|[^"\\])*"|<[A-Z ]+>'
"Quoted, or a mark: both may have blanks."
_TOKEN = re.compile(rf'([a-z0-9.-]+)=((?:{_WORD}|[^\s"])*)(?:\s+|$)')
_PROFILE = """enc-algorithm hash-algorithm dh-group lifetime proposal-check nat-traversal
dpd-interval dpd-maximum-failures"""
_PEER = "comment address local-address exchange-mode send-initial-contact disabled"
_POLICY = "comment src-address dst-address tunnel level action proposal disabled"
_MATCH = """chain action comment src-address dst-address protocol dst-port ipsec-policy place-before
tcp-flags tcp-mss new-mss"""
_COMMON = {
    "interface bridge": "name protocol-mode mtu",
    "ip address": "address interface",
    "ip firewall filter": _MATCH,
    "ip firewall mangle": _MATCH,
    "ip firewall raw": _MATCH,
    "ip ipsec proposal": "name enc-algorithms auth-algorithms pfs-group lifetime",
    "ip route": "dst-address gateway distance",
    "routing bgp instance": "name as router-id",
    "tool netwatch": "comment host interval timeout disabled down-script up-script",
}
_BGP_6 = {
    "routing bgp network": "network synchronize",
    "routing bgp peer": """name instance update-source remote-address remote-as hold-time
    keepalive-time out-filter""",
    "routing filter": "chain action set-bgp-prepend",
}
_NAMED = {
    "ip ipsec identity": "peer auth-method secret certificate my-id generate-policy",
    "ip ipsec peer": f"name profile {_PEER}",
    "ip ipsec policy": f"peer {_POLICY}",
    "ip ipsec profile": f"name {_PROFILE}",
}
MENUS = {
    "6.36": _COMMON
    | _BGP_6
    | {
        "ip ipsec peer": f"auth-method secret generate-policy {_PEER} {_PROFILE}",
        "ip ipsec policy": f"sa-src-address sa-dst-address {_POLICY}",
    },
    "6.47": _COMMON | _BGP_6 | _NAMED,
    "7": _COMMON
    | _NAMED
    | {
        "ip firewall address-list": "list address",
        "routing bgp connection": """name instance afi local.role local.address remote.address
        remote.as hold-time keepalive-time output.network output.filter-chain""",
        "routing filter rule": "chain rule",
        "tool netwatch": _COMMON["tool netwatch"]
        + """ type packet-count thr-loss-percent thr-avg thr-max thr-jitter thr-stdev""",
    },
}


class Command(NamedTuple):
    """An `add`."""

    menu: str
    values: dict[str, str]


def commands(text: str, version: str) -> list[Command]:
    """Read the commands; raises `AssertionError` for what the version does not have."""
    lines = re.sub(r"\\\n[ ]*", "", text).splitlines()
    return [_command(line, version) for line in lines if line and not line.startswith("#")]


def _command(line: str, version: str) -> Command:
    found = re.fullmatch(r"/([a-z -]+) add (.*)", line)
    assert found, line
    menu, rest = found.groups()
    menus = MENUS[version]
    assert menu in menus, f"{version} has no /{menu}"
    tokens = _TOKEN.findall(rest)
    assert "".join(f"{name}={value}" for name, value in tokens) == _squeezed(rest), line
    values = {name: _unquoted(value) for name, value in tokens}
    assert len(values) == len(tokens), f"twice: {line}"
    unknown = set(values) - set(menus[menu].split())
    assert not unknown, f"/{menu} has no {unknown}"
    return Command(menu, values)


def _squeezed(text: str) -> str:
    """Without the blanks between the words."""
    return re.sub(rf"({_WORD})|\s+", lambda found: found[1] or "", text)


def _unquoted(value: str) -> str:
    if value.startswith('"'):
        assert value.endswith('"'), value
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value
