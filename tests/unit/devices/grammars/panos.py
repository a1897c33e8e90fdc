"""PAN-OS's configure mode: `set` and a path through a tree of words, with values at its leaves.

The tree has the words in use here, by version: a word or a value that the version does not have is
refused. Sources: the paths and values by version of Palo Alto Networks' pan-os-python, and the
PAN-OS 4.1 and 7.0 administrator's guides.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

_OCTETS = r"\d{1,3}(\.\d{1,3}){3}"
ADDRESS = _OCTETS
PREFIX = rf"({_OCTETS}/\d+|<[A-Z ]+>)"
NAME = r"([\w.-]{1,31}|<[A-Z ]+>)"
ZONE = r"([\w.-]{1,15}|<[A-Z ]+>)"
INTERFACE = r"(tunnel\.\d{1,4}|<[A-Z ]+>)"
NUMBER = r"\d+"
YES_NO = "yes|no"
HASHES = "md5|sha1|sha256|sha384|sha512"
OLD_CIPHERS, CIPHERS = "3des|aes128|aes192|aes256", "3des|aes-128-cbc|aes-192-cbc|aes-256-cbc"
OLD_GROUPS = "group1|group2|group5|group14"
GROUPS = f"{OLD_GROUPS}|group19|group20"
ENTRY = "<entry>"
"The key of a list's entries: `{ENTRY: (what a name matches, its words)}`."
LIST = "list of "
"Before a leaf's expression: it takes several values, in brackets, and keeps those it has."

_DPD = {"enable": YES_NO, "interval": NUMBER, "retry": NUMBER}
_IKEV1 = {
    "exchange-mode": "auto|main|aggressive",
    "ike-crypto-profile": NAME,
    "dpd": _DPD,
}
_GATEWAY = {
    "protocol": {"ikev1": _IKEV1},
    "protocol-common": {"nat-traversal": {"enable": YES_NO}, "passive-mode": YES_NO},
    "authentication": {"pre-shared-key": {"key": r"\S{1,255}"}},
    "local-id": {"type": "ipaddr|fqdn|ufqdn|keyid|dn", "id": r".+"},
    "peer-id": {"type": "ipaddr|fqdn|ufqdn|keyid|dn", "id": r".+"},
    "peer-address": {"ip": ADDRESS},
    "local-address": {"interface": INTERFACE, "ip": PREFIX},
}
_BGP = {
    "enable": YES_NO,
    "router-id": ADDRESS,
    "local-as": NUMBER,
    "install-route": YES_NO,
    "routing-options": {"as-format": "2-byte|4-byte"},
    "redist-rules": {
        ENTRY: (NAME, {"enable": YES_NO, "set-origin": "igp|egp|incomplete"}),
    },
    "peer-group": {
        ENTRY: (
            NAME,
            {
                "enable": YES_NO,
                "soft-reset-with-stored-info": YES_NO,
                "type": {
                    "ebgp": {
                        "export-nexthop": "resolve|use-self",
                        "import-nexthop": "original|use-peer",
                        "remove-private-as": YES_NO,
                    }
                },
                "peer": {
                    ENTRY: (
                        NAME,
                        {
                            "enable": YES_NO,
                            "peer-as": NUMBER,
                            "local-address": {"interface": INTERFACE, "ip": PREFIX},
                            "peer-address": {"ip": ADDRESS},
                            "connection-options": {
                                "keep-alive-interval": NUMBER,
                                "hold-time": NUMBER,
                            },
                        },
                    )
                },
            },
        )
    },
}
_RULE = {
    **dict.fromkeys(("from", "to"), LIST + ZONE),
    **dict.fromkeys(("source", "destination", "application", "service"), LIST + NAME),
    "action": "allow|deny",
}
_OLD: dict[str, Any] = {
    "zone": {ENTRY: (ZONE, {"network": {"layer3": LIST + INTERFACE}})},
    "import": {"network": {"interface": LIST + INTERFACE}},
    "rulebase": {"security": {"rules": {ENTRY: (NAME, _RULE)}}},
    "network": {
        "profiles": {
            "interface-management-profile": {ENTRY: (NAME, {"ping": YES_NO})},
            "monitor-profile": {
                ENTRY: (
                    NAME,
                    {
                        "interval": NUMBER,
                        "threshold": NUMBER,
                        "action": "fail-over|wait-recover",
                    },
                )
            },
        },
        "interface": {
            "tunnel": {
                "units": {
                    ENTRY: (
                        INTERFACE,
                        {
                            "ip": LIST + PREFIX,
                            "mtu": NUMBER,
                            "comment": NAME,
                            "interface-management-profile": NAME,
                        },
                    )
                }
            }
        },
        "ike": {
            "crypto-profiles": {
                "ike-crypto-profiles": {
                    ENTRY: (
                        NAME,
                        {
                            "encryption": OLD_CIPHERS,
                            "hash": HASHES,
                            "dh-group": OLD_GROUPS,
                            "lifetime": {"seconds": NUMBER},
                        },
                    )
                },
                "ipsec-crypto-profiles": {
                    ENTRY: (
                        NAME,
                        {
                            "esp": {
                                "encryption": f"{OLD_CIPHERS}|null",
                                "authentication": f"{HASHES}|none",
                            },
                            "dh-group": f"{OLD_GROUPS}|no-pfs",
                            "lifetime": {"seconds": NUMBER},
                        },
                    )
                },
            },
            "gateway": {ENTRY: (NAME, _GATEWAY)},
        },
        "tunnel": {
            "ipsec": {
                ENTRY: (
                    NAME,
                    {
                        "auto-key": {
                            "ike-gateway": NAME,
                            "ipsec-crypto-profile": NAME,
                            "proxy-id": {
                                ENTRY: (
                                    NAME,
                                    {"local": PREFIX, "remote": PREFIX, "protocol": "any"},
                                )
                            },
                        },
                        "tunnel-interface": INTERFACE,
                        "anti-replay": YES_NO,
                        "tunnel-monitor": {
                            "enable": YES_NO,
                            "destination-ip": ADDRESS,
                            "tunnel-monitor-profile": NAME,
                        },
                    },
                )
            }
        },
        "virtual-router": {
            ENTRY: (
                NAME,
                {
                    "interface": LIST + INTERFACE,
                    "routing-table": {
                        "ip": {
                            "static-route": {
                                ENTRY: (
                                    NAME,
                                    {
                                        "destination": PREFIX,
                                        "interface": INTERFACE,
                                        "nexthop": {"ip-address": ADDRESS},
                                        "metric": NUMBER,
                                    },
                                )
                            }
                        }
                    },
                    "protocol": {
                        "redist-profile": {
                            ENTRY: (
                                NAME,
                                {
                                    "priority": NUMBER,
                                    "action": "redist|no-redist",
                                    "filter": {
                                        "type": f"{LIST}connect|static|rip|ospf|bgp",
                                        "destination": LIST + PREFIX,
                                    },
                                },
                            )
                        },
                        "bgp": _BGP,
                    },
                },
            )
        },
    },
}


def _with_version_7() -> dict[str, Any]:
    tree = deepcopy(_OLD)
    tree["shared"] = {"certificate-profile": {ENTRY: (NAME, {"CA": LIST + NAME})}}
    ike = tree["network"]["ike"]
    ike["crypto-profiles"]["ike-crypto-profiles"][ENTRY][1].update(
        {"encryption": CIPHERS, "dh-group": GROUPS}
    )
    esp = ike["crypto-profiles"]["ipsec-crypto-profiles"][ENTRY][1]
    esp["esp"]["encryption"] = f"{CIPHERS}|aes-128-gcm|aes-256-gcm|null"
    esp["dh-group"] = f"{GROUPS}|no-pfs"
    gateway = ike["gateway"][ENTRY][1]
    gateway["protocol"]["version"] = "ikev1|ikev2|ikev2-preferred"
    gateway["protocol"]["ikev2"] = {
        "ike-crypto-profile": NAME,
        "dpd": {"enable": YES_NO, "interval": NUMBER},
    }
    gateway["authentication"]["certificate"] = {
        "local-certificate": {"name": NAME},
        "certificate-profile": NAME,
    }
    return tree


VERSIONS = {"4.1.2": _OLD, "7.0": _with_version_7()}
_WORD = re.compile(r'"([^"]*)"|(<[A-Z ]+>|\S+)')


def parse(text: str, version: str) -> dict[str, Any]:
    """Read the commands into a tree; `ValueError` where the device would object."""
    root: dict[str, Any] = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        command, *words = [quoted or plain for quoted, plain in _WORD.findall(line)]
        if command != "set" or not words:
            raise ValueError(f"no command: {line}")
        _set(iter(words), VERSIONS[version], root, line)
    return root


def _set(words: Iterator[str], known: dict[str, Any], into: dict[str, Any], line: str) -> None:
    """Walk one command's path; several leaves of one entry may follow each other."""
    for word in words:
        if ENTRY in known:
            matches, below = known[ENTRY]
            if not re.fullmatch(matches, word):
                raise ValueError(f"no name: {word} in {line}")
        elif word in known:
            below = known[word]
        else:
            raise ValueError(f"no word here: {word} in {line}")
        if isinstance(below, str):
            _leaf(word, words, below, into, line)
        else:
            known, into = below, into.setdefault(word, {})


def _leaf(word: str, words: Iterator[str], known: str, into: dict[str, Any], line: str) -> None:
    value = next(words, "")
    values = [value]
    several = known.startswith(LIST)
    if several and value == "[":
        values = list(iter(lambda: next(words), "]"))
    for one in values:
        if not re.fullmatch(known.removeprefix(LIST), one):
            raise ValueError(f"no value of {word}: {one} in {line}")
    if several:
        into.setdefault(word, []).extend(values)
    elif word in into:
        raise ValueError(f"set twice: {line}")
    else:
        into[word] = value
