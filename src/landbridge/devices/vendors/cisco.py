"""Cisco's routers with IOS and IOS XE, and its firewalls ASA and Firepower.

Source: Cisco's command references (security commands A to Z of IOS 15 and IOS XE 17, ASA series
8.2 and 9.x) and, for Firepower Threat Defense, the Firepower Management Center's guide to
site-to-site VPNs. What a command reference says to be newer than the row's software, such as SHA-2
in IKEv1 on IOS before 15.1(2)T, the file says where it uses it.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_VENDOR = "Cisco Systems, Inc."
_IOS_GROUPS = (2, 5, 14, 15, 16, 19, 20, 21, 24)
_ASA_IKEV1_GROUPS = (2, 5, 14)
_ASA_IKEV2_GROUPS = (2, 5, 14, 19, 20, 21, 24)


def _numbers(groups: tuple[int, ...]) -> dict[int, str]:
    return {number: str(number) for number in groups}


def _pfs(groups: tuple[int, ...]) -> dict[int, str]:
    return {number: f"group{number}" for number in groups}


_IOS_ESP = {
    "SHA1": "esp-sha-hmac",
    "SHA2-256": "esp-sha256-hmac",
    "SHA2-384": "esp-sha384-hmac",
    "SHA2-512": "esp-sha512-hmac",
}
_IOS_IKEV1 = Vocabulary(
    phase1=Words(
        encryption={"AES128": "aes 128", "AES256": "aes 256"},
        integrity={
            "SHA1": "sha",
            "SHA2-256": "sha256",
            "SHA2-384": "sha384",
            "SHA2-512": "sha512",
        },
        groups=_numbers(_IOS_GROUPS),
    ),
    phase2=Words(  # AES-GCM is for IKEv2 only
        encryption={"AES128": "esp-aes 128", "AES256": "esp-aes 256"},
        integrity=_IOS_ESP,
        groups=_pfs(_IOS_GROUPS),
    ),
)
_IOS_IKEV2 = Vocabulary(
    phase1=Words(
        encryption={
            "AES128": "aes-cbc-128",
            "AES256": "aes-cbc-256",
            "AES128-GCM-16": "aes-gcm-128",
            "AES256-GCM-16": "aes-gcm-256",
        },
        integrity={
            "SHA1": "sha1",
            "SHA2-256": "sha256",
            "SHA2-384": "sha384",
            "SHA2-512": "sha512",
        },
        groups=_numbers(_IOS_GROUPS),
    ),
    phase2=Words(
        encryption={
            "AES128": "esp-aes 128",
            "AES256": "esp-aes 256",
            "AES128-GCM-16": "esp-gcm 128",
            "AES256-GCM-16": "esp-gcm 256",
        },
        integrity=_IOS_ESP,
        groups=_pfs(_IOS_GROUPS),
    ),
)
_ASA_IKEV1 = Vocabulary(  # SHA-2 is for IKEv2 only
    phase1=Words(
        encryption={"AES128": "aes", "AES256": "aes-256"},
        integrity={"SHA1": "sha"},
        groups=_numbers(_ASA_IKEV1_GROUPS),
    ),
    phase2=Words(
        encryption={"AES128": "esp-aes", "AES256": "esp-aes-256"},
        integrity={"SHA1": "esp-sha-hmac"},
        groups=_pfs(_ASA_IKEV1_GROUPS),
    ),
)
_ASA_8 = Vocabulary(
    phase1=Words(
        encryption=_ASA_IKEV1.phase1.encryption,
        integrity=_ASA_IKEV1.phase1.integrity,
        groups=_numbers((2, 5)),
    ),
    phase2=Words(
        encryption=_ASA_IKEV1.phase2.encryption,
        integrity=_ASA_IKEV1.phase2.integrity,
        groups=_pfs((2, 5)),
    ),
)
_ASA_IKEV2 = Vocabulary(
    phase1=Words(
        encryption={
            "AES128": "aes",
            "AES256": "aes-256",
            "AES128-GCM-16": "aes-gcm",
            "AES256-GCM-16": "aes-gcm-256",
        },
        integrity={
            "SHA1": "sha",
            "SHA2-256": "sha256",
            "SHA2-384": "sha384",
            "SHA2-512": "sha512",
        },
        groups=_numbers(_ASA_IKEV2_GROUPS),
    ),
    phase2=Words(
        encryption={
            "AES128": "aes",
            "AES256": "aes-256",
            "AES128-GCM-16": "aes-gcm",
            "AES256-GCM-16": "aes-gcm-256",
        },
        integrity={
            "SHA1": "sha-1",
            "SHA2-256": "sha-256",
            "SHA2-384": "sha-384",
            "SHA2-512": "sha-512",
        },
        groups=_pfs(_ASA_IKEV2_GROUPS),
    ),
)
_FIREPOWER = Vocabulary(
    phase1=Words(
        encryption={"AES128": "AES", "AES256": "AES-256"},
        integrity={"SHA1": "SHA"},
        groups=_numbers(_ASA_IKEV1_GROUPS),
    ),
    phase2=Words(
        encryption={"AES128": "AES", "AES256": "AES-256"},
        integrity={"SHA1": "SHA"},
        groups=_numbers(_ASA_IKEV1_GROUPS),
    ),
)

DEVICES = (
    Device(
        id="b0adb196",
        vendor=_VENDOR,
        platform="ISR Series Routers",
        software="IOS 12.4+",
        template="cisco/ios.j2",
        comment="! ",
        ike={"ikev1": _IOS_IKEV1},
    ),
    Device(
        id="48548f98",
        vendor=_VENDOR,
        platform="Cisco ASR 1000",
        software="IOS 12.4+",
        template="cisco/ios.j2",
        comment="! ",
        ike={"ikev1": _IOS_IKEV1},
    ),
    Device(
        id="7b754310",
        vendor=_VENDOR,
        platform="CSRv AMI",
        software="IOS 12.4+",
        template="cisco/ios.j2",
        variant="behind NAT",
        comment="! ",
        ike={"ikev1": _IOS_IKEV1, "ikev2": _IOS_IKEV2},
    ),
    Device(
        id="1b000008",
        vendor=_VENDOR,
        platform="Catalyst 8000 and ISR 4000",
        software="IOS XE 17+",
        template="cisco/ios_xe.j2",
        variant="selectors",
        comment="! ",
        ike={"ikev2": _IOS_IKEV2},
        certificates=True,
        ipv6=True,
    ),
    Device(
        id="6883834a",
        vendor=_VENDOR,
        platform="ASA 5500 Series",
        software="ASA 8.2+",
        template="cisco/asa.j2",
        variant="8.2",
        comment="! ",
        ike={"ikev1": _ASA_8},
        bgp=False,
        inside_addresses=False,
    ),
    Device(
        id="78c1a727",
        vendor=_VENDOR,
        platform="ASA 5500 Series",
        software="ASA 9.x",
        template="cisco/asa.j2",
        variant="9",
        comment="! ",
        ike={"ikev1": _ASA_IKEV1},
        bgp=False,
        inside_addresses=False,
    ),
    Device(
        id="b556dcd1",
        vendor=_VENDOR,
        platform="ASA 5500 Series",
        software="ASA 9.7+ VTI",
        template="cisco/asa_vti.j2",
        comment="! ",
        ike={"ikev1": _ASA_IKEV1, "ikev2": _ASA_IKEV2},
    ),
    Device(
        id="ae4cefeb",
        vendor=_VENDOR,
        platform="Firepower",
        software="v6.2.2+",
        template="cisco/firepower.j2",
        ike={"ikev1": _FIREPOWER},
        bgp=False,
        inside_addresses=False,
    ),
)
