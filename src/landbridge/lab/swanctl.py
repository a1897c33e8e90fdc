"""The tunnels of a strongSwan file with swanctl.conf.

Source: strongSwan's documentation, "swanctl.conf" and "strongswan.conf" (the grammar).
"""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import Any

from landbridge.lab import pasted
from landbridge.lab.ipsec_conf import seconds
from landbridge.lab.model import ConfigurationError, DeviceTunnel

_FOLDER = "/etc/swanctl/conf.d/"
_SETTINGS = "/etc/strongswan.d/vpn.conf"
_LINK = re.compile(r"^ip link add (\w+) type xfrm if_id (\d+)$", re.MULTILINE)
_LISTS = {
    "local_addrs", "remote_addrs", "proposals", "esp_proposals", "local_ts", "remote_ts", "certs",
}  # fmt: skip
"Options that VICI takes as lists."


def tunnels(text: str) -> tuple[DeviceTunnel, ...]:
    """Read the connections; none if the file is of another kind."""
    links = {if_id: name for name, if_id in _LINK.findall(text)}
    return tuple(
        tunnel
        for path, content in pasted.files(text).items()
        if path.startswith(_FOLDER)
        for tunnel in _of_file(parse(content), links, text)
    )


def _of_file(tree: dict[str, Any], links: dict[str, str], text: str) -> Iterator[DeviceTunnel]:
    secrets = tree.get("secrets", {}).values()
    keys = {one["id-2"]: one["secret"] for one in secrets if "id-2" in one}
    for connection in tree.get("connections", {}).values():
        yield _tunnel(connection, keys, links, text)


def _tunnel(
    connection: dict[str, Any], keys: dict[str, str], links: dict[str, str], text: str
) -> DeviceTunnel:
    try:
        (child,) = connection["children"].values()
        name = links[connection["if_id_in"]]
        inside, mtu = pasted.interface(text, name)
        return DeviceTunnel(
            name=name,
            inside=inside,
            mtu=mtu,
            local_address=IPv4Address(connection["local"]["id"]),
            remote_address=IPv4Address(connection["remote_addrs"][0]),
            psk=keys[connection["remote"]["id"]],
            ike_version=connection["version"],
            definition=connection,
            dead_after=_dead_after(connection, text),
            initiate=child.pop("start_action", "none") == "start",
        )
    except KeyError as error:
        raise ConfigurationError(f"the file does not tell {error}") from error


def _dead_after(connection: dict[str, Any], text: str) -> int:
    """Add up the first question after `dpd_delay` and its repeats, which are equally far apart."""
    settings = parse(pasted.files(text)[_SETTINGS])["charon-systemd"]
    repeats = (int(settings["retransmit_tries"]) + 1) * float(settings["retransmit_timeout"])
    return seconds(connection["dpd_delay"]) + int(repeats)


def parse(text: str) -> dict[str, Any]:
    """Read sections and `key = value` lines; raises `ConfigurationError` for others."""
    root: dict[str, Any] = {}
    stack = [root]
    for line in text.splitlines():
        words = line.strip()
        if words == "}" and len(stack) > 1:
            stack.pop()
        elif words.endswith("{"):
            section: dict[str, Any] = {}
            stack[-1][words[:-1].strip()] = section
            stack.append(section)
        elif "=" in words:
            key, _, value = (part.strip() for part in words.partition("="))
            value = value.strip('"')
            stack[-1][key] = [one.strip() for one in value.split(",")] if key in _LISTS else value
        elif words and not words.startswith("#"):
            raise ConfigurationError(f"not a line of swanctl.conf: {words}")
    if len(stack) > 1:
        raise ConfigurationError("a section of swanctl.conf is not closed")
    return root
