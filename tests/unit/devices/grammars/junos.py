"""Junos `set` commands: the part of the configuration tree that a VPN needs.

Every command must lead from the tree's root along known words to a leaf, and its values must be
of the leaf's kind. A word that came with a later release ends in `@release`; older releases do
not know it. Source: the statement pages of the "CLI Reference for J-series Services Routers and
SRX-series Services Gateways" 9.3, the hierarchies of 12.1X47, the "Junos CLI Reference" of 2024.
"""

import re
from collections.abc import Callable
from ipaddress import ip_address, ip_interface, ip_network

TREE = """
security ike proposal NAME authentication-method METHOD
security ike proposal NAME authentication-algorithm ( md5 | sha1 | sha-256 | sha-384@12.1 )
security ike proposal NAME encryption-algorithm CBC
security ike proposal NAME encryption-algorithm ( aes-128-gcm@15.1 | aes-256-gcm@15.1 )
security ike proposal NAME dh-group GROUP
security ike proposal NAME lifetime-seconds 180-86400
security ike policy NAME mode ( main | aggressive )
security ike policy NAME proposals NAME
security ike policy NAME pre-shared-key ascii-text TEXT
security ike policy NAME certificate local-certificate NAME
security ike policy NAME certificate peer-certificate-type ( pkcs7 | x509-signature )
security ike policy NAME certificate trusted-ca ca-profile@18.1 NAME
security ike gateway NAME ike-policy NAME
security ike gateway NAME address ADDRESS
security ike gateway NAME external-interface INTERFACE
security ike gateway NAME local-identity inet ADDRESS
security ike gateway NAME local-identity distinguished-name
security ike gateway NAME remote-identity@11.4 inet ADDRESS
security ike gateway NAME dead-peer-detection always-send
security ike gateway NAME dead-peer-detection interval 10-60
security ike gateway NAME dead-peer-detection threshold 1-5
security ike gateway NAME version@11.3 ( v1-only | v2-only )
security ipsec vpn-monitor-options interval 2-3600
security ipsec vpn-monitor-options threshold 1-65536
security ipsec proposal NAME protocol ( ah | esp )
security ipsec proposal NAME authentication-algorithm ( hmac-md5-96 | hmac-sha1-96 )
security ipsec proposal NAME authentication-algorithm hmac-sha-256-128@11.1
security ipsec proposal NAME encryption-algorithm CBC
security ipsec proposal NAME encryption-algorithm ( aes-128-gcm@12.1 | aes-256-gcm@12.1 )
security ipsec proposal NAME lifetime-seconds 180-86400
security ipsec policy NAME perfect-forward-secrecy keys GROUP
security ipsec policy NAME proposals NAME
security ipsec vpn NAME bind-interface TUNNEL
security ipsec vpn NAME df-bit ( clear | copy | set )
security ipsec vpn NAME establish-tunnels ( immediately | on-traffic )
security ipsec vpn NAME ike gateway NAME
security ipsec vpn NAME ike ipsec-policy NAME
security ipsec vpn NAME ike proxy-identity ( local | remote ) PREFIX
security ipsec vpn NAME ike proxy-identity service any
security ipsec vpn NAME vpn-monitor source-interface TUNNEL
security ipsec vpn NAME vpn-monitor destination-ip IPV4
security pki ca-profile NAME ca-identity NAME
security pki ca-profile NAME revocation-check crl disable on-download-failure
security flow tcp-mss ipsec-vpn mss 64-65535
security forwarding-options family inet6 mode ( flow-based | packet-based | drop )
security zones security-zone NAME host-inbound-traffic system-services ( ike | ping )
security zones security-zone NAME interfaces TUNNEL host-inbound-traffic system-services ping
security zones security-zone NAME interfaces TUNNEL host-inbound-traffic protocols bgp
security policies from-zone NAME to-zone NAME policy NAME match source-address any
security policies from-zone NAME to-zone NAME policy NAME match destination-address any
security policies from-zone NAME to-zone NAME policy NAME match application any
security policies from-zone NAME to-zone NAME policy NAME then ( permit | deny | reject )
interfaces st0 unit 0-16385 description NAME
interfaces st0 unit 0-16385 family ( inet | inet6 ) mtu 256-9192
interfaces st0 unit 0-16385 family ( inet | inet6 ) address HOST
policy-options policy-statement NAME term NAME from route-filter PREFIX ( exact | orlonger )
policy-options policy-statement NAME term NAME then ( accept | reject )
protocols bgp group NAME type ( external | internal )
protocols bgp group NAME family ( inet | inet6 ) unicast
protocols bgp group NAME export NAME
protocols bgp group NAME neighbor ADDRESS description NAME
protocols bgp group NAME neighbor ADDRESS local-address ADDRESS
protocols bgp group NAME neighbor ADDRESS hold-time 3-65535
protocols bgp group NAME neighbor ADDRESS peer-as 1-4294967295
protocols bgp group NAME neighbor ADDRESS local-as 1-4294967295
routing-options static route PREFIX qualified-next-hop ( TUNNEL | ADDRESS ) preference NUMBER
routing-options rib inet6.0 static route PREFIX qualified-next-hop ADDRESS preference NUMBER
"""
ALIASES = {
    "METHOD": "( pre-shared-keys | rsa-signatures | ecdsa-signatures-256@12.1 )",
    "CBC": "( 3des-cbc | aes-128-cbc | aes-192-cbc | aes-256-cbc | des-cbc )",
    "GROUP": "( group1 | group2 | group5 | group14@11.1 | group19@12.1 | group20@12.1 "
    "| group24@12.1 | group15@19.1 | group16@19.1 | group21@19.1 )",
    "NUMBER": "0-4294967295",
}


class JunosError(ValueError):
    """A command that Junos would refuse."""


def _is(make: Callable[[str], object]) -> Callable[[str], bool]:
    def check(word: str) -> bool:
        try:
            make(word)
        except ValueError:
            return False
        return True

    return check


def _mark(*marks: str) -> Callable[[str], bool]:
    return lambda word: word in marks


KINDS: dict[str, list[Callable[[str], object]]] = {
    "NAME": [re.compile(r"[A-Za-z][\w-]{0,31}", re.ASCII).fullmatch,
             _mark("<DEVICE CERTIFICATE>", "<CA CERTIFICATE>")],
    "TEXT": [re.compile(r'"[^"\s]{1,255}"').fullmatch],
    "ADDRESS": [_is(ip_address)],
    "IPV4": [re.compile(r"(\d+\.){3}\d+").fullmatch],
    "HOST": [lambda word: "/" in word and _is(ip_interface)(word)],
    "PREFIX": [lambda word: "/" in word and _is(ip_network)(word),
               _mark("<LOCAL NETWORK>", "<VPC NETWORK>")],
    "INTERFACE": [re.compile(r"[gx]e-\d/\d/\d\.\d+").fullmatch, _mark("<OUTSIDE INTERFACE>")],
    "TUNNEL": [re.compile(r"st0\.\d+").fullmatch],
}  # fmt: skip


def _release(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def _fits(pattern: str, word: str, release: tuple[int, ...]) -> bool:
    if pattern in KINDS:
        return any(kind(word) for kind in KINDS[pattern])
    if found := re.fullmatch(r"(\d+)-(\d+)", pattern):
        return word.isdecimal() and int(found[1]) <= int(word) <= int(found[2])
    known, _, since = pattern.partition("@")
    return word == known and (not since or _release(since) <= release)


def _steps(line: str) -> list[list[str]]:
    """Read a line of the tree: for each word of a command its alternatives."""
    for alias, meaning in ALIASES.items():
        line = re.sub(rf"\b{alias}\b", meaning, line)
    return [step.strip("() ").split(" | ") for step in re.findall(r"\([^)]*\)|\S+", line)]


PATHS = [_steps(line) for line in TREE.strip().splitlines()]
WHAT_A_COMMIT_WANTS = {
    ("security", "ike", "proposal"): ["authentication-method"],
    ("security", "ike", "policy"): ["proposals"],
    ("security", "ike", "gateway"): ["ike-policy", "address", "external-interface"],
    ("security", "ipsec", "proposal"): ["protocol", "encryption-algorithm"],
    ("security", "ipsec", "policy"): ["proposals"],
    ("security", "ipsec", "vpn"): ["bind-interface", "ike"],
    ("protocols", "bgp", "group"): ["type", "neighbor"],
}


class Configuration:
    """The commands that were given, as paths of words."""

    def __init__(self, paths: list[tuple[str, ...]]) -> None:
        self.paths = paths

    def under(self, *prefix: str) -> list[tuple[str, ...]]:
        """Say what follows these words, in each path that begins with them."""
        return [one[len(prefix) :] for one in self.paths if one[: len(prefix)] == prefix]

    def names(self, *prefix: str) -> list[str]:
        """List the words that follow these, each once."""
        return list(dict.fromkeys(one[0] for one in self.under(*prefix) if one))

    def value(self, *prefix: str) -> str:
        """Say the one word that follows these."""
        (only,) = self.under(*prefix)
        (word,) = only
        return word.strip('"')


def parse(text: str, release: str = "24.4") -> Configuration:
    """Read commands; raises `JunosError` for what that release does not have."""
    paths: list[tuple[str, ...]] = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        word, *path = re.findall(r'"[^"]*"|<[A-Z ]+>|\S+', line)
        if word != "set" or not any(_leads(one, path, _release(release)) for one in PATHS):
            raise JunosError(line)
        if tuple(path) in paths:
            raise JunosError(f"twice: {line}")
        paths.append(tuple(path))
    found = Configuration(paths)
    for where, wanted in WHAT_A_COMMIT_WANTS.items():
        for name in found.names(*where):
            if missing := set(wanted) - set(found.names(*where, name)):
                raise JunosError(f"{' '.join(where)} {name} lacks {missing}")
    return found


def _leads(steps: list[list[str]], path: list[str], release: tuple[int, ...]) -> bool:
    return len(steps) == len(path) and all(
        any(_fits(pattern, word, release) for pattern in step)
        for step, word in zip(steps, path, strict=True)
    )
