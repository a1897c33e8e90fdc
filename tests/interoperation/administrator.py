"""An administrator who pastes a device's file: writes its files, runs its commands, starts daemons.

In a namespace of the device's own, with the kernel's ESP, Debian's programs and nothing of ours.
What is written to /etc and /run stays in the session's own mounts.

          outside bridge
                | 198.51.100.x
    <name>   the device -- lan -- <name>h: a host
"""

import re
import shlex
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

from landbridge.network.drivers import links, routes
from landbridge.network.drivers.netns import Namespaces, inside
from landbridge.network.model import Address, Route, Veth
from landbridge.network.names import OUTSIDE_BRIDGE
from network.installation import PATIENCE, SLOWNESS

BUILD = Path(__file__).resolve().parents[2] / "build"
_FILE = re.compile(r"^# BEGIN (\S+)\n(.*?)^# END \1$\n", re.MULTILINE | re.DOTALL)
_CHECK = re.compile(r"^#   (vpn-check .*)$", re.MULTILINE)
_ADDED_TO = {"/etc/ipsec.conf", "/etc/ipsec.secrets"}
"Files that the text adds to; it replaces others."


@dataclass(frozen=True)
class Software:
    """What is installed on the device."""

    start: tuple[str, ...]
    "Commands that start IKE, last of all."
    unpacked: str | None = None
    "The folder of build that is laid over /usr and /etc."


SWANCTL = Software(start=("charon-systemd &", "until swanctl --load-all; do sleep 0.2; done"))
STARTER = Software(start=("ipsec start",), unpacked="starter")
LIBRESWAN = Software(
    start=(
        "mkdir -p /run/pluto /var/lib/ipsec/nss",
        "ipsec initnss",
        "ipsec pluto --config /etc/ipsec.conf",
    ),
    unpacked="libreswan",
)
ROUTING = {
    "/etc/bird/bird.conf": "bird",
    "/etc/frr/frr.conf": "/usr/lib/frr/zebra -d; /usr/lib/frr/bgpd -d; vtysh -b",
}
"By the file that the daemon reads."


class PastedDevice:
    """A device in a namespace, configured from a text alone."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name, self.host = name, f"{name}h"
        self._directory = directory

    def build(self, address: IPv4Address, outside: IPv4Network, lan: IPv4Network, at: str) -> None:
        """Make the device with its outside address, connected at the namespace `at`, and a LAN."""
        namespaces = Namespaces()
        try:
            for name in (self.name, self.host):
                namespaces.create(name, {})
            links.add_veth(
                namespaces,
                Veth(
                    namespace=self.name,
                    name="outside",
                    peer_namespace=at,
                    peer_name=f"p{self.name}",
                    peer_bridge=OUTSIDE_BRIDGE,
                ),
            )
            links.add_veth(
                namespaces,
                Veth(namespace=self.host, name="eth0", peer_namespace=self.name, peer_name="lan"),
            )
            for namespace, link, one, network in (
                (self.name, "outside", address, outside),
                (self.name, "lan", lan[1], lan),
                (self.host, "eth0", lan[10], lan),
            ):
                interface = IPv4Interface((one, network.prefixlen))
                links.add_address(
                    namespaces, Address(namespace=namespace, link=link, address=interface)
                )
            for namespace, link, via in (
                (self.name, "outside", outside[1]),
                (self.host, "eth0", lan[1]),
            ):
                routes.set_route(
                    namespaces,
                    Route(
                        namespace=namespace,
                        destination=IPv4Network("0.0.0.0/0"),
                        table=254,
                        link=link,
                        via=via,
                    ),
                )
        finally:
            namespaces.close()

    def remove(self) -> None:
        """Take the device away."""
        namespaces = Namespaces()
        try:
            for name in (self.name, self.host):
                namespaces.remove(name)
        finally:
            namespaces.close()

    def paste(self, text: str, software: Software) -> None:
        """Do all that the text says; it fails where a command fails."""
        self._directory.mkdir(parents=True)
        files = _FILE.findall(text)
        script = "\n".join(
            [
                "set -e",
                *self._mounts(software),
                *self._written(files),
                "sysctl -q -p /etc/sysctl.d/90-vpn.conf",
                *_commands(text),
                *(command for path, command in ROUTING.items() if path in dict(files)),
                *software.start,
                *(f"/usr/local/sbin/{check} &" for check in _CHECK.findall(text)),
            ]
        )
        session = self._directory / "session"
        session.write_text(script + "\n")
        with (self._directory / "log").open("w") as log:
            done = subprocess.run(
                ["ip", "netns", "exec", self.name, "sh", "-x", str(session)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                timeout=PATIENCE * SLOWNESS,
                check=False,
            )
        assert done.returncode == 0, (self._directory / "log").read_text()[-2000:]

    def lose(self, endpoint: str) -> None:
        """Lose all packets from and to an endpoint."""
        rules = "".join(
            f"chain {hook} {{ type filter hook {hook} priority raw; ip {side} {endpoint} drop; }}\n"
            for hook, side in (("prerouting", "saddr"), ("output", "daddr"))
        )
        with inside(self.name):
            subprocess.run(
                ["nft", "-f", "-"], input=f"table ip lost {{\n{rules}}}\n".encode(), check=True
            )

    def _mounts(self, software: Software) -> Iterable[str]:
        layer = self._directory / "layer"
        layer.mkdir()
        yield f"mount -t tmpfs tmpfs {layer}; mkdir {layer}/upper {layer}/work"
        lower = "/etc"
        if software.unpacked:
            unpacked = BUILD / software.unpacked
            lower = f"{unpacked}/etc:/etc"
            yield f"mount -t overlay -o lowerdir={unpacked}/usr:/usr overlay /usr"
        layers = f"lowerdir={lower},upperdir={layer}/upper,workdir={layer}/work"
        yield f"mount -t overlay -o {layers} overlay /etc"
        yield "mount -t tmpfs tmpfs /run; mkdir /run/bird; install -d -o frr -g frr /run/frr"
        yield "mount -t tmpfs tmpfs /usr/local/sbin; mount -t tmpfs tmpfs /var/lib"

    def _written(self, files: list[tuple[str, str]]) -> Iterable[str]:
        for number, (path, content) in enumerate(files):
            source = self._directory / f"file{number}"
            source.write_text(content)
            how = ">>" if path in _ADDED_TO else ">"
            yield f"mkdir -p {shlex.quote(str(Path(path).parent))}; cat {source} {how} {path}"
            if content.startswith("#!"):
                yield f"chmod 755 {path}"


def _commands(text: str) -> list[str]:
    """What stands between the files and is no comment."""
    return [line for line in _FILE.sub("", text).splitlines() if line and line[0] != "#"]
