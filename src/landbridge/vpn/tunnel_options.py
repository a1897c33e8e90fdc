"""The options of one VPN tunnel: names, defaults and limits, each written once.

Source: guide, "Tunnel options for your Site-to-Site VPN connection". What a customer sets is
kept apart from the defaults: the API answers with what was set, the tunnel runs on `effective`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from landbridge.vpn import algorithms

PSK_PATTERN = re.compile(r"[A-Za-z1-9._][A-Za-z0-9._]{7,63}")
PSK_ALLOWED = "8 to 64 characters of a-z, A-Z, 0-9, period and underscore, the first of them not 0"
PSK_LENGTH = 32
"Of a generated key."


class OptionError(ValueError):
    """A value that a tunnel option does not take."""

    def __init__(self, name: str, value: object, allowed: str) -> None:
        super().__init__(f"{name} {value}: allowed is {allowed}")
        self.name = name
        self.value = value
        self.allowed = allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """An option that takes an integer from `minimum` to `maximum`."""

    name: str
    default: int
    minimum: int
    maximum: int | None = None
    unit: str

    def check(self, value: int) -> None:
        """Raise `OptionError` for a value out of range."""
        if value < self.minimum or (self.maximum is not None and value > self.maximum):
            raise OptionError(self.name, value, self.allowed)

    @property
    def allowed(self) -> str:
        """The range, for an error message."""
        if self.maximum is None:
            return f"an integer of {self.minimum} or more ({self.unit})"
        return f"an integer from {self.minimum} to {self.maximum} ({self.unit})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An option that takes one of a few words."""

    name: str
    default: str
    values: tuple[str, ...]

    def check(self, value: str) -> None:
        """Raise `OptionError` for a word that is none of them."""
        if value not in self.values:
            raise OptionError(self.name, value, f"one of {', '.join(self.values)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """An option that takes one or more of a list; the default is the whole list."""

    name: str
    values: tuple[Any, ...]

    @property
    def default(self) -> tuple[Any, ...]:
        """Everything."""
        return self.values

    def check(self, chosen: tuple[Any, ...]) -> None:
        """Raise `OptionError` for a member that the list lacks, or one given twice."""
        allowed = f"one or more of {', '.join(map(str, self.values))}"
        for value in chosen:
            if value not in self.values:
                raise OptionError(self.name, value, allowed)
        if len(set(chosen)) != len(chosen):
            raise OptionError(self.name, ", ".join(map(str, chosen)), f"{allowed}, each once")


Option = Number | Choice | Selection

_ENCRYPTION = tuple(algorithms.ENCRYPTION)
_INTEGRITY = tuple(algorithms.INTEGRITY)
OPTIONS: dict[str, Option] = {
    row.name: row
    for row in (
        Selection(name="IKEVersions", values=algorithms.IKE_VERSIONS),
        Selection(name="Phase1EncryptionAlgorithms", values=_ENCRYPTION),
        Selection(name="Phase2EncryptionAlgorithms", values=_ENCRYPTION),
        Selection(name="Phase1IntegrityAlgorithms", values=_INTEGRITY),
        Selection(name="Phase2IntegrityAlgorithms", values=_INTEGRITY),
        Selection(name="Phase1DHGroupNumbers", values=algorithms.PHASE1_DH_GROUPS),
        Selection(name="Phase2DHGroupNumbers", values=algorithms.PHASE2_DH_GROUPS),
        Number(name="Phase1LifetimeSeconds", default=28_800, minimum=900, maximum=28_800, unit="s"),
        Number(name="Phase2LifetimeSeconds", default=3_600, minimum=900, maximum=3_600, unit="s"),
        Number(name="RekeyMarginTimeSeconds", default=540, minimum=60, maximum=1_800, unit="s"),
        Number(name="RekeyFuzzPercentage", default=100, minimum=0, maximum=100, unit="%"),
        Number(name="ReplayWindowSize", default=1_024, minimum=64, maximum=2_048, unit="packets"),
        Number(name="DPDTimeoutSeconds", default=30, minimum=30, unit="s"),
        Choice(name="DPDTimeoutAction", default="clear", values=("clear", "none", "restart")),
        Choice(name="StartupAction", default="add", values=("add", "start")),
    )
}
"By the request's name; the answer writes `DpdTimeoutSeconds`, `DpdTimeoutAction`, `IkeVersions`."


def _attribute(name: str) -> str:
    """Python's name of an option: Phase1DHGroupNumbers -> phase1_dh_group_numbers."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return words.lower().replace("ikeversions", "ike_versions")


ATTRIBUTES = {name: _attribute(name) for name in OPTIONS}
"""Option name to attribute of `TunnelOptions`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TunnelOptions:
    """The values that a tunnel runs on; see `OPTIONS` for units and limits."""

    ike_versions: tuple[str, ...] = algorithms.IKE_VERSIONS
    phase1_encryption_algorithms: tuple[str, ...] = _ENCRYPTION
    phase2_encryption_algorithms: tuple[str, ...] = _ENCRYPTION
    phase1_integrity_algorithms: tuple[str, ...] = _INTEGRITY
    phase2_integrity_algorithms: tuple[str, ...] = _INTEGRITY
    phase1_dh_group_numbers: tuple[int, ...] = algorithms.PHASE1_DH_GROUPS
    phase2_dh_group_numbers: tuple[int, ...] = algorithms.PHASE2_DH_GROUPS
    phase1_lifetime_seconds: int = 28_800
    phase2_lifetime_seconds: int = 3_600
    rekey_margin_time_seconds: int = 540
    rekey_fuzz_percentage: int = 100
    replay_window_size: int = 1_024
    dpd_timeout_seconds: int = 30
    dpd_timeout_action: str = "clear"
    startup_action: str = "add"


_DEFAULTS = TunnelOptions()


def effective(chosen: Mapping[str, Any]) -> TunnelOptions:
    """Fill what was chosen up with the defaults and check the whole.

    `chosen` maps names of `OPTIONS` to an int, a str or a sequence. Selections are put into the
    order in which an endpoint evaluates them. Raises `OptionError`.
    """
    if not chosen:
        return _DEFAULTS
    values: dict[str, Any] = {}
    for name, option in OPTIONS.items():
        value = chosen.get(name, option.default)
        if isinstance(option, Selection):
            picked = tuple(value)
            option.check(picked)
            value = tuple(one for one in option.values if one in picked)
        elif isinstance(option, Number):
            option.check(value)
        else:
            option.check(value)
        values[ATTRIBUTES[name]] = value
    options = TunnelOptions(**values)
    _check_together(options)
    return options


def _check_together(options: TunnelOptions) -> None:
    half = options.phase2_lifetime_seconds // 2
    if options.rekey_margin_time_seconds > half:
        raise OptionError(
            "RekeyMarginTimeSeconds",
            options.rekey_margin_time_seconds,
            f"an integer from 60 to {half}, half of Phase2LifetimeSeconds (s)",
        )
    if options.phase2_lifetime_seconds >= options.phase1_lifetime_seconds:
        raise OptionError(
            "Phase2LifetimeSeconds",
            options.phase2_lifetime_seconds,
            f"less than Phase1LifetimeSeconds, {options.phase1_lifetime_seconds} (s)",
        )
    if options.startup_action == "start" and "ikev2" not in options.ike_versions:
        raise OptionError("StartupAction", "start", "add, because IKEVersions lacks ikev2")
    ciphers = options.phase1_encryption_algorithms
    plain = [name for name, cipher in algorithms.ENCRYPTION.items() if not cipher.aead]
    if "ikev2" not in options.ike_versions and not set(ciphers) & set(plain):
        raise OptionError(
            "Phase1EncryptionAlgorithms",
            ", ".join(ciphers),
            f"{' or '.join(plain)} among them, because IKEVersions lacks ikev2",
        )


def check_psk(psk: str) -> None:
    """Raise `OptionError` for a pre-shared key that the guide does not allow."""
    if not PSK_PATTERN.fullmatch(psk):
        raise OptionError("PreSharedKey", "(not shown)", PSK_ALLOWED)


assert set(ATTRIBUTES.values()) == {one.name for one in fields(TunnelOptions)}
