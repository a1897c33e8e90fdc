"""Where the running api listens, as the process that got the socket has written it down."""

import json
import socket
from dataclasses import replace
from pathlib import Path
from typing import Any

from landbridge.settings import Settings

_TOLD = ("host", "port", "region")


def _record(settings: Settings) -> Path:
    return settings.run_dir / "api.json"


def record(settings: Settings, fd: int) -> None:
    """Write down on what a listening socket is bound, and for which region."""
    with socket.socket(fileno=fd) as listening:
        host, port = listening.getsockname()[:2]
        listening.detach()
    told = {"host": host, "port": port, "region": settings.region}
    known = told | {"state_dir": str(settings.state_dir)}
    _record(settings).write_text(json.dumps(known))


def _known(settings: Settings) -> dict[str, Any]:
    try:
        found = json.loads(_record(settings).read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def as_running(settings: Settings) -> Settings:
    """The settings with which the api runs, or ran last; those given if there is no record."""
    known = _known(settings)
    return replace(settings, **{name: known[name] for name in _TOLD if name in known})


def state_of_running(settings: Settings) -> Path | None:
    """The state directory of what runs, or ran last, with this run directory."""
    known = _known(settings).get("state_dir")
    return Path(known) if known else None
