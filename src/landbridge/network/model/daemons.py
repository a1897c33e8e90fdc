"""What daemons run with, and have loaded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from landbridge.network.model import fields

CHILD = "tunnel"
"The name of the one CHILD_SA that every connection has."
SILENT = "silent"
"In the place of a daemon's digest when it has not answered for several looks."


@dataclass(frozen=True, slots=True, kw_only=True)
class Charon:
    """An endpoint's IKE daemon, running with these settings."""

    namespace: str
    digest: str
    "Of the settings, and of who does ESP; `SILENT` for one that does not answer."
    settings: str | None = fields.payload()
    "The text of strongswan.conf, without the paths that the driver adds."
    owner: str = fields.owner()

    @property
    def key(self) -> tuple[object, ...]:
        """One in each endpoint's namespace."""
        return (self.namespace,)

    def __str__(self) -> str:
        return f"{self.namespace}: charon settings {self.digest}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A pre-shared key that a charon holds."""

    namespace: str
    id: str
    "Changes with the key and tells nothing about it."
    data: str | None = fields.payload()
    owner: str = fields.owner()

    @property
    def key(self) -> tuple[object, ...]:
        """Charon and id: a changed key is another secret."""
        return self.namespace, self.id

    def __str__(self) -> str:
        return f"{self.namespace}: secret {self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An IKE connection that a charon has loaded; its name is a digest of its definition."""

    namespace: str
    name: str
    definition: Mapping[str, Any] | None = fields.payload()
    "In the words of swanctl.conf, without the name."
    initiate: bool = field(default=False, compare=False)
    "We start it, once, when it is loaded (StartupAction start)."
    owner: str = fields.owner()

    @property
    def key(self) -> tuple[object, ...]:
        """Charon and name: a changed definition is another connection."""
        return self.namespace, self.name

    def __str__(self) -> str:
        return f"{self.namespace}: connection {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bird:
    """A gateway's BGP daemon, running with this configuration."""

    namespace: str
    digest: str
    "Of the configuration; `SILENT` for one that does not answer."
    config: str | None = fields.payload()
    owner: str = fields.owner()

    @property
    def key(self) -> tuple[object, ...]:
        """One in a gateway's namespace."""
        return (self.namespace,)

    def __str__(self) -> str:
        return f"{self.namespace}: bird configuration {self.digest}"
