"""A whole installation for tests: real api, real agent, own namespaces, own directories.

The api and the agent are processes as in production, but the api runs as root's child without a
user of its own; everything is taken down again, whatever happened.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from math import ceil
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from landbridge.cli.processes import Service
from landbridge.network.drivers import netns
from landbridge.network.names import Names
from landbridge.settings import from_environment

SLOWNESS = float(os.environ.get("LANDBRIDGE_TEST_SLOWNESS", "1"))
"How many times longer things may take than on a machine of one's own; more in an emulated one."

PATIENCE = 30.0
"Seconds after which a test gives up waiting; what is waited for takes a fraction of it."

WAITER = {"Delay": 1, "MaxAttempts": round(PATIENCE * SLOWNESS)}
"The same for boto3's own waiters."


class Installation:
    """One installation under a directory, with a namespace prefix of its own."""

    def __init__(self, directory: Path, prefix: str, port: int) -> None:
        self.directory = directory
        self.names = Names(prefix)
        self.port = port
        self.environment = os.environ | {
            "LANDBRIDGE_STATE_DIR": str(directory / "state"),
            "LANDBRIDGE_RUN_DIR": str(directory / "run"),
            "LANDBRIDGE_PORT": str(port),
            "LANDBRIDGE_NAMESPACE_PREFIX": prefix,
        }

    def landbridge(
        self, *arguments: str, check: bool = True, seconds: float = 2 * PATIENCE
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line."""
        done = subprocess.run(
            [sys.executable, "-m", "landbridge.cli.main", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds * SLOWNESS,
        )
        assert done.returncode == 0 or not check, f"landbridge {arguments}: {done.stderr}"
        return done

    @property
    def run_dir(self) -> Path:
        """Where its sockets and logs are."""
        return self.directory / "run"

    @cached_property
    def client(self) -> Any:
        """A customer's client."""
        return self.another_client()

    def another_client(self, config: Config | None = None) -> Any:
        """A customer's client of its own, for another thread."""
        known = json.loads(self.landbridge("env", "--json").stdout)
        return boto3.client(
            "ec2",
            endpoint_url=known["AWS_ENDPOINT_URL"],
            region_name=known["AWS_REGION"],
            aws_access_key_id=known["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=known["AWS_SECRET_ACCESS_KEY"],
            config=config,
        )

    def pid(self, name: str) -> int:
        """The pid of the supervisor, the agent or the api."""
        found = Service(name, from_environment(self.environment)).pid()
        if found is None:
            raise ValueError(f"the {name} does not run")
        return found

    def namespaces(self) -> list[str]:
        """All namespaces with our prefix, simulated sites included."""
        prefix = self.names.prefix
        return [
            one
            for one in netns.listed()
            if one.startswith((f"{prefix}-", *(f"{prefix}{kind}-" for kind in "egvidh")))
            or one == self.names.outside
        ]

    def processes(self, namespace: str) -> list[int]:
        """The pids inside a namespace."""
        return [one.pid for one in netns.processes().get(namespace, [])]

    def down(self, *, seconds: float = 2 * PATIENCE) -> None:
        """Take everything away, by the product's own means and then by force."""
        self.landbridge("down", check=False, seconds=seconds)
        for name in self.namespaces():
            with suppress(OSError):
                namespaces = netns.Namespaces()
                namespaces.remove(name)
                namespaces.close()


def free_port() -> int:
    """Find a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(holds: Callable[[], Any], what: str, *, seconds: float = PATIENCE) -> float:
    """Wait until something holds; fails the test, with `what`, when it never does."""
    begun, limit = time.monotonic(), seconds * SLOWNESS
    while not holds():
        elapsed = time.monotonic() - begun
        assert elapsed < limit, f"after {limit:.0f} s it does not hold that {what}"
        time.sleep(0.05 * SLOWNESS)  # noqa: TID251 - a customer can only ask again
    return time.monotonic() - begun


def ping(namespace: str, address: str, *, count: int = 3) -> bool:
    """Whether so many pings from a namespace are answered, soon.

    Without a deadline ping waits for the last answer as long as twice the longest took so far, or
    one interval: on a busy machine that is no loss.
    """
    deadline = ceil(0.1 * count + SLOWNESS)
    with netns.inside(namespace):
        done = subprocess.run(
            ["ping", "-q", "-i", "0.1", "-w", str(deadline), "-c", str(count), address],
            capture_output=True,
            text=True,
            check=False,
        )
    return f" {count} received" in done.stdout


class Pinger:
    """A ping that goes on, to see what a disturbance costs."""

    INTERVAL = 0.02

    def __init__(self, namespace: str, address: str) -> None:
        self._output = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open until `stop`
        with netns.inside(namespace):
            self._process = subprocess.Popen(
                ["ping", "-i", str(self.INTERVAL), address], stdout=self._output
            )

    def stop(self) -> tuple[int, int]:
        """End it; returns how many were sent up to the last answer, and how many answers lack.

        What comes after the last answer may be under way.
        """
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=10 * SLOWNESS)
        self._output.seek(0)
        answered = {
            int(one) for one in re.findall(r"bytes from .* icmp_seq=(\d+)", self._output.read())
        }
        sent = max(answered, default=0)
        return sent, sent - len(answered)
