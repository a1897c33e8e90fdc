"""The tools of a walk through the guide: commands, waits, headings, outcomes."""

import json
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from landbridge.cli.console import console
from landbridge.cli.environment import aws_environment, ec2_client
from landbridge.settings import Settings

_WAIT_SECONDS = 60.0
_POLL_SECONDS = 0.2


class StepError(RuntimeError):
    """A step of the demo that does not hold."""


@dataclass
class Walk:
    """One walk, on an installation that runs."""

    settings: Settings
    started: float = field(default_factory=time.monotonic)
    directory: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="landbridge-")))

    def __post_init__(self) -> None:
        """Find the tools."""
        self.ec2 = ec2_client(self.settings)
        self.environment = aws_environment(self.settings)
        beside = Path(sys.executable).with_name("aws")
        self.aws_program = str(beside) if beside.exists() else shutil.which("aws") or "aws"

    def aws(self, command: str) -> dict[str, Any]:
        """Run `aws ec2 ...`, show it, and return its answer."""
        show(f"aws ec2 {command}")
        done = subprocess.run(
            [self.aws_program, "ec2", *shlex.split(command), "--output", "json"],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StepError(done.stderr.strip())
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def wait(self, what: str, holds: Callable[[], bool]) -> float:
        """Ask until something holds; returns the seconds it took."""
        begun = time.monotonic()
        pause = threading.Event()
        with console.status(f"Waiting until {what} ..."):
            while not holds():
                if time.monotonic() - begun > _WAIT_SECONDS:
                    raise StepError(f"after {_WAIT_SECONDS:.0f} s it does not hold that {what}")
                pause.wait(_POLL_SECONDS)
        return time.monotonic() - begun

    def connection(self, vpn: str) -> dict[str, Any]:
        """Describe the demo's connection."""
        answer = self.ec2.describe_vpn_connections(VpnConnectionIds=[vpn])
        return dict(answer["VpnConnections"][0])

    def up(self, vpn: str) -> int:
        """Count the tunnels that are up."""
        return sum(one["Status"] == "UP" for one in self.connection(vpn)["VgwTelemetry"])


def heading(text: str) -> None:
    """Say what comes."""
    console.print(f"\n[bold cyan]{text}[/]")


def outcome(text: str) -> None:
    """Say what came of it."""
    console.print(f"  {text}", style="green", markup=False)


def show(command: str) -> None:
    """Show a command as it would be typed."""
    console.print(f"$ {command}", style="bold", markup=False)
