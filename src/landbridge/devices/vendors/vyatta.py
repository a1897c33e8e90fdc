"""Vyatta Network OS, and VyOS, which came of it.

Source: Vyatta's VPN reference guide; VyOS's documentation, "IPsec" and "BGP", and the definitions
of its command line (vpn_ipsec.xml.in).
"""

from landbridge.devices.device import Device, Vocabulary, Words
from landbridge.vpn.algorithms import DH_GROUPS, IKE_VERSIONS

_ENCRYPTION = {"AES128": "aes128", "AES256": "aes256"}
_VYATTA = Vocabulary(
    phase1=Words(encryption=_ENCRYPTION, integrity={"SHA1": "sha1"}, groups={2: "2", 5: "5"}),
    phase2=Words(
        encryption=_ENCRYPTION,
        integrity={"SHA1": "sha1"},
        groups={2: "dh-group2", 5: "dh-group5"},
    ),
)

_GCM = {"AES128-GCM-16": "aes128gcm128", "AES256-GCM-16": "aes256gcm128"}
_INTEGRITY = {
    "SHA1": "sha1",
    "SHA2-256": "sha256",
    "SHA2-384": "sha384",
    "SHA2-512": "sha512",
}
_VYOS = Vocabulary(
    phase1=Words(
        encryption=_ENCRYPTION | _GCM,
        integrity=_INTEGRITY,
        groups={number: str(number) for number in DH_GROUPS},
    ),
    phase2=Words(
        encryption=_ENCRYPTION | _GCM,
        integrity=_INTEGRITY,
        groups={number: f"dh-group{number}" for number in DH_GROUPS},
    ),
)

DEVICES = (
    Device(
        id="f1647754",
        vendor="Vyatta",
        platform="Vyatta Network OS",
        software="Vyatta Network OS 6.5+",
        template="vyatta/vyatta.j2",
        comment="# ",
        ike={"ikev1": _VYATTA},
    ),
    Device(
        id="1b000003",
        vendor="VyOS",
        platform="VyOS",
        software="VyOS 1.4+",
        template="vyatta/vyos.j2",
        comment="# ",
        ike=dict.fromkeys(IKE_VERSIONS, _VYOS),
        certificates=True,
        ipv6=True,
    ),
)
