"""Cyberoam with CyberoamOS 10.6: steps in its web console.

Sources: Cyberoam's "VPN Management Guide", version 10, and the parameters that its successor,
Sophos Firewall, has under the same names. SHA-2 is left out: whether 10.6.5 has it is not
documented. IPsec there chooses packets by their networks, without an interface: no BGP over it.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_CIPHERS = {"AES128": "AES128", "AES256": "AES256"}
_HASHES = {"SHA1": "SHA1"}
_GROUPS = {2: "2 (DH1024)", 14: "14 (DH2048)", 15: "15 (DH3072)", 16: "16 (DH4096)"}

DEVICES = (
    Device(
        id="f8eac8fc",
        vendor="Cyberoam",
        platform="CR15iNG",
        software="V 10.6.5 MR-1",
        template="cyberoam/console.j2",
        ike={
            "ikev1": Vocabulary(
                phase1=Words(encryption=_CIPHERS, integrity=_HASHES, groups=_GROUPS),
                phase2=Words(
                    encryption=_CIPHERS, integrity=_HASHES, groups=_GROUPS | {5: "5 (DH1536)"}
                ),
            )
        },
        bgp=False,
        inside_addresses=False,
    ),
)
