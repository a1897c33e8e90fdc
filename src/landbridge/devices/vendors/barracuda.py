"""Barracuda NextGen Firewall F-Series by NextGen Admin.

Source: Barracuda Campus, NextGen Firewall F 6.2: "How to Configure Route-Based IPsec VPN and BGP",
"How to Configure an IKEv1 IPsec VPN to an AWS VPN Gateway with BGP", "VPN Settings".
"""

from landbridge.devices.device import Device, Vocabulary, Words

_CIPHERS = {"AES128": "AES", "AES256": "AES256"}
_HASHES = {"SHA1": "SHA", "SHA2-256": "SHA256"}
_GROUPS = {2: "Group2", 14: "Group14"}

DEVICES = (
    Device(
        id="36ef5d04",
        vendor="Barracuda",
        platform="NextGen Firewall F-Series",
        software="6.2+",
        template="barracuda/nextgen_admin.j2",
        ike={
            "ikev1": Vocabulary(
                phase1=Words(encryption=_CIPHERS, integrity=_HASHES, groups=_GROUPS),
                phase2=Words(
                    encryption=_CIPHERS, integrity=_HASHES, groups=_GROUPS | {5: "Group5"}
                ),
            )
        },
    ),
)
