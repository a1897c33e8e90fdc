"""Which algorithms a file recommends for a tunnel."""

from dataclasses import dataclass
from enum import StrEnum

from landbridge.vpn import mtu
from landbridge.vpn.algorithms import DH_GROUPS, ENCRYPTION, INTEGRITY
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
class Phase:
    """One phase's algorithms, by the API's names."""

    encryption: str
    integrity: str
    group: int

    def proposal(self, *, ike: bool) -> str:
        """Write it as a proposal of strongSwan's."""
        cipher, integrity = ENCRYPTION[self.encryption], INTEGRITY[self.integrity]
        middle = integrity.keyword
        if cipher.aead:
            middle = integrity.prf if ike else ""
        return "-".join(filter(None, (cipher.keyword, middle, DH_GROUPS[self.group].keyword)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """Both phases' algorithms."""

    phase1: Phase
    phase2: Phase

    @property
    def sizes(self) -> mtu.Sizes:
        """The inside MTU and MSS, with room for a NAT."""
        authenticating = ENCRYPTION[self.phase2.encryption].aead
        return mtu.sizes(mtu.GCM if authenticating else self.phase2.integrity, nat_traversal=True)


def suite(options: TunnelOptions, ike_version: str, sample_type: SampleType) -> Suite | None:
    """Choose the suite; None when the options leave none for this IKE version."""
    phase1 = [
        name
        for name in options.phase1_encryption_algorithms
        if ike_version == "ikev2" or not ENCRYPTION[name].aead
    ]
    if not phase1 or ike_version not in options.ike_versions:
        return None
    at = -1 if sample_type is SampleType.RECOMMENDED else 0
    return Suite(
        phase1=Phase(
            encryption=phase1[at],
            integrity=options.phase1_integrity_algorithms[at],
            group=_group(options.phase1_dh_group_numbers, sample_type),
        ),
        phase2=Phase(
            encryption=options.phase2_encryption_algorithms[at],
            integrity=options.phase2_integrity_algorithms[at],
            group=_group(options.phase2_dh_group_numbers, sample_type),
        ),
    )


def _group(allowed: tuple[int, ...], sample_type: SampleType) -> int:
    if sample_type is SampleType.COMPATIBILITY:
        return allowed[0]
    return next(group for group in _STRONG_GROUPS if group in allowed)
