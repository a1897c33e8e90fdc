"""ScreenOS commands: what a VPN needs of them.

Every command must be one of these, word for word. A form that came with a later release ends in
`@release`. Source: "ScreenOS CLI Reference Guide: IPv4 Command Descriptions", 6.0 to 6.3.
"""

import re
from dataclasses import dataclass

FORMS = r"""
set ike p1-proposal NAME preshare GROUP esp CIPHER HASH second SECONDS
set ike p2-proposal NAME GROUP esp CIPHER HASH second SECONDS
set ike gateway NAME nat-traversal
set ike gateway NAME dpd-liveness interval DPD
set ike gateway NAME dpd-liveness retry RETRY
set ike gateway NAME dpd-liveness always-send
set vpn NAME gateway NAME replay tunnel proposal NAME
set vpn NAME df-bit (clear|copy|set)
set vpn NAME bind interface TUNNEL
set vpn NAME proxy-id local-ip PREFIX remote-ip PREFIX ANY
set vpn NAME monitor source-interface TUNNEL destination-ip IP rekey
set vpnmonitor interval SECONDS
set vpnmonitor threshold RETRY
set flow vpn-tcp-mss MSS
set zone Trust asymmetric-vpn
set interface TUNNEL zone Trust
set interface TUNNEL ip HOST
set interface TUNNEL mtu MTU@6.2
set interface TUNNEL protocol bgp
set vrouter trust-vr route PREFIX interface TUNNEL preference PREFERENCE
set vrouter trust-vr protocol bgp AS
set vrouter trust-vr protocol bgp network PREFIX
set vrouter trust-vr protocol bgp enable
set vrouter trust-vr protocol bgp neighbor IP remote-as AS
set vrouter trust-vr protocol bgp neighbor IP hold-time HOLD
set vrouter trust-vr protocol bgp neighbor IP keepalive HOLD
set vrouter trust-vr protocol bgp neighbor IP enable
"""
_IP = r"(?:\d{1,3}\.){3}\d{1,3}"
FORMS += (
    "set ike gateway NAME address IP id IP main local-id IP outgoing-interface OUT "
    "preshare KEY proposal NAME"
)
KINDS = {
    "NAME": r"[\w.-]{1,31}",
    "GROUP": r"group(?:1|2|5|14)",
    "CIPHER": r"(?:des|3des|aes128|aes192|aes256)",
    "HASH": r"(?:md5|sha-1|sha2-256)",
    "IP": _IP,
    "HOST": rf"{_IP}/\d\d?",
    "PREFIX": rf"(?:{_IP}/\d\d?|<LOCAL NETWORK>|<VPC NETWORK>)",
    "OUT": r"(?:ethernet\d/\d|<OUTSIDE INTERFACE>)",
    "KEY": r'"[^"]{1,255}"',
    "TUNNEL": r"tunnel\.\d+",
}
RANGES = {
    "SECONDS": (1, 2**32 - 1),
    "DPD": (3, 28800),
    "RETRY": (1, 128),
    "MSS": (64, 1420),
    "MTU": (800, 1500),
    "PREFERENCE": (1, 255),
    "AS": (1, 65535),
    "HOLD": (1, 65535),
}


class ScreenOsError(ValueError):
    """A command that ScreenOS would refuse."""


@dataclass(frozen=True)
class Command:
    """A command: its form (`set vpn NAME bind interface TUNNEL`) and what stands for its kinds."""

    form: str
    values: tuple[str, ...]
    line: str
    "As it was written."


@dataclass(frozen=True)
class _Form:
    form: str
    pattern: re.Pattern[str]
    kinds: tuple[str, ...]
    since: float


def _form(line: str) -> _Form:
    form, _, since = line.partition("@")
    words = form.split(" ")
    pattern, kinds = [], []
    for word in words:
        if word in KINDS or word in RANGES:
            kinds.append(word)
            pattern.append(f"({KINDS.get(word, '[0-9]+')})")
        elif "|" in word:
            kinds.append(word)
            pattern.append(f"({word[1:-1]})")
        else:
            pattern.append(re.escape(word))
    return _Form(form, re.compile(" ".join(pattern)), tuple(kinds), float(since or 0))


_FORMS = [_form(line) for line in FORMS.strip().splitlines()]


def parse(text: str, release: float) -> list[Command]:
    """Read commands, in order; raises `ScreenOsError` for what the release does not have."""
    found: list[Command] = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        command = _command(line, release)
        if command in found:
            raise ScreenOsError(f"twice: {line}")
        _check_order(found, command, line)
        found.append(command)
    return found


def _command(line: str, release: float) -> Command:
    for one in _FORMS:
        match = one.pattern.fullmatch(line)
        if not match or one.since > release:
            continue
        if all(_within(kind, word) for kind, word in zip(one.kinds, match.groups(), strict=True)):
            return Command(one.form, match.groups(), line)
    raise ScreenOsError(line)


def _within(kind: str, word: str) -> bool:
    if kind not in RANGES:
        return True
    lowest, highest = RANGES[kind]
    return lowest <= int(word) <= highest


def _check_order(earlier: list[Command], command: Command, line: str) -> None:
    """ScreenOS carries commands out one by one: what a command names must be there."""
    for word, needs in (("proposal", "set ike p"), ("gateway", "set ike gateway NAME address")):
        used = re.search(rf"(?<!p[12]-){word} (\S+)", line)
        if (
            used
            and not command.form.startswith(needs)
            and not any(one.form.startswith(needs) and one.values[0] == used[1] for one in earlier)
        ):
            raise ScreenOsError(f"{used[1]} is not there yet: {line}")
    makes = {"set vpn NAME gateway": "set vpn NAME", "set interface TUNNEL zone": "set interface",
             "protocol bgp AS": "set vrouter trust-vr protocol bgp"}  # fmt: skip
    for first, begin in makes.items():
        if not command.form.startswith(begin) or first in command.form:
            continue
        owner = command.values[:1] if "NAME" in begin or "interface" in begin else ()
        if not any(first in one.form and one.values[: len(owner)] == owner for one in earlier):
            raise ScreenOsError(f"too early: {line}")
