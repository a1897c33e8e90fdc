"""Where the running api listens, as the process that got the socket has written it down."""

import json
import socket
from dataclasses import replace
from pathlib import Path

from landbridge.settings import Settings


def _record(settings: Settings) -> Path:
    return settings.run_dir / "api.json"


def record(settings: Settings, fd: int) -> None:
    """Write down on what a listening socket is bound, and for which region."""
    with socket.socket(fileno=fd) as listening:
        host, port = listening.getsockname()[:2]
        listening.detach()
    known = {"host": host, "port": port, "region": settings.region}
    _record(settings).write_text(json.dumps(known))


def as_running(settings: Settings) -> Settings:
    """The settings with which the api runs, or ran last; those given if there is no record."""
    try:
        return replace(settings, **json.loads(_record(settings).read_text()))
    except (OSError, ValueError, TypeError):
        return settings
