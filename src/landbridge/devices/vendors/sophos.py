"""Sophos: Sophos Firewall by its screens; UTM and ASG by importing the connection's XML.

Source: Sophos's online help: Sophos Firewall 19, "IPsec profiles", "IPsec connections",
"Route-based VPN", "BGP"; UTM 9, "Amazon VPC". UTM's IPsec connections are policy-based and cannot
carry BGP; only its Amazon VPC page can, which takes over what the XML says. That it takes more than
AES128, SHA1 and group 2 from there is not known, so the files of UTM and ASG know no others.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_CIPHERS = {"AES128": "AES128", "AES256": "AES256"}
_HASHES = {
    "SHA1": "SHA1",
    "SHA2-256": "SHA2 256",
    "SHA2-384": "SHA2 384",
    "SHA2-512": "SHA2 512",
}
_GROUPS = {
    2: "2 (DH1024)",
    14: "14 (DH2048)",
    15: "15 (DH3072)",
    16: "16 (DH4096)",
    17: "17 (DH6144)",
    18: "18 (DH8192)",
    19: "19 (ecp256)",
    20: "20 (ecp384)",
    21: "21 (ecp521)",
}
_FIREWALL = Vocabulary(
    phase1=Words(encryption=_CIPHERS, integrity=_HASHES, groups=_GROUPS),
    phase2=Words(encryption=_CIPHERS, integrity=_HASHES, groups=_GROUPS | {5: "5 (DH1536)"}),
)
_LOWEST = Words(encryption={"AES128": "aes-128-cbc"}, integrity={"SHA1": "sha1"}, groups={2: "2"})
_XML = {"ikev1": Vocabulary(phase1=_LOWEST, phase2=_LOWEST)}

DEVICES = (
    Device(
        id="758d1557",
        vendor="Sophos",
        platform="ASG",
        software="V8.300+",
        template="sophos/utm.j2",
        ike=_XML,
    ),
    Device(
        id="e5ec51ed",
        vendor="Sophos",
        platform="UTM",
        software="V9",
        template="sophos/utm.j2",
        variant="UTM",
        ike=_XML,
    ),
    Device(
        id="90f254e7",
        vendor="Sophos",
        platform="Sophos Firewall",
        software="v19+",
        template="sophos/firewall.j2",
        ike=dict.fromkeys(("ikev1", "ikev2"), _FIREWALL),
    ),
)
