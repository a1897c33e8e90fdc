"""IIJ's SEIL routers: commands of their console.

Sources: IIJ's own converter `seil2recipe`, which reads every command, and published
configurations of a SEIL/X1 with an `ipsec` tunnel interface to a cloud's VPN gateway. Which hashes
beyond SHA-1 and groups beyond 5 versions 3.70 and 2.30 have is not public: they are left out.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_AES = {"AES128": "aes128", "AES256": "aes256"}
_WORDS = Vocabulary(
    phase1=Words(encryption=_AES, integrity={"SHA1": "sha1"}, groups={2: "modp1024"}),
    phase2=Words(
        encryption=_AES, integrity={"SHA1": "hmac-sha1"}, groups={2: "modp1024", 5: "modp1536"}
    ),
)


def _device(id: str, platform: str, software: str) -> Device:  # noqa: A002
    return Device(
        id=id,
        vendor="IIJ",
        platform=platform,
        software=software,
        template="iij/seil.j2",
        comment="! ",
        ike={"ikev1": _WORDS},
    )


DEVICES = (
    _device("40b66cf5", "SEIL/B1", "SEIL/B1 3.70+"),
    _device("a0c6b2f4", "SEIL/X1 and SEIL/X2", "SEIL/X 3.70+"),
    _device("4b8b2ed4", "SEIL/x86", "SEIL/x86 2.30+"),
)
