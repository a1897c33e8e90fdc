"""Fortinet FortiGate, by its command line or by its screens.

Source: Fortinet's CLI references and administration guides of FortiOS 4.0 MR3, 5.0, 6.4 and 7.0,
phase 1 and phase 2 of interface-based IPsec. FortiOS never had groups 22, 23 and 24.
"""

from collections.abc import Iterable, Mapping

from landbridge.devices.device import Device, Vocabulary, Words

_CBC = {"AES128": "aes128", "AES256": "aes256"}
_GCM = {"AES128-GCM-16": "aes128gcm", "AES256-GCM-16": "aes256gcm"}
_SHORT_HASHES = {"SHA1": "sha1", "SHA2-256": "sha256"}
_LONG_HASHES = {"SHA2-384": "sha384", "SHA2-512": "sha512"}
_OLD_GROUPS = (2, 5, 14)
_GROUPS = (2, 5, *range(14, 22))


def _words(
    ciphers: Mapping[str, str], hashes: Mapping[str, str], groups: Iterable[int], *, screen: bool
) -> Words:
    """Write the algorithms as the command line does, or as the screens do: in capitals."""
    return Words(
        encryption={name: word.upper() if screen else word for name, word in ciphers.items()},
        integrity={name: word.upper() if screen else word for name, word in hashes.items()},
        groups={number: str(number) for number in groups},
    )


def _version_4(*, screen: bool) -> dict[str, Vocabulary]:
    both = _words(_CBC, _SHORT_HASHES, _OLD_GROUPS, screen=screen)
    return {"ikev1": Vocabulary(phase1=both, phase2=both)}


def _version_5(*, screen: bool) -> dict[str, Vocabulary]:
    both = _words(_CBC, _SHORT_HASHES | _LONG_HASHES, _OLD_GROUPS, screen=screen)
    return {"ikev1": Vocabulary(phase1=both, phase2=both)}


def _current(*, screen: bool) -> dict[str, Vocabulary]:
    hashes = _SHORT_HASHES | _LONG_HASHES
    without = _words(_CBC, hashes, _GROUPS, screen=screen)
    everything = _words(_CBC | _GCM, hashes, _GROUPS, screen=screen)
    return {
        "ikev1": Vocabulary(phase1=without, phase2=everything),
        "ikev2": Vocabulary(phase1=everything, phase2=everything),
    }


DEVICES = (
    Device(
        id="2b2c1a73",
        vendor="Fortinet",
        platform="Fortigate 40+ Series",
        software="FortiOS 4.0+",
        template="fortinet/cli_4.j2",
        variant="4.0",
        comment="# ",
        ike=_version_4(screen=False),
    ),
    Device(
        id="980b2a2d",
        vendor="Fortinet",
        platform="Fortigate 40+ Series",
        software="FortiOS 4.0+ (GUI)",
        template="fortinet/gui_4.j2",
        variant="4.0",
        ike=_version_4(screen=True),
    ),
    Device(
        id="9d9470de",
        vendor="Fortinet",
        platform="Fortigate 40+ Series",
        software="FortiOS 5.0+",
        template="fortinet/cli_4.j2",
        variant="5.0",
        comment="# ",
        ike=_version_5(screen=False),
    ),
    Device(
        id="887cd1a5",
        vendor="Fortinet",
        platform="Fortigate 40+ Series",
        software="FortiOS 5.0+ (GUI)",
        template="fortinet/gui_4.j2",
        variant="5.0",
        ike=_version_5(screen=True),
    ),
    Device(
        id="7125681a",
        vendor="Fortinet",
        platform="Fortigate 40+ Series",
        software="FortiOS 6.4.4+ (GUI)",
        template="fortinet/gui_6.j2",
        ike=_current(screen=True),
    ),
    Device(
        id="1b000007",
        vendor="Fortinet",
        platform="FortiGate",
        software="FortiOS 7.0+ (CLI)",
        template="fortinet/cli_7.j2",
        comment="# ",
        ike=_current(screen=False),
        certificates=True,
        ipv6=True,
    ),
)
