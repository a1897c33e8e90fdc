"""Cisco Meraki MX, by its dashboard.

Source: Cisco Meraki's documentation, "Site-to-Site VPN Settings" and "Tag-Based IPsec VPN
Failover". An MX is policy-based towards peers that are not Meraki's, so it has no BGP there.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_VENDOR = "Cisco Meraki"
_ENCRYPTION = {"AES128": "AES 128", "AES256": "AES 256"}


def _words(integrity: dict[str, str], groups: tuple[int, ...]) -> Vocabulary:
    """The same words in both phases."""
    words = Words(
        encryption=_ENCRYPTION,
        integrity=integrity,
        groups={number: str(number) for number in groups},
    )
    return Vocabulary(phase1=words, phase2=words)


_OLD = _words({"SHA1": "SHA1"}, (2, 5))
_NEW = _words({"SHA1": "SHA1", "SHA2-256": "SHA256"}, (2, 5, 14))

DEVICES = (
    Device(
        id="866e027c",
        vendor=_VENDOR,
        platform="MX Series",
        software="9.0+ (WebUI)",
        template="meraki/meraki.j2",
        variant="9",
        ike={"ikev1": _OLD},
        bgp=False,
        inside_addresses=False,
    ),
    Device(
        id="42ff1bfc",
        vendor=_VENDOR,
        platform="MX Series",
        software="15.12+ (WebUI)",
        template="meraki/meraki.j2",
        variant="15",
        ike={"ikev1": _NEW, "ikev2": _NEW},
        bgp=False,
        inside_addresses=False,
    ),
)
