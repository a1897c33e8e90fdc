"""Where an installation keeps its things and on what it listens; every value has a default.

Each field is read from the environment variable `LANDBRIDGE_` and its name in capitals.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any, Self

OUTSIDE_POOL = IPv4Network("203.0.113.0/24")
DEVICE_POOL = IPv4Network("198.51.100.0/24")
"""Endpoints' and simulated devices' addresses: documentation ranges (RFC 5737), so that the
default never meets a real network. The first host of each is the router's."""
_CLONE = Path(__file__).parents[2]
DATAPATH = (
    _CLONE / "datapath" / "build" if (_CLONE / "datapath").is_dir() else Path("/usr/lib/landbridge")
)
"Where the data path's programs are: built in a clone from which the package runs, or installed."


class StateError(RuntimeError):
    """What is in the state directory is not as it has to be: the message says what."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy
        "What the administrator can do."


class EspChoice(StrEnum):
    """Where ESP is to be done."""

    AUTO = "auto"
    "By the kernel where it can, else in userspace."
    KERNEL = "kernel"
    USERSPACE = "userspace"

    @classmethod
    def _missing_(cls, _: object) -> None:
        raise ValueError(f"allowed is {', '.join(cls)}")


class Port(int):
    """A TCP port, 1 to 65535."""

    def __new__(cls, value: str | int) -> Self:
        """Raises `ValueError` with what is allowed."""
        text = str(value)
        if not text.isdecimal() or not 0 < int(text) < 1 << 16:
            raise ValueError("allowed is an integer from 1 to 65535")
        return super().__new__(cls, text)


PORT = Port(4800)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One installation."""

    state_dir: Path = Path("/var/lib/landbridge")
    "The store, the credentials, the key of the secrets."
    run_dir: Path = Path("/run/landbridge")
    "Sockets, logs and daemons' files; may be lost at any time."
    host: str = "127.0.0.1"
    port: Port = PORT
    "Where the API listens."
    user: str = "landbridge"
    "The unprivileged user of the api process."
    region: str = "us-east-1"
    namespace_prefix: str = "lb"
    "Begins the names of all network namespaces: one prefix, one installation."
    outside_pool: IPv4Network = OUTSIDE_POOL
    "Outside addresses of tunnel endpoints."
    esp: EspChoice = EspChoice.AUTO
    "Where ESP is done."
    datapath_dir: Path = DATAPATH
    "The programs of ESP in userspace: `espd` and `xfrm-shim.so`."

    @property
    def endpoint_url(self) -> str:
        """What the customer's tools are pointed at."""
        return f"http://{self.host}:{self.port}"

    @property
    def database(self) -> Path:
        """The store."""
        return self.state_dir / "landbridge.sqlite"

    @property
    def credentials(self) -> Path:
        """The root user's access key."""
        return self.state_dir / "credentials.json"

    @property
    def sealing_key(self) -> Path:
        """The key under which secrets rest."""
        return self.state_dir / "sealing.key"

    @property
    def control(self) -> Path:
        """The socket on which the supervisor says whether all is ready."""
        return self.state_dir / "supervisor.sock"

    @property
    def bell(self) -> Path:
        """The socket that wakes the agent."""
        return self.run_dir / "agent.sock"


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings; `ValueError` names the variable that is wrong."""
    values: dict[str, Any] = {}
    for field in fields(Settings):
        variable = f"LANDBRIDGE_{field.name.upper()}"
        if variable in environment:
            convert: Any = field.type
            try:
                values[field.name] = convert(environment[variable])
            except ValueError as error:
                raise ValueError(f"{variable}={environment[variable]}: {error}") from error
    return Settings(**values)
