"""FortiOS's command line: `config` opens a table, `edit` an entry, `set` gives a value.

What each table knows is written down for the keys in use here, by version: a key or a value that
the version does not have is refused, as the device would. Sources: Fortinet's CLI references of
FortiOS 4.0 MR3, 5.0 and 7.0.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

_OCTETS = r"\d{1,3}(\.\d{1,3}){3}"
_MARK = r"<[A-Z ]+>"
ADDRESS = _OCTETS
MASKED = rf"({_OCTETS}|<[A-Z ]+ ADDRESS>) ({_OCTETS}|<[A-Z ]+ MASK>)"
IPV6 = r"[0-9a-f:]+:[0-9a-f:]*"
PREFIX6 = rf"({IPV6}/\d+|{_MARK})"
NAME = rf"([\w.-]+|{_MARK})"
INTERFACE = rf"([\w.-]{{1,15}}|{_MARK})"
NUMBER = r"\d+"
SWITCH = "enable|disable"
OLD_CIPHERS, HASHES = "aes128|aes256", "sha1|sha256|sha384|sha512"
OLD_GROUPS, GROUPS = "1|2|5|14", "1|2|5|14|15|16|17|18|19|20|21|27|28|29|30|31|32"


@dataclass(frozen=True)
class Table:
    """What may stand in a `config`: values by key, tables by name."""

    keys: dict[str, str] = field(default_factory=dict)
    "Key to the expression that its whole value must match."
    name: str | None = None
    "What an entry's name must match; None when the table has no entries."
    tables: dict[str, "Table"] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    "Keys without which the device does not take an entry."

    def less(self, *keys: str, **other: str) -> "Table":
        """The same without some keys, and with others (a `_` for a `-`)."""
        more = {key.replace("_", "-"): value for key, value in other.items()}
        kept = {key: value for key, value in self.keys.items() if key not in keys}
        return replace(self, keys=kept | more)


@dataclass
class Entry:
    """An entry, or a table without entries."""

    name: str
    values: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list["Entry"]] = field(default_factory=dict)

    def __getitem__(self, key: str) -> str:
        return self.values[key]

    def one(self, table: str) -> "Entry":
        """The only entry of a table."""
        (entry,) = self.tables[table]
        return entry


_PHASE1 = Table(
    name=r"[\w-]{1,15}",
    keys={
        "interface": INTERFACE,
        "ike-version": "1|2",
        "local-gw": ADDRESS,
        "remote-gw": ADDRESS,
        "mode": "main|aggressive",
        "authmethod": "psk|signature",
        "psksecret": r"[A-Za-z0-9._]{8,64}",
        "certificate": NAME,
        "peertype": "any|one|dialup|peer|peergrp",
        "peer": NAME,
        "localid-type": "auto|fqdn|user-fqdn|keyid|address|asn1dn",
        "localid": r"\S{1,63}",
        "digital-signature-auth": SWITCH,
        "proposal": rf"({OLD_CIPHERS})-({HASHES})|(aes128gcm|aes256gcm)-prf({HASHES})",
        "dhgrp": GROUPS,
        "keylife": NUMBER,
        "net-device": SWITCH,
        "nattraversal": f"{SWITCH}|forced",
        "dpd": "disable|on-idle|on-demand",
        "dpd-retryinterval": NUMBER,
        "dpd-retrycount": NUMBER,
        "ip-fragmentation": "pre-encapsulation|post-encapsulation",
    },
    needs=("interface", "remote-gw", "proposal"),
)
_OLD_PHASE1 = _PHASE1.less(
    "localid-type", "digital-signature-auth", "net-device", "ip-fragmentation",
    authmethod="psk|rsa-signature", dhgrp=OLD_GROUPS, dpd=SWITCH,
)  # fmt: skip
_PHASE2 = Table(
    name=r"[\w-]{1,35}",
    keys={
        "phase1name": r"[\w-]{1,15}",
        "proposal": rf"({OLD_CIPHERS})-({HASHES})|aes128gcm|aes256gcm",
        "pfs": SWITCH,
        "dhgrp": GROUPS,
        "replay": SWITCH,
        "keepalive": SWITCH,
        "auto-negotiate": SWITCH,
        "keylife-type": "seconds|kbs|both",
        "keylifeseconds": NUMBER,
        **dict.fromkeys(
            ("src-addr-type", "dst-addr-type"), "subnet|range|ip|name|subnet6|range6|ip6|name6"
        ),
        **dict.fromkeys(("src-subnet", "dst-subnet"), MASKED),
        **dict.fromkeys(("src-subnet6", "dst-subnet6"), PREFIX6),
    },
    needs=("phase1name", "proposal"),
)
_OLD_PHASE2 = _PHASE2.less(dhgrp=OLD_GROUPS, proposal=rf"({OLD_CIPHERS})-({HASHES})")
_INTERFACE = Table(
    name=INTERFACE,
    keys={
        "ip": MASKED,
        "remote-ip": MASKED,
        "allowaccess": "ping",
        "tcp-mss": NUMBER,
        "mtu-override": SWITCH,
        "mtu": NUMBER,
    },
    tables={"ipv6": Table(keys={"ip6-address": PREFIX6, "ip6-allowaccess": "ping"})},
)
_OLD_INTERFACE = _INTERFACE.less("mtu-override", "mtu", remote_ip=ADDRESS)
_BGP = Table(
    keys={"as": NUMBER, "router-id": ADDRESS},
    tables={
        "neighbor": Table(
            name=rf"{ADDRESS}|{IPV6}",
            keys={
                "remote-as": NUMBER,
                "keep-alive-timer": NUMBER,
                "holdtime-timer": NUMBER,
                **dict.fromkeys(("activate", "activate6"), SWITCH),
                **dict.fromkeys(("soft-reconfiguration", "soft-reconfiguration6"), SWITCH),
                "link-down-failover": SWITCH,
            },
            needs=("remote-as",),
        ),
        "network": Table(name=NUMBER, keys={"prefix": MASKED}, needs=("prefix",)),
        "network6": Table(name=NUMBER, keys={"prefix6": PREFIX6}, needs=("prefix6",)),
    },
)
_STATIC = Table(
    name=NUMBER,
    keys={
        "dst": MASKED,
        "device": INTERFACE,
        "distance": NUMBER,
        "priority": NUMBER,
        "blackhole": SWITCH,
    },
    needs=("dst",),
)
_GWDETECT = Table(
    name=NUMBER,
    keys={"interface": INTERFACE, "server": ADDRESS, "interval": NUMBER, "failtime": NUMBER},
    needs=("interface", "server"),
)
_LINK_MONITOR = Table(
    name=r"[\w-]{1,35}",
    keys={
        "addr-mode": "ipv4|ipv6",
        "srcintf": INTERFACE,
        "server": rf"{ADDRESS}|{IPV6}",
        "protocol": "ping",
        "interval": r"[5-9]\d\d|\d{4,7}",
        "failtime": NUMBER,
        "recoverytime": NUMBER,
        "update-static-route": SWITCH,
    },
    needs=("srcintf", "server"),
)
_POLICY = Table(
    name=NUMBER,
    keys={
        "name": r"[\w-]{1,35}",
        **dict.fromkeys(("srcintf", "dstintf"), INTERFACE),
        **dict.fromkeys(("srcaddr", "dstaddr", "srcaddr6", "dstaddr6"), NAME),
        "action": "accept|deny",
        "schedule": NAME,
        "service": "ALL",
        **dict.fromkeys(("tcp-mss-sender", "tcp-mss-receiver"), NUMBER),
        "nat": SWITCH,
    },
    needs=("srcintf", "dstintf", "schedule", "service"),
)
_OLD_POLICY = _POLICY.less("name", "srcaddr6", "dstaddr6")
_GLOBAL = Table(keys={"honor-df": SWITCH})

VERSIONS = {
    "7.0": Table(
        tables={
            "system global": _GLOBAL,
            "user peer": Table(name=r"[\w-]{1,35}", keys={"ca": NAME}, needs=("ca",)),
            "vpn ipsec phase1-interface": _PHASE1,
            "vpn ipsec phase2-interface": _PHASE2,
            "system interface": _INTERFACE,
            "system link-monitor": _LINK_MONITOR,
            "router bgp": _BGP,
            "router static": _STATIC,
            "router static6": _STATIC.less(dst=PREFIX6),
            "firewall policy": _POLICY,
        }
    ),
    "5.0": Table(
        tables={
            "system global": _GLOBAL,
            "vpn ipsec phase1-interface": _OLD_PHASE1,
            "vpn ipsec phase2-interface": _OLD_PHASE2,
            "system interface": _OLD_INTERFACE,
            "router gwdetect": _GWDETECT,
            "router bgp": _BGP,
            "router static": _STATIC,
            "firewall policy": _OLD_POLICY,
        }
    ),
    "4.0": Table(
        tables={
            "vpn ipsec phase1-interface": _OLD_PHASE1.less("ike-version"),
            "vpn ipsec phase2-interface": _OLD_PHASE2.less("auto-negotiate"),
            "system interface": _OLD_INTERFACE,
            "router gwdetect": _GWDETECT,
            "router bgp": _BGP,
            "router static": _STATIC,
            "firewall policy": _OLD_POLICY.less(service="ANY"),
        }
    ),
}


def parse(text: str, version: str, *, whole: bool = True) -> Entry:
    """Read what is pasted into a device; `ValueError` where the device would object.

    With `whole` false entries exist already, so that they lack nothing.
    """
    root = Entry("")
    lines = iter([line.strip() for line in text.splitlines()])
    for line in _commands(lines):
        if not line.startswith("config "):
            raise ValueError(f"no command of the top level: {line}")
        _config(line, lines, VERSIONS[version], root)
    if whole:
        _check(root, VERSIONS[version])
    return root


def _commands(lines: Iterator[str]) -> Iterator[str]:
    return (line for line in lines if line and not line.startswith("#"))


def _config(line: str, lines: Iterator[str], scope: Table, into: Entry) -> None:
    name = line.removeprefix("config ")
    if name not in scope.tables:
        raise ValueError(f"no such table here: {name}")
    table, entries = scope.tables[name], into.tables.setdefault(name, [])
    if table.name is None:
        entries.append(_body(Entry(""), lines, table, "end"))
        return
    for command in _commands(lines):
        if command == "end":
            return
        found = re.fullmatch(r'edit ("?)(.+)\1', command)
        if not found or not re.fullmatch(table.name, found[2]):
            raise ValueError(f"no entry of {name}: {command}")
        entries.append(_body(Entry(found[2]), lines, table, "next"))
    raise ValueError(f"{name} does not end")


def _body(entry: Entry, lines: Iterator[str], table: Table, last: str) -> Entry:
    for command in _commands(lines):
        if command == last:
            return entry
        if command.startswith("config "):
            _config(command, lines, table, entry)
            continue
        found = re.fullmatch(r'set (\S+) (?:"([^"]+)"|([^"]+))', command)
        if not found or found[1] not in table.keys or found[1] in entry.values:
            raise ValueError(f"no command here: {command}")
        value = found[2] or found[3]
        if not re.fullmatch(table.keys[found[1]], value):
            raise ValueError(f"no value of {found[1]}: {value}")
        entry.values[found[1]] = value
    raise ValueError(f"entry {entry.name} does not end")


def _check(entry: Entry, table: Table) -> None:
    missing = [key for key in table.needs if key not in entry.values]
    if missing:
        raise ValueError(f"entry {entry.name} lacks {missing}")
    for name, entries in entry.tables.items():
        for one in entries:
            _check(one, table.tables[name])
