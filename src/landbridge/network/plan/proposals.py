"""What an endpoint offers and accepts, in strongSwan's words.

IKEv1 takes one algorithm of each kind in a proposal (strongSwan drops the rest without a word),
so every combination is spelt out; IKEv2 takes lists, but ciphers that authenticate need a
proposal without integrity algorithms (RFC 7296, section 3.3). Order is the guide's: lowest
configured value first, whatever the device prefers.
"""

from collections.abc import Iterable
from itertools import product

from landbridge.vpn.algorithms import DH_GROUPS, ENCRYPTION, INTEGRITY, Encryption
from landbridge.vpn.tunnel_options import TunnelOptions


def ike(options: TunnelOptions, version: str) -> list[str]:
    """Phase 1: for IKEv1 without AES-GCM, which strongSwan has there for ESP only."""
    ciphers = [ENCRYPTION[name] for name in options.phase1_encryption_algorithms]
    hashes = [INTEGRITY[name] for name in options.phase1_integrity_algorithms]
    groups = [DH_GROUPS[number].keyword for number in options.phase1_dh_group_numbers]
    plain = [cipher.keyword for cipher in ciphers if not cipher.aead]
    if version == "ikev1":
        return _combinations(plain, [one.keyword for one in hashes], groups)
    proposals = []
    if plain:
        proposals.append(_joined(plain, (one.keyword for one in hashes), groups))
    authenticating = [cipher.keyword for cipher in _aead(ciphers)]
    if authenticating:
        proposals.append(_joined(authenticating, (one.prf for one in hashes), groups))
    return proposals


def esp(options: TunnelOptions, version: str) -> list[str]:
    """Phase 2, with perfect forward secrecy always."""
    ciphers = [ENCRYPTION[name] for name in options.phase2_encryption_algorithms]
    hashes = [INTEGRITY[name].keyword for name in options.phase2_integrity_algorithms]
    groups = [DH_GROUPS[number].keyword for number in options.phase2_dh_group_numbers]
    plain = [cipher.keyword for cipher in ciphers if not cipher.aead]
    authenticating = [cipher.keyword for cipher in _aead(ciphers)]
    if version == "ikev1":
        return _combinations(plain, hashes, groups) + _combinations(authenticating, groups)
    proposals = []
    if plain:
        proposals.append(_joined(plain, hashes, groups))
    if authenticating:
        proposals.append(_joined(authenticating, groups))
    return proposals


def _aead(ciphers: Iterable[Encryption]) -> list[Encryption]:
    return [cipher for cipher in ciphers if cipher.aead]


def _combinations(*kinds: Iterable[str]) -> list[str]:
    return ["-".join(one) for one in product(*kinds)]


def _joined(*kinds: Iterable[str]) -> str:
    return "-".join(keyword for kind in kinds for keyword in kind)
