"""The tunnels of a strongSwan file with ipsec.conf and ipsec.secrets."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import Any

from landbridge.lab import pasted
from landbridge.lab.model import ConfigurationError, DeviceTunnel

_CONN = re.compile(r"^conn (Tunnel\d+)\n((?:[ \t]+.*\n)+)", re.MULTILINE)
_SECRET = re.compile(r'^(\S+) (\S+) : PSK "([^"]+)"$', re.MULTILINE)
_UNITS = {"s": 1, "m": 60, "h": 3600}
_REPLAY_WINDOW = "32"
"strongSwan's default, packets."


def tunnels(text: str) -> tuple[DeviceTunnel, ...]:
    """Read the `conn` blocks; none if the file is of another kind."""
    secrets = {remote: key for _, remote, key in _SECRET.findall(text)}
    return tuple(_tunnel(name, _keys(block), secrets, text) for name, block in _CONN.findall(text))


def _tunnel(
    name: str, conn: Mapping[str, str], secrets: Mapping[str, str], text: str
) -> DeviceTunnel:
    inside, mtu = pasted.interface(text, name)
    try:
        return DeviceTunnel(
            name=name,
            inside=inside,
            mtu=mtu,
            local_address=IPv4Address(conn["leftid"]),
            remote_address=IPv4Address(conn["right"]),
            psk=secrets[conn["right"]],
            ike_version=_version(conn),
            definition=definition(conn),
            dead_after=seconds(conn["dpdtimeout"]),
            initiate=conn["auto"] == "start",
        )
    except KeyError as error:
        raise ConfigurationError(f"the file does not tell {error}") from error


def definition(conn: Mapping[str, str]) -> dict[str, Any]:
    """Turn a `conn` of ipsec.conf into the words of swanctl.conf.

    ipsec.conf's lifetimes are the hard ones, with the margin before them; `!` (only these
    proposals) is what swanctl.conf always means. `mark` ties a tunnel to its interface there, which
    the interface id does here.
    """
    margin = seconds(conn.get("margintime", "9m"))
    found: dict[str, Any] = {
        "version": _version(conn),
        "remote_addrs": [conn["right"]],
        "proposals": conn["ike"].rstrip("!").split(","),
        "encap": conn.get("forceencaps", "no"),
        "mobike": "no",
        "keyingtries": "0",
        "rekey_time": f"{seconds(conn['ikelifetime']) - margin}s",
        "over_time": f"{margin}s",
        "dpd_delay": conn["dpddelay"],
        "local": {"auth": "psk", "id": conn["leftid"]},
        "remote": {"auth": "psk", "id": conn.get("rightid", conn["right"])},
        "children": {
            conn["right"]: {
                "mode": "tunnel",
                "local_ts": [conn["leftsubnet"]],
                "remote_ts": [conn["rightsubnet"]],
                "esp_proposals": conn["esp"].rstrip("!").split(","),
                "life_time": f"{seconds(conn['lifetime'])}s",
                "rekey_time": f"{seconds(conn['lifetime']) - margin}s",
                "replay_window": conn.get("replay_window", _REPLAY_WINDOW),
                "dpd_action": conn["dpdaction"],
                "close_action": conn.get("closeaction", "none").replace("restart", "start"),
            }
        },
    }
    if found["version"] == "1":
        found["dpd_timeout"] = conn["dpdtimeout"]
    return found


def _version(conn: Mapping[str, str]) -> str:
    return conn["keyexchange"].removeprefix("ikev")


def _keys(block: str) -> dict[str, str]:
    lines = (line.split("#", 1)[0].strip() for line in block.splitlines())
    pairs = (line.partition("=") for line in lines if "=" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def seconds(text: str) -> int:
    """Read a time: a number, with a unit or in seconds."""
    if text[-1] in _UNITS:
        return int(text[:-1]) * _UNITS[text[-1]]
    return int(text)
