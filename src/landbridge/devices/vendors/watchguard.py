"""WatchGuard XTM and Firebox by the Fireware Web UI: a BOVPN virtual interface for each tunnel.

Source: WatchGuard's Fireware Help, "BOVPN Virtual Interfaces", "Configure IPSec VPN Phase 1
Settings", "Configure Phase 2 Settings". One virtual interface for each tunnel works before 11.12.2,
too, which was the first to know a key for each endpoint of one interface.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_CIPHERS = {"AES128": "AES (128-bit)", "AES256": "AES (256-bit)"}
_HASHES = {"SHA1": "SHA1", "SHA2-256": "SHA2-256"}
_LONGER = {"SHA2-384": "SHA2-384", "SHA2-512": "SHA2-512"}


def _words(hashes: dict[str, str], *numbers: int) -> dict[str, Vocabulary]:
    """IKEv1 with these groups, and group 5 in phase 2."""
    groups = {number: f"Diffie-Hellman Group {number}" for number in (*numbers, 5)}
    first = {number: groups[number] for number in numbers}
    return {
        "ikev1": Vocabulary(
            phase1=Words(encryption=_CIPHERS, integrity=hashes, groups=first),
            phase2=Words(encryption=_CIPHERS, integrity=hashes, groups=groups),
        )
    }


DEVICES = (
    Device(
        id="a0745ade",
        vendor="WatchGuard, Inc.",
        platform="XTM, Firebox",
        software="Fireware OS 11.11.4 (WebUI)",
        template="watchguard/web_ui.j2",
        ike=_words(_HASHES, 2),
    ),
    Device(
        id="dbeffb53",
        vendor="WatchGuard, Inc.",
        platform="XTM, Firebox",
        software="Fireware OS 11.12.2+ (WebUI)",
        template="watchguard/web_ui.j2",
        variant="11.12",
        ike=_words(_HASHES | _LONGER, 2, 14, 15, 19, 20),
    ),
)
