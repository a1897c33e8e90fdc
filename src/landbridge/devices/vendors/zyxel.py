"""Zyxel ZyWALL by the Web Configurator: a VPN connection with a VPN tunnel interface (VTI).

Source: Zyxel's ZyWALL/USG user's guides of ZLD 4.20 and 4.30, "IPSec VPN", "VTI", "BGP".
"""

from landbridge.devices.device import Device, Vocabulary, Words

_CIPHERS = {"AES128": "AES128", "AES256": "AES256"}
_HASHES = {"SHA1": "SHA1", "SHA2-256": "SHA256", "SHA2-512": "SHA512"}
_GROUPS = {2: "DH2", 14: "DH14"}
_IKE = {
    "ikev1": Vocabulary(
        phase1=Words(encryption=_CIPHERS, integrity=_HASHES, groups=_GROUPS),
        phase2=Words(encryption=_CIPHERS, integrity=_HASHES, groups=_GROUPS | {5: "DH5"}),
    )
}

DEVICES = (
    Device(
        id="400e7aee",
        vendor="Zyxel",
        platform="ZyWALL",
        software="ZLD 4.3+",
        template="zyxel/web_configurator.j2",
        ike=_IKE,
    ),
    Device(
        id="1153d0d2",
        vendor="Zyxel",
        platform="Zywall Series",
        software="Zywall 4.20+",
        template="zyxel/web_configurator.j2",
        ike=_IKE,
    ),
)
