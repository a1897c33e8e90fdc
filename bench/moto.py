"""moto's server, the peer of `bench.requests`, in an environment of its own (`.venv/bench`)."""

import socket
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

from network.installation import free_port, wait_until

REQUIREMENTS = Path(__file__).parents[1] / "requirements" / "bench.txt"
ENVIRONMENT = Path(__file__).parents[1] / ".venv" / "bench"
CREDENTIALS = ("AKIAIOSFODNN7EXAMPLE", "any")


@contextmanager
def server() -> Iterator[int]:
    """Run the server; its port."""
    port = free_port()
    process = subprocess.Popen(
        [_installed() / "bin" / "moto_server", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until(lambda: _listens(port), "moto listens")
        yield port
    finally:
        process.terminate()
        process.wait()


def client(port: int) -> Any:
    """Make a client for EC2."""
    return boto3.client(
        "ec2",
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id=CREDENTIALS[0],
        aws_secret_access_key=CREDENTIALS[1],
    )


def _installed() -> Path:
    if not (ENVIRONMENT / "bin" / "moto_server").exists():
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
        subprocess.run(
            [ENVIRONMENT / "bin" / "pip", "install", "-qq", "--disable-pip-version-check",
             "--require-hashes", "-r", REQUIREMENTS],
            check=True,
            stdout=sys.stderr,
        )  # fmt: skip
    return ENVIRONMENT


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
