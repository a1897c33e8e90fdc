"""OpenBSD with what is in its base system: iked, sec(4), bgpd, ifstated and pf.

Source: its manual pages sec(4), iked.conf(5), hostname.if(5), bgpd.conf(5), ifstated.conf(5) and
pf.conf(5).
"""

from landbridge.devices.device import Device, Vocabulary, Words
from landbridge.vpn.algorithms import DH_GROUPS

_WORDS = Words(
    encryption={
        "AES128": "aes-128",
        "AES256": "aes-256",
        "AES128-GCM-16": "aes-128-gcm",
        "AES256-GCM-16": "aes-256-gcm",
    },
    integrity={
        "SHA1": "hmac-sha1",
        "SHA2-256": "hmac-sha2-256",
        "SHA2-384": "hmac-sha2-384",
        "SHA2-512": "hmac-sha2-512",
    },
    groups={number: group.keyword for number, group in DH_GROUPS.items() if number < 22},
)

DEVICES = (
    Device(
        id="1b00000b",
        vendor="OpenBSD",
        platform="OpenBSD",
        software="7.4+ (iked)",
        template="openbsd/iked.j2",
        comment="# ",
        ike={"ikev2": Vocabulary(phase1=_WORDS, phase2=_WORDS)},
        certificates=True,
        ipv6=True,
    ),
)
