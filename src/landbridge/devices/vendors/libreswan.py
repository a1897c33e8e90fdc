"""libreswan, and its ancestor Openswan, on Linux.

Source: their manual pages ipsec.conf(5); what libreswan's own `algparse` takes. Since version 4
libreswan is built without group 2 and without groups 22 to 24; its IKEv1 has no elliptic curves.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_OPENSWAN = Words(
    encryption={"AES128": "aes128", "AES256": "aes256"},
    integrity={"SHA1": "sha1", "SHA2-256": "sha2_256"},
    groups={
        2: "modp1024",
        5: "modp1536",
        14: "modp2048",
        15: "modp3072",
        16: "modp4096",
        17: "modp6144",
        18: "modp8192",
    },
)

_ENCRYPTION = {
    "AES128": "aes128",
    "AES256": "aes256",
    "AES128-GCM-16": "aes_gcm128",
    "AES256-GCM-16": "aes_gcm256",
}
_INTEGRITY = {
    "SHA1": "sha1",
    "SHA2-256": "sha2_256",
    "SHA2-384": "sha2_384",
    "SHA2-512": "sha2_512",
}
_MODP = {number: f"dh{number}" for number in (5, 14, 15, 16, 17, 18)}
_IKEV1 = Words(encryption=_ENCRYPTION, integrity=_INTEGRITY, groups=_MODP)
_IKEV2 = Words(
    encryption=_ENCRYPTION,
    integrity=_INTEGRITY,
    groups=_MODP | {number: f"dh{number}" for number in (19, 20, 21)},
)

DEVICES = (
    Device(
        id="6e62f3e3",
        vendor="Openswan",
        platform="Openswan",
        software="Openswan 2.6.38+",
        template="libreswan/openswan.j2",
        comment="# ",
        ike={"ikev1": Vocabulary(phase1=_OPENSWAN, phase2=_OPENSWAN)},
        bgp=False,
        inside_addresses=False,
    ),
    Device(
        id="1b000002",
        vendor="Libreswan",
        platform="Linux",
        software="Libreswan 4+",
        template="libreswan/libreswan.j2",
        comment="# ",
        ike={
            "ikev1": Vocabulary(phase1=_IKEV1, phase2=_IKEV1),
            "ikev2": Vocabulary(phase1=_IKEV2, phase2=_IKEV2),
        },
        certificates=True,
        ipv6=True,
    ),
)
