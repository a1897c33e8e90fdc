"""ESP in userspace: one espd in each endpoint's namespace, our own program (`datapath/`).

An espd makes its TUN in the gateway's namespace itself, and serves one charon: when that ends, it
ends, and its TUN with it; when it ends, its charon does. See the data path's README.
"""

import struct
from collections.abc import Mapping
from pathlib import Path

from landbridge.network.drivers import daemon
from landbridge.network.drivers.netns import NETNS_DIRECTORY
from landbridge.network.model import TunnelInterface

PROGRAM = "espd"
SHIM = "xfrm-shim.so"
SOCKET_VARIABLE = "ESPD_SOCKET"
"In a charon's environment: it has an espd, without which it is nothing."
_ENTRY = struct.Struct("=32sQ")
"A counter: its name, NUL-padded, and its value."


class Espds:
    """All espds of this machine's endpoints; files live in `directory`, one folder each."""

    def __init__(self, directory: Path, programs: Path) -> None:
        self._directory = directory
        self._programs = programs
        self._unused: set[str] = set()
        "Endpoints whose espd has had no charon yet."

    def start(self, interface: TunnelInterface) -> daemon.Starting:
        """Start the daemon, which makes the interface, down."""
        folder = daemon.folder_of(self._directory, interface.endpoint)
        command = {
            "--tun": interface.name,
            "--tun-netns": str(NETNS_DIRECTORY / interface.namespace),
            "--mtu": str(interface.mtu),
            "--listen": str(folder / "espd.sock"),
            "--counters": str(folder / "espd.counters"),
        }
        (folder / "espd.sock").unlink(missing_ok=True)
        starting = daemon.start(
            [str(self._programs / PROGRAM), *(word for pair in command.items() for word in pair)],
            namespace=interface.endpoint,
            folder=folder,
            environment={},
        )
        self._unused.add(interface.endpoint)
        return starting

    def take(self, endpoint: str) -> Mapping[str, str] | None:
        """Take an espd for a charon, whose environment has to have what is returned.

        None: it is taken already, and ends with the charon that it served.
        """
        if endpoint not in self._unused:
            return None
        self._unused.remove(endpoint)
        return {
            "LD_PRELOAD": str(self._programs / SHIM),
            SOCKET_VARIABLE: str(self._directory / endpoint / "espd.sock"),
        }

    def counters(self, endpoint: str) -> Mapping[str, int]:
        """Read the counters of an endpoint's espd, the last one's when there is none."""
        try:
            return parse_counters((self._directory / endpoint / "espd.counters").read_bytes())
        except FileNotFoundError:
            return {}


def parse_counters(data: bytes) -> Mapping[str, int]:
    """Read a file of counters: entries until one without a name."""
    found: dict[str, int] = {}
    for name, value in _ENTRY.iter_unpack(data[: len(data) - len(data) % _ENTRY.size]):
        text = name.rstrip(b"\0").decode(errors="replace")
        if not text:
            break
        found[text] = value
    return found
