"""Check Point Security Gateways with Gaia: clish, and SmartDashboard or SmartConsole.

Source: guide, "Check Point" (static and dynamic routing); Check Point's VPN administration
guides of R77 and R80.10, "IKE phase 1 and phase 2"; clish's list of commands. Groups 19 and 20,
SHA-384 and AES-GCM are left to IKEv2, for which they were made there.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_CIPHERS = {"AES128": "AES-128", "AES256": "AES-256"}
_GCM = {"AES128-GCM-16": "AES-GCM-128", "AES256-GCM-16": "AES-GCM-256"}
_GROUPS = {2: "Group 2 (1024 bit)", 14: "Group 14 (2048 bit)"}
_GROUP_5 = {5: "Group 5 (1536 bit)"}
_ECP = {19: "Group 19 (256-bit ECP)", 20: "Group 20 (384-bit ECP)"}


def _words(hashes: dict[str, str], gcm: dict[str, str], ecp: dict[int, str]) -> Vocabulary:
    """Both phases; AES-GCM in phase 2 only."""
    return Vocabulary(
        phase1=Words(encryption=_CIPHERS, integrity=hashes, groups=_GROUPS | ecp),
        phase2=Words(encryption=_CIPHERS | gcm, integrity=hashes, groups=_GROUPS | _GROUP_5 | ecp),
    )


_R80 = {"SHA1": "SHA1", "SHA2-256": "SHA256"}

DEVICES = (
    Device(
        id="feabc07e",
        vendor="Checkpoint",
        platform="Gaia",
        software="R77.10+",
        template="check_point/gaia.j2",
        comment="# ",
        ike={"ikev1": _words({"SHA1": "SHA-1", "SHA2-256": "SHA-256"}, {}, {})},
    ),
    Device(
        id="1b270706",
        vendor="Checkpoint",
        platform="Gaia",
        software="R80.10+",
        template="check_point/gaia.j2",
        comment="# ",
        variant="R80",
        ike={
            "ikev1": _words(_R80, {}, {}),
            "ikev2": _words(_R80 | {"SHA2-384": "SHA384"}, _GCM, _ECP),
        },
    ),
)
