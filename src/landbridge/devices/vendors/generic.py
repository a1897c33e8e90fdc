"""The configuration for whoever has to translate it: the API's own words."""

from landbridge.devices.device import Device, Vocabulary, Words
from landbridge.vpn.algorithms import DH_GROUPS, ENCRYPTION, IKE_VERSIONS, INTEGRITY

_EVERYTHING = Words(
    encryption={name: name for name in ENCRYPTION},
    integrity={name: name for name in INTEGRITY},
    groups={number: str(number) for number in DH_GROUPS},
)

DEVICES = (
    Device(
        id="9005b6c1",
        vendor="Generic",
        platform="Generic",
        software="Vendor Agnostic",
        template="generic/generic.j2",
        ike=dict.fromkeys(IKE_VERSIONS, Vocabulary(phase1=_EVERYTHING, phase2=_EVERYTHING)),
        certificates=True,
        ipv6=True,
    ),
)
