"""MikroTik RouterOS: commands for its terminal, or for a file that `/import` reads.

Sources: MikroTik's documentation, "IPsec" (policies, proposals, peers, profiles, identities),
"BGP", "Firewall" and "Netwatch"; for version 7 the command tree of 7.21.4. AES-GCM is for ESP only,
and for IKEv2 only here: how IKEv1 there proposes it is not documented. Version 6.36 has no profiles
and no identities, and no IKEv2 (6.38). BGP has instances and connections since 7.20.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_MODP = {2: "modp1024", 14: "modp2048", 15: "modp3072", 16: "modp4096", 17: "modp6144"}
_ALL_GROUPS = _MODP | {18: "modp8192", 19: "ecp256", 20: "ecp384", 21: "ecp521"}
_PFS = {5: "modp1536"}
_HASHES = {"SHA1": "sha1", "SHA2-256": "sha256", "SHA2-512": "sha512"}
_IKE_CIPHERS = {"AES128": "aes-128", "AES256": "aes-256"}
_CBC = {"AES128": "aes-128-cbc", "AES256": "aes-256-cbc"}
_GCM = {"AES128-GCM-16": "aes-128-gcm", "AES256-GCM-16": "aes-256-gcm"}


def _vocabulary(groups: dict[int, str], *, sha384: bool, gcm: bool) -> Vocabulary:
    """The words of a version; SHA2-384 is for IKE only."""
    hashes = _HASHES | ({"SHA2-384": "sha384"} if sha384 else {})
    return Vocabulary(
        phase1=Words(encryption=_IKE_CIPHERS, integrity=hashes, groups=groups),
        phase2=Words(
            encryption=_CBC | (_GCM if gcm else {}), integrity=_HASHES, groups=groups | _PFS
        ),
    )


def _device(
    id: str,  # noqa: A002
    software: str,
    variant: str,
    ike: dict[str, Vocabulary],
    *,
    certificates: bool = False,
) -> Device:
    return Device(
        id=id,
        vendor="Mikrotik",
        platform="RouterOS",
        software=software,
        template="mikrotik/routeros.j2",
        comment="# ",
        variant=variant,
        ike=ike,
        certificates=certificates,
    )


DEVICES = (
    _device("2b5427d7", "6.36", "6.36", {"ikev1": _vocabulary(_MODP, sha384=False, gcm=False)}),
    _device(
        "37d8aff6",
        "6.47",
        "6.47",
        {
            "ikev1": _vocabulary(_ALL_GROUPS, sha384=False, gcm=False),
            "ikev2": _vocabulary(_ALL_GROUPS, sha384=False, gcm=True),
        },
    ),
    _device(
        "1b000004",
        "7.x",
        "7",
        {
            "ikev1": _vocabulary(_ALL_GROUPS, sha384=True, gcm=False),
            "ikev2": _vocabulary(_ALL_GROUPS, sha384=True, gcm=True),
        },
        certificates=True,
    ),
)
