"""Yamaha RTX routers.

Source: Yamaha's "Command Reference" (Rev.8.02 to 15.04): "ipsec ike group", "ipsec ike hash",
"ipsec ike keepalive use", "ipsec sa policy", "ip route", "bgp neighbor". RTX1200 have SHA2-256
since Rev.10.01.32.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_AES = {"AES128": "aes-cbc", "AES256": "aes256-cbc"}
_RTX = Vocabulary(
    phase1=Words(
        encryption=_AES,
        integrity={"SHA1": "sha", "SHA2-256": "sha256"},
        groups={2: "modp1024", 14: "modp2048"},
    ),
    phase2=Words(
        encryption=_AES,
        integrity={"SHA1": "sha-hmac", "SHA2-256": "sha256-hmac"},
        groups={2: "modp1024", 5: "modp1536", 14: "modp2048"},
    ),
)

DEVICES = (
    Device(
        id="e7a2d626",
        vendor="Yamaha",
        platform="RTX Routers",
        software="Rev.10.01.16+",
        template="yamaha/rtx.j2",
        comment="# ",
        ike={"ikev1": _RTX, "ikev2": _RTX},
    ),
)
