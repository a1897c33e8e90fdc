"""Juniper: Junos on J Series and SRX, ScreenOS on SSG and ISG.

Source: Juniper's "CLI Reference for J-series Services Routers and SRX-series Services Gateways"
(9.3 and 9.5), the "Junos CLI Reference" (2024: "proposal (Security IKE)") and the "ScreenOS CLI
Reference Guide". Group 14 and SHA2-256 for ESP came with Junos 11.1, IKEv2 with 11.3. SRX without
the process iked have neither SHA2-512 nor SHA2-384 for ESP. AES-GCM is left to phase 2: in phase 1
Junos has no statement for the pseudo-random function that goes with it. ScreenOS has SHA2-256 and
group 14 since 6.3, and no MTU of tunnel interfaces before 6.2.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_CBC = {"AES128": "aes-128-cbc", "AES256": "aes-256-cbc"}
_GCM = {"AES128-GCM-16": "aes-128-gcm", "AES256-GCM-16": "aes-256-gcm"}
_IKE = {"SHA1": "sha1", "SHA2-256": "sha-256"}
_ESP = {"SHA1": "hmac-sha1-96", "SHA2-256": "hmac-sha-256-128"}


def _groups(*numbers: int) -> dict[int, str]:
    return {number: f"group{number}" for number in numbers}


_JUNOS_9 = Vocabulary(
    phase1=Words(encryption=_CBC, integrity=_IKE, groups=_groups(2)),
    phase2=Words(encryption=_CBC, integrity={"SHA1": "hmac-sha1-96"}, groups=_groups(2, 5)),
)
_JUNOS_11 = Vocabulary(
    phase1=Words(encryption=_CBC, integrity=_IKE, groups=_groups(2, 14)),
    phase2=Words(encryption=_CBC, integrity=_ESP, groups=_groups(2, 5, 14)),
)
_STRONG = _groups(14, 15, 16, 19, 20, 21, 24)
_JUNOS_20 = Vocabulary(
    phase1=Words(encryption=_CBC, integrity=_IKE | {"SHA2-384": "sha-384"}, groups=_STRONG),
    phase2=Words(encryption=_CBC | _GCM, integrity=_ESP, groups=_STRONG),
)

_SCREENOS_AES = {"AES128": "aes128", "AES256": "aes256"}
_SCREENOS_6_1 = Vocabulary(
    phase1=Words(encryption=_SCREENOS_AES, integrity={"SHA1": "sha-1"}, groups=_groups(2)),
    phase2=Words(encryption=_SCREENOS_AES, integrity={"SHA1": "sha-1"}, groups=_groups(2, 5)),
)
_SCREENOS_HASHES = {"SHA1": "sha-1", "SHA2-256": "sha2-256"}
_SCREENOS = Vocabulary(
    phase1=Words(encryption=_SCREENOS_AES, integrity=_SCREENOS_HASHES, groups=_groups(2, 14)),
    phase2=Words(encryption=_SCREENOS_AES, integrity=_SCREENOS_HASHES, groups=_groups(2, 5, 14)),
)
_SCREENOS_GUI = Vocabulary(
    phase1=Words(
        encryption={"AES128": "AES-CBC (128 Bits)", "AES256": "AES-CBC (256 Bits)"},
        integrity={"SHA1": "SHA-1"},
        groups={2: "Group 2"},
    ),
    phase2=Words(
        encryption={"AES128": "AES-CBC (128 Bits)", "AES256": "AES-CBC (256 Bits)"},
        integrity={"SHA1": "SHA-1"},
        groups={2: "DH Group 2", 5: "DH Group 5"},
    ),
)

DEVICES = (
    Device(
        id="8a961875",
        vendor="Juniper Networks, Inc.",
        platform="J-Series Routers",
        software="JunOS 9.5+",
        template="juniper/junos.j2",
        comment="# ",
        ike={"ikev1": _JUNOS_9, "ikev2": _JUNOS_11},
    ),
    Device(
        id="1361227b",
        vendor="Juniper Networks, Inc.",
        platform="SRX Routers",
        software="JunOS 11.0+",
        template="juniper/junos.j2",
        comment="# ",
        ike={"ikev1": _JUNOS_11, "ikev2": _JUNOS_11},
    ),
    Device(
        id="1b000009",
        vendor="Juniper Networks, Inc.",
        platform="SRX and vSRX",
        software="Junos 20+",
        template="juniper/junos.j2",
        comment="# ",
        variant="modern",
        ike={"ikev2": _JUNOS_20},
        certificates=True,
        ipv6=True,
    ),
    Device(
        id="acabcac0",
        vendor="Juniper Networks, Inc.",
        platform="SSG and ISG Series Routers",
        software="ScreenOS 6.1",
        template="juniper/screenos_6_1.j2",
        comment="# ",
        variant="6.1",
        ike={"ikev1": _SCREENOS_6_1},
    ),
    Device(
        id="631f834b",
        vendor="Juniper Networks, Inc.",
        platform="SSG and ISG Series Routers",
        software="ScreenOS 6.2+",
        template="juniper/screenos.j2",
        comment="# ",
        ike={"ikev1": _SCREENOS},
    ),
    Device(
        id="d36a4756",
        vendor="Juniper Networks, Inc.",
        platform="SSG and ISG Series Routers",
        software="ScreenOS 6.2+ (GUI)",
        template="juniper/screenos_gui.j2",
        ike={"ikev1": _SCREENOS_GUI},
    ),
)
