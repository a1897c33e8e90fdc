"""SonicWall's E-CLI: which command each mode has, and which mode it leads to."""

import re
from dataclasses import dataclass

_IP, _ADDRESS = r"(\d+\.\d+\.\d+\.\d+)", r"(\d+\.\d+\.\d+\.\d+|<[A-Z ]+>)"
_HASH, _CIPHER, _GROUP = r"(sha-(?:1|256|384|512))", r"(aes-(?:128|256))", r"(1|2|5|14)"
_CONFIG, _POLICY, _TUNNEL, _BGP = "config", "vpn policy", "tunnel-interface", "bgp terminal"
_GRAMMAR: dict[str, list[tuple[str, str, str]]] = {
    "": [
        ("", "configure", _CONFIG),
        ("", "show vpn policies", ""),
        ("use policy", r"show vpn tunnel (\S+) summary", ""),
    ],
    _CONFIG: [
        ("object", rf"address-object ipv4 (\w+) network {_ADDRESS} {_ADDRESS} zone VPN", _CONFIG),
        ("policy", r"vpn policy tunnel-interface (\S+)", _POLICY),
        ("tunnel", r"tunnel-interface vpn (\S+)", _TUNNEL),
        ("", "routing", "routing"),
    ],
    _POLICY: [
        ("", "enable|anti-replay|keep-alive", _POLICY),
        ("gateway", rf"gateway primary {_IP}", _POLICY),
        ("", "auth-method shared-secret", "auth-method"),
        ("exchange", r"proposal ike exchange (main|aggressive|ikev2)", _POLICY),
        ("ike encryption", f"proposal ike encryption {_CIPHER}", _POLICY),
        ("ike authentication", f"proposal ike authentication {_HASH}", _POLICY),
        ("ike group", f"proposal ike dh-group {_GROUP}", _POLICY),
        ("ike lifetime", r"proposal ike lifetime (\d+)", _POLICY),
        ("", "proposal ipsec protocol esp", _POLICY),
        ("ipsec encryption", f"proposal ipsec encryption {_CIPHER}", _POLICY),
        ("ipsec authentication", f"proposal ipsec authentication {_HASH}", _POLICY),
        ("ipsec group", f"proposal ipsec perfect-forward-secrecy dh-group {_GROUP}", _POLICY),
        ("ipsec lifetime", r"proposal ipsec lifetime (\d+)", _POLICY),
        ("", r"bound-to interface (<OUTSIDE INTERFACE>)", _POLICY),
    ],
    "auth-method": [
        ("secret", r"shared-secret (\S+)", "auth-method"),
        ("local id", rf"ike-id local ipv4 {_IP}", "auth-method"),
        ("peer id", rf"ike-id peer ipv4 {_IP}", "auth-method"),
    ],
    _TUNNEL: [
        ("bound policy", r"policy (\S+)", _TUNNEL),
        ("", "ip-assignment VPN static", "ip-assignment"),
        ("", "fragment-packets|ignore-df-bit|asymmetric-route", _TUNNEL),
    ],
    "ip-assignment": [("address", rf"ip {_IP} netmask {_IP}", "ip-assignment")],
    "routing": [
        ("route", r"policy interface (\w+) metric (\d+) source any destination name (\w+) "
         rf"service any gateway {_IP}", "route policy"),
        ("", "bgp", "bgp"),
    ],
    "route policy": [("", "disable-on-interface-down", "route policy")],
    "bgp": [("", "configure terminal", "bgp configure"), ("", "show ip bgp summary", "bgp")],
    "bgp configure": [("router", r"router bgp (\d+)", _BGP)],
    _BGP: [
        ("network", r"network (\S+/\d+|<LOCAL NETWORK>)", _BGP),
        ("neighbor", rf"neighbor {_IP} remote-as (\d+)", _BGP),
        ("timers", rf"neighbor {_IP} timers (\d+) (\d+)", _BGP),
        ("soft", rf"neighbor {_IP} soft-reconfiguration inbound", _BGP),
        ("", "end", "bgp ended"),
    ],
    "bgp ended": [("", "write", "bgp ended"), ("", "exit", "bgp")],
}  # fmt: skip
"By mode: what the reader calls a command, the command, and the mode that it leads to."
_UP = {
    _CONFIG: "", _POLICY: _CONFIG, "auth-method": _POLICY, _TUNNEL: _CONFIG,
    "ip-assignment": _TUNNEL, "routing": _CONFIG, "route policy": "routing", "bgp": "routing",
}  # fmt: skip
_NAMES = {"object": "new object", "policy": "new policy", "tunnel": "new tunnel",
          "bound policy": "policy", "use policy": "policy", "route": "tunnel"}  # fmt: skip


@dataclass(frozen=True)
class Command:
    """A command that was understood, with its parameters."""

    name: str
    values: tuple[str, ...]

    @property
    def names(self) -> tuple[str, str]:
        """The kind and the name that the command gives (`new ...`) or uses; empty if none."""
        kind = _NAMES.get(self.name, "")
        return kind, self.values[0] if kind else ""


def commands(text: str) -> list[Command]:
    """Read a paste: every line must be of the mode in which the line before left the device."""
    mode, changed, found = "", False, []
    for line in text.splitlines():
        if not line or line.startswith("!"):
            continue
        matches = [(name, one.groups(), leads) for name, pattern, leads in _GRAMMAR[mode]
                   if (one := re.fullmatch(pattern, line))]  # fmt: skip
        if matches:
            ((name, values, mode),) = matches
            found.append(Command(name, values))
            changed = changed or mode not in ("", _CONFIG, "routing", "bgp", "bgp configure")
        elif line == "commit" and mode in _UP:
            changed = False
        elif line == "exit" and mode in _UP:
            assert mode != _CONFIG or not changed, "it leaves what is not committed"
            mode = _UP[mode]
        elif line == "end" and mode in _UP:
            assert not changed, "it leaves what is not committed"
            mode = ""
        else:
            raise AssertionError(f"the mode {mode or 'top'!r} has no {line!r}")
    assert not mode, f"it ends in the mode {mode!r}"
    return found
