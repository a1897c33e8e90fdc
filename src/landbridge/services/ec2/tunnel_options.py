"""Tunnel options on the wire: what a request sets, and what an answer shows.

Unset options come back unset, not as defaults: clients (Terraform above all) tell what they have
set from what they have not.
"""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from landbridge.aws.errors import InvalidParameterValue, UnsupportedOperation
from landbridge.vpn import addressing, tunnel_options
from landbridge.vpn.tunnel_options import OPTIONS, OptionError, Selection

_ALPHABET = string.ascii_letters + string.digits
_ANSWER_NAMES = {
    "IKEVersions": "IkeVersions",
    "DPDTimeoutSeconds": "DpdTimeoutSeconds",
    "DPDTimeoutAction": "DpdTimeoutAction",
}
"The answer's spelling where it differs from the request's."
_KNOWN = {*OPTIONS, "TunnelInsideCidr", "PreSharedKey", "LogOptions"}
TUNNELS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a customer chose for one tunnel."""

    inside: IPv4Network | None
    psk: str | None
    options: Mapping[str, Any]
    "By the names of `landbridge.vpn.tunnel_options.OPTIONS`; only what was set."


def read(specifications: list[dict[str, Any]]) -> tuple[Chosen, Chosen]:
    """Read and check what a request chose for both tunnels."""
    if len(specifications) > TUNNELS:
        raise InvalidParameterValue(
            "Options.TunnelOptions", f"{len(specifications)} tunnels", allowed="at most 2"
        )
    padded = [*specifications, *({} for _ in range(TUNNELS - len(specifications)))]
    first, second = (
        _read_one(one, f"Options.TunnelOptions.{number}") for number, one in enumerate(padded, 1)
    )
    if first.inside is not None and first.inside == second.inside:
        raise InvalidParameterValue(
            "Options.TunnelOptions.2.TunnelInsideCidr",
            second.inside,
            allowed="a CIDR block other than tunnel 1's",
        )
    return first, second


def generate_psk() -> str:
    """Make a key: 32 alphanumeric characters, the first of them not 0."""
    while True:
        key = "".join(secrets.choice(_ALPHABET) for _ in range(tunnel_options.PSK_LENGTH))
        if not key.startswith("0"):
            return key


def answer(options: Mapping[str, Any]) -> dict[str, Any]:
    """Show the options that were set."""
    shown: dict[str, Any] = {}
    for name, value in options.items():
        wire = _ANSWER_NAMES.get(name, name)
        is_list = isinstance(OPTIONS[name], Selection)
        shown[wire] = [{"Value": one} for one in value] if is_list else value
    return shown


def _read_one(given: dict[str, Any], path: str) -> Chosen:
    _refuse_unsupported(given, path)
    options = {
        name: _plain(given[name]) for name in OPTIONS if given.get(name) not in (None, "", [])
    }
    try:
        tunnel_options.effective(options)
        psk = given.get("PreSharedKey")
        if psk is not None:
            tunnel_options.check_psk(psk)
    except OptionError as error:
        raise InvalidParameterValue(
            f"{path}.{error.name}", error.value, allowed=error.allowed
        ) from error
    return Chosen(inside=_inside(given, path), psk=psk, options=options)


def _plain(value: Any) -> Any:
    return [one.get("Value") for one in value] if isinstance(value, list) else value


def _inside(given: dict[str, Any], path: str) -> IPv4Network | None:
    text = given.get("TunnelInsideCidr")
    if not text:
        return None
    try:
        return addressing.parse_inside_cidr(text)
    except ValueError as error:
        reserved = ", ".join(map(str, addressing.RESERVED_INSIDE))
        raise InvalidParameterValue(
            f"{path}.TunnelInsideCidr",
            text,
            allowed=f"a /30 from {addressing.INSIDE_RANGE} except {reserved} (it {error})",
        ) from error


def _refuse_unsupported(given: dict[str, Any], path: str) -> None:
    """Refuse what is not built; asking for it to be off asks for what is."""
    logs = given.get("LogOptions") or {}
    cloud_watch = logs.get("CloudWatchLogOptions") or {}
    wanted = {name: value for name, value in given.items() if name not in _KNOWN}
    wanted |= {
        f"LogOptions.{name}": value for name, value in logs.items() if value is not cloud_watch
    }
    wanted |= {
        f"LogOptions.CloudWatchLogOptions.{name}": value for name, value in cloud_watch.items()
    }
    for name, value in wanted.items():
        if value:
            raise UnsupportedOperation(f"The parameter {path}.{name} is not supported.")
