"""A customer gateway device: what it is called, and what it can do."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The algorithms that the device has for a phase: from the API's name to the device's word."""

    encryption: Mapping[str, str]
    integrity: Mapping[str, str]
    "In phase 1 with AES-GCM the pseudo-random function."
    groups: Mapping[int, str]
    "By IANA's number."


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The device's words of both phases."""

    phase1: Words
    phase2: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A row of the catalogue."""

    id: str
    "Eight hexadecimal digits. Those of devices beyond AWS's list begin with 1b0000."
    vendor: str
    platform: str
    software: str
    template: str
    "File in `templates/`."
    ike: Mapping[str, Vocabulary]
    "Its words, for each IKE version that it has."
    comment: str = ""
    "What begins a line of comment in its language, a space included; empty for plain text."
    variant: str = ""
    "What the template must know to tell apart devices that share it."
    bgp: bool = True
    inside_addresses: bool = True
    "Whether it has the tunnels' inside addresses; without a tunnel interface it has not."
    certificates: bool = False
    "Whether the file knows certificates instead of pre-shared keys."
    ipv6: bool = False
    "Whether the file knows IPv6 inside the tunnels."

    @property
    def beyond_aws(self) -> bool:
        """Whether AWS's list lacks it."""
        return self.id.startswith("1b0000")

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.vendor} {self.platform} {self.software}"
