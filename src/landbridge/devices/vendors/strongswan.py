"""strongSwan on Linux, with ipsec.conf or with swanctl.conf.

Source: strongSwan's documentation, "IKEv2 Cipher Suites" and "swanctl.conf".
"""

from landbridge.devices.device import Device, Vocabulary, Words
from landbridge.vpn.algorithms import DH_GROUPS, ENCRYPTION, IKE_VERSIONS, INTEGRITY

_KEYWORDS = Words(
    encryption={name: one.keyword for name, one in ENCRYPTION.items()},
    integrity={name: one.keyword for name, one in INTEGRITY.items()},
    groups={number: one.keyword for number, one in DH_GROUPS.items()},
)
_IKE = dict.fromkeys(IKE_VERSIONS, Vocabulary(phase1=_KEYWORDS, phase2=_KEYWORDS))

DEVICES = (
    Device(
        id="51cb26fd",
        vendor="Strongswan",
        platform="Ubuntu 16.04",
        software="Strongswan 5.5.1+",
        template="strongswan/ipsec_conf.j2",
        comment="# ",
        ike=_IKE,
        certificates=True,
        ipv6=True,
    ),
    Device(
        id="1b000001",
        vendor="strongSwan",
        platform="Linux",
        software="5.9+ with swanctl and FRR",
        template="strongswan/swanctl.j2",
        comment="# ",
        ike=_IKE,
        certificates=True,
        ipv6=True,
    ),
)
