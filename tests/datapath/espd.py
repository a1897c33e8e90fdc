"""espd as a process, and its counters."""

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from datapath.client import PATIENCE
from landbridge.network.drivers.espd import parse_counters
from landbridge.network.drivers.netns import NETNS_DIRECTORY, inside
from landbridge.settings import from_environment

PROGRAM = from_environment().datapath_dir / "espd"
"What `make -C datapath` makes."

MTU = 1400


class Espd:
    """A running espd; its files are in a directory of its own."""

    def __init__(
        self, endpoint: str, gateway: str, *, tun: str, mtu: int = MTU, without: str = ""
    ) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="lbt-espd-")
        self.directory = Path(self._directory.name)
        self.socket = self.directory / "espd.sock"
        command = [
            str(PROGRAM), "--tun", tun, "--tun-netns", str(NETNS_DIRECTORY / gateway),
            "--mtu", str(mtu), "--listen", str(self.socket),
            "--counters", str(self.directory / "counters"),
            *(["--without", without] if without else []),
        ]  # fmt: skip
        notify = self.directory / "notify"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            ready.bind(str(notify))
            ready.settimeout(PATIENCE)
            with inside(endpoint):
                self.process = subprocess.Popen(
                    command,
                    stderr=subprocess.PIPE,
                    env=os.environ | {"NOTIFY_SOCKET": str(notify)},
                    text=True,
                )
            try:
                assert ready.recv(100) == b"READY=1"
            except TimeoutError:
                self.process.kill()
                raise AssertionError(f"espd is not ready: {self.process.communicate()}") from None

    def counters(self) -> Mapping[str, int]:
        """All counters."""
        return parse_counters((self.directory / "counters").read_bytes())

    def drops(self) -> dict[str, int]:
        """Dropped packets by reason; no zeros."""
        return {
            name: value
            for name, value in self.counters().items()
            if name.startswith("drop_") and value
        }

    def wait(self) -> int:
        """Wait for its end; returns its status, negative for a signal."""
        return self.process.wait(timeout=PATIENCE)

    def complaints(self) -> list[str]:
        """Wait for its end; returns the lines that it wrote to stderr."""
        assert self.process.stderr
        return self.process.stderr.read().splitlines()

    def status(self) -> dict[str, str]:
        """What the kernel says of the process."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def stop(self) -> None:
        """End it, if it has not ended, and remove its files."""
        with self.process:
            self.process.kill()
        self._directory.cleanup()


def wait_until(holds: Callable[[], object], what: str) -> None:
    """Wait for what is told by no event: a counter."""
    limit = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < limit, f"it does not hold that {what}"
        time.sleep(0.002)  # noqa: TID251 - a file does not tell when it changes
