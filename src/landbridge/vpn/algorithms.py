"""Encryption, integrity and Diffie-Hellman algorithms of a VPN tunnel.

Source: guide, "Tunnel options for your Site-to-Site VPN connection". The lists stand in the
order in which an endpoint evaluates them: lowest configured value first.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """A cipher as the API names it, and as strongSwan does."""

    name: str
    keyword: str
    aead: bool
    "Authenticates too, so that it takes no integrity algorithm (RFC 4106, RFC 5282)."


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """A hash as the API names it, and as strongSwan does (HMAC for integrity, and the PRF)."""

    name: str
    keyword: str

    @property
    def prf(self) -> str:
        """strongSwan's keyword for the pseudo-random function on this hash."""
        return f"prf{self.keyword}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DhGroup:
    """A Diffie-Hellman group by its IANA number."""

    number: int
    keyword: str


ENCRYPTION = {
    row.name: row
    for row in (
        Encryption(name="AES128", keyword="aes128", aead=False),
        Encryption(name="AES256", keyword="aes256", aead=False),
        Encryption(name="AES128-GCM-16", keyword="aes128gcm16", aead=True),
        Encryption(name="AES256-GCM-16", keyword="aes256gcm16", aead=True),
    )
}
INTEGRITY = {
    row.name: row
    for row in (
        Integrity(name="SHA1", keyword="sha1"),
        Integrity(name="SHA2-256", keyword="sha256"),
        Integrity(name="SHA2-384", keyword="sha384"),
        Integrity(name="SHA2-512", keyword="sha512"),
    )
}
DH_GROUPS = {
    row.number: row
    for row in (
        DhGroup(number=2, keyword="modp1024"),
        DhGroup(number=5, keyword="modp1536"),
        DhGroup(number=14, keyword="modp2048"),
        DhGroup(number=15, keyword="modp3072"),
        DhGroup(number=16, keyword="modp4096"),
        DhGroup(number=17, keyword="modp6144"),
        DhGroup(number=18, keyword="modp8192"),
        DhGroup(number=19, keyword="ecp256"),
        DhGroup(number=20, keyword="ecp384"),
        DhGroup(number=21, keyword="ecp521"),
        DhGroup(number=22, keyword="modp1024s160"),
        DhGroup(number=23, keyword="modp2048s224"),
        DhGroup(number=24, keyword="modp2048s256"),
    )
}
PHASE1_DH_GROUPS = tuple(number for number in DH_GROUPS if number != 5)
"Group 5 is offered in phase 2 only (guide, Phase 1 Diffie-Hellman group numbers)."
PHASE2_DH_GROUPS = tuple(DH_GROUPS)
IKE_VERSIONS = ("ikev1", "ikev2")
