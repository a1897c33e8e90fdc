"""Which algorithms a file recommends for a tunnel, in the words of the device."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from landbridge.devices.device import Vocabulary, Words
from landbridge.vpn import mtu
from landbridge.vpn.algorithms import ENCRYPTION
from landbridge.vpn.tunnel_options import TunnelOptions

_STRONG_GROUPS = (20, 21, 19, 24, 18, 17, 16, 15, 14, 23, 22, 5, 2)
"Strongest for its cost first."


class SampleType(StrEnum):
    """What a file aims at (GetVpnConnectionDeviceSampleConfiguration, SampleType)."""

    COMPATIBILITY = "compatibility"
    "The lowest suite that the tunnel accepts: with default options AES128, SHA1, group 2."
    RECOMMENDED = "recommended"
    "The strongest."


@dataclass(frozen=True, slots=True, kw_only=True)
class Algorithms:
    """One phase's algorithms, by the API's names."""

    encryption: str
    integrity: str | None
    "None where AES-GCM needs none; in phase 1 it needs one as its pseudo-random function."
    group: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase's algorithms in the words of the device."""

    encryption: str
    integrity: str
    "Empty where AES-GCM needs none; in phase 1 it is then the pseudo-random function."
    group: str
    aead: bool
    "Whether the cipher authenticates too (AES-GCM)."
    algorithms: Algorithms


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Both phases' algorithms."""

    phase1: Phase
    phase2: Phase

    @property
    def sizes(self) -> mtu.Sizes:
        """The inside MTU and MSS, with room for a NAT."""
        return mtu.sizes(self.phase2.algorithms.integrity or mtu.GCM, nat_traversal=True)


def suite(
    options: TunnelOptions, ike_version: str, sample_type: SampleType, words: Vocabulary
) -> Suite | None:
    """Choose the suite; None when the options leave none that the device has."""
    if ike_version not in options.ike_versions:
        return None
    phase1 = _choose(
        [
            name
            for name in options.phase1_encryption_algorithms
            if ike_version == "ikev2" or not ENCRYPTION[name].aead
        ],
        options.phase1_integrity_algorithms,
        options.phase1_dh_group_numbers,
        sample_type,
        words.phase1,
        prf=True,
    )
    phase2 = _choose(
        options.phase2_encryption_algorithms,
        options.phase2_integrity_algorithms,
        options.phase2_dh_group_numbers,
        sample_type,
        words.phase2,
        prf=False,
    )
    return Suite(phase1=phase1, phase2=phase2) if phase1 and phase2 else None


def _choose(
    ciphers: Sequence[str],
    hashes: Sequence[str],
    groups: Collection[int],
    sample_type: SampleType,
    words: Words,
    *,
    prf: bool,
) -> Phase | None:
    """Choose a phase's algorithms; with AES-GCM a hash is needed as the PRF only."""
    strongest = sample_type is SampleType.RECOMMENDED
    step = -1 if strongest else 1
    integrity = next((name for name in hashes[::step] if name in words.integrity), None)
    group = next(
        (one for one in (_STRONG_GROUPS if strongest else groups)
         if one in groups and one in words.groups),
        None,
    )  # fmt: skip
    for cipher in ciphers[::step]:
        aead = ENCRYPTION[cipher].aead
        needed = None if aead and not prf else integrity
        if cipher not in words.encryption or group is None or not (needed or (aead and not prf)):
            continue
        return Phase(
            encryption=words.encryption[cipher],
            integrity=words.integrity[needed] if needed else "",
            group=words.groups[group],
            aead=aead,
            algorithms=Algorithms(encryption=cipher, integrity=needed, group=group),
        )
    return None
