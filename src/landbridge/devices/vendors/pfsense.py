"""pfSense, and its relative OPNsense, configured on their screens.

Source: the AWS guide's list of devices; pfSense's `ipsec.inc` and its pages of phase 1 and phase 2;
OPNsense's forms and `IPsecProposalField`; both FRR packages' forms; the OPNsense manual, "Route
based (VTI)".

pfSense 2.2.5 has no routed tunnels, hence no BGP over them. In OPNsense a proposal is chosen whole
from a list, which has neither group 2 nor SHA1 with any cipher and any group: they are left out.
pfSense proposes IPv4 alone in IKEv1 with a routed tunnel, hence no IPv6 there.
"""

from collections.abc import Mapping

from landbridge.devices.device import Device, Vocabulary, Words

_HASHES = {"SHA1": "SHA1", "SHA2-256": "SHA256", "SHA2-384": "SHA384", "SHA2-512": "SHA512"}
_AES = {"AES128": "AES, 128 bits", "AES256": "AES, 256 bits"}
_GCM = {"AES128-GCM-16": "AES128-GCM, 128 bits", "AES256-GCM-16": "AES256-GCM, 128 bits"}
_GROUPS = {
    2: "2 (1024 bit)",
    5: "5 (1536 bit)",
    14: "14 (2048 bit)",
    15: "15 (3072 bit)",
    16: "16 (4096 bit)",
    17: "17 (6144 bit)",
    18: "18 (8192 bit)",
    19: "19 (nist ecp256)",
    20: "20 (nist ecp384)",
    21: "21 (nist ecp521)",
    22: "22 (1024(sub 160) bit)",
    23: "23 (2048(sub 224) bit)",
    24: "24 (2048(sub 256) bit)",
}


def _groups(*numbers: int) -> Mapping[int, str]:
    return {number: _GROUPS[number] for number in numbers}


_OLD = Vocabulary(
    phase1=Words(
        encryption=_AES, integrity=_HASHES, groups=_groups(2, 5, 14, 15, 16, 17, 18, 22, 23, 24)
    ),
    phase2=Words(
        encryption=_AES | _GCM, integrity=_HASHES, groups=_groups(2, 5, 14, 15, 16, 17, 18)
    ),
)
_PHASE2 = Words(encryption=_AES | _GCM, integrity=_HASHES, groups=_GROUPS)
_PFSENSE = {
    "ikev1": Vocabulary(
        phase1=Words(encryption=_AES, integrity=_HASHES, groups=_GROUPS), phase2=_PHASE2
    ),
    "ikev2": Vocabulary(phase1=_PHASE2, phase2=_PHASE2),
}
_OPNSENSE_HASHES = {"SHA2-256": "sha256", "SHA2-384": "sha384", "SHA2-512": "sha512"}
_OPNSENSE_AES = {"AES128": "aes128", "AES256": "aes256"}
_OPNSENSE_GCM = {"AES128-GCM-16": "aes128gcm16", "AES256-GCM-16": "aes256gcm16"}
_OPNSENSE_GROUPS = {
    14: "modp2048 [DH14]",
    15: "modp3072 [DH15]",
    16: "modp4096 [DH16]",
    17: "modp6144 [DH17]",
    18: "modp8192 [DH18]",
    19: "ecp256 [DH19, NIST EC]",
    20: "ecp384 [DH20, NIST EC]",
    21: "ecp521 [DH21, NIST EC]",
}
_OPNSENSE = Words(
    encryption=_OPNSENSE_AES | _OPNSENSE_GCM, integrity=_OPNSENSE_HASHES, groups=_OPNSENSE_GROUPS
)

DEVICES = (
    Device(
        id="74671aaa",
        vendor="pfSense",
        platform="pfSense",
        software="pfsense 2.2.5+(GUI)",
        template="pfsense/policy.j2",
        ike={"ikev1": _OLD},
        bgp=False,
        inside_addresses=False,
    ),
    Device(
        id="1b000006",
        vendor="pfSense",
        platform="pfSense Plus and CE",
        software="2.7+ (GUI)",
        template="pfsense/routed.j2",
        ike=_PFSENSE,
        certificates=True,
    ),
    Device(
        id="1b000005",
        vendor="OPNsense",
        platform="OPNsense",
        software="24.1+ (GUI)",
        template="opnsense/connections.j2",
        ike={
            "ikev1": Vocabulary(
                phase1=Words(
                    encryption=_OPNSENSE_AES,
                    integrity=_OPNSENSE_HASHES,
                    groups=_OPNSENSE_GROUPS,
                ),
                phase2=_OPNSENSE,
            ),
            "ikev2": Vocabulary(phase1=_OPNSENSE, phase2=_OPNSENSE),
        },
        certificates=True,
        ipv6=True,
    ),
)
