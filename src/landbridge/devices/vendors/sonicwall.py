"""SonicWall NSA and TZ: SonicOS 5.8 by its screens, later ones by the E-CLI.

Source: guide, "SonicWALL"; SonicWall's E-CLI reference guides and SonicOS administrator's guides,
"VPN Policies". SonicOS 5.8 has neither the E-CLI nor tunnel interfaces with addresses, so no BGP.
AES-GCM and the ECP groups are left out: their words in the E-CLI are not known.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_E_CLI = {"AES128": "aes-128", "AES256": "aes-256"}
_SCREEN = {"AES128": "AES-128", "AES256": "AES-256"}
_HASHES = {"SHA1": "sha-1", "SHA2-256": "sha-256"}
_LONGER = {"SHA2-384": "sha-384", "SHA2-512": "sha-512"}


def _words(ciphers: dict[str, str], hashes: dict[str, str], group: str) -> Vocabulary:
    """Both phases; the groups are numbers behind a word."""
    phase1, phase2 = ({number: f"{group}{number}" for number in numbers}
                      for numbers in ((2, 14), (2, 5, 14)))  # fmt: skip
    return Vocabulary(
        phase1=Words(encryption=ciphers, integrity=hashes, groups=phase1),
        phase2=Words(encryption=ciphers, integrity=hashes, groups=phase2),
    )


def _device(identity: str, software: str, variant: str, ike: dict[str, Vocabulary]) -> Device:
    """A row with the E-CLI."""
    return Device(
        id=identity,
        vendor="SonicWall",
        platform="NSA, TZ",
        software=software,
        template="sonicwall/e_cli.j2",
        comment="! ",
        variant=variant,
        ike=ike,
    )


DEVICES = (
    Device(
        id="4280e43e",
        vendor="SonicWall",
        platform="NSA, TZ",
        software="OS 5.8",
        template="sonicwall/screens.j2",
        ike={"ikev1": _words(_SCREEN, {"SHA1": "SHA1"}, "Group ")},
        bgp=False,
        inside_addresses=False,
    ),
    _device("60ca5da1", "OS 5.9", "5.9", {"ikev1": _words(_E_CLI, _HASHES, "")}),
    _device("46154821", "OS 6.2", "6.2", {"ikev1": _words(_E_CLI, _HASHES, "")}),
    _device(
        "fa2df246",
        "OS 6.5",
        "6.5",
        dict.fromkeys(("ikev1", "ikev2"), _words(_E_CLI, _HASHES | _LONGER, "")),
    ),
)
