"""Palo Alto Networks firewalls, by `set` commands or by screens.

Source: PAN-OS 4.1, 7.0 and 10.0 administrator's guides, IKE and IPSec crypto profiles; the paths
and values by version of Palo Alto Networks' pan-os-python. AES-GCM came to ESP with 7.0 and to IKE
with 10.0.3, groups 15, 16 and 21 with 10.2: what 7.0 lacks is not used.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_HASHES = {"SHA1": "sha1", "SHA2-256": "sha256", "SHA2-384": "sha384", "SHA2-512": "sha512"}
_OLD_WORDS = Words(
    encryption={"AES128": "aes128", "AES256": "aes256"},
    integrity=_HASHES,
    groups={number: f"group{number}" for number in (2, 5, 14)},
)
_OLD = {"ikev1": Vocabulary(phase1=_OLD_WORDS, phase2=_OLD_WORDS)}
_CBC = {"AES128": "aes-128-cbc", "AES256": "aes-256-cbc"}
_GCM = {"AES128-GCM-16": "aes-128-gcm", "AES256-GCM-16": "aes-256-gcm"}
_GROUPS = {number: f"group{number}" for number in (2, 5, 14, 19, 20)}
_CURRENT = dict.fromkeys(
    ("ikev1", "ikev2"),
    Vocabulary(
        phase1=Words(encryption=_CBC, integrity=_HASHES, groups=_GROUPS),
        phase2=Words(encryption=_CBC | _GCM, integrity=_HASHES, groups=_GROUPS),
    ),
)

DEVICES = (
    Device(
        id="754a6372",
        vendor="Palo Alto Networks",
        platform="PA Series",
        software="PANOS 4.1.2+",
        template="palo_alto/set_4.j2",
        comment="# ",
        ike=_OLD,
    ),
    Device(
        id="9612cbed",
        vendor="Palo Alto Networks",
        platform="PA Series",
        software="PANOS 4.1.2+ (GUI)",
        template="palo_alto/gui_4.j2",
        ike=_OLD,
    ),
    Device(
        id="5fb390ba",
        vendor="Palo Alto Networks",
        platform="PA Series",
        software="PANOS 7.0+",
        template="palo_alto/set_7.j2",
        comment="# ",
        ike=_CURRENT,
        certificates=True,
    ),
)
