"""Microsoft Windows Server: connection security rules by netsh, or RRAS by PowerShell.

Source: guide, "Configuring Windows Server as a customer gateway device"; Microsoft's references of
`netsh advfirewall consec`, `netsh advfirewall set global` and `Add-VpnS2SInterface`.

BGP: connection security rules have no interface for it. An RRAS interface with IKEv2 has no inside
address of its own either, and `Add-BgpPeer` wants a local address to speak from, whereas the
endpoint expects its neighbor at the tunnel's inside address. Hence static routing only.
Windows knows AES-GCM in phase 2 alone, and SHA2-384 in phase 1 alone.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_AES = {"AES128": "AES128", "AES256": "AES256"}
_SHORT = {"SHA1": "SHA1", "SHA2-256": "SHA256"}
_LONG = _SHORT | {"SHA2-384": "SHA384"}
_2008 = {2: "DHGroup2", 14: "DHGroup14", 19: "ECDHP256", 20: "ECDHP384"}
_2012 = _2008 | {24: "DHGroup24"}
_NETSH_ESP = _AES | {"AES128-GCM-16": "AESGCM128", "AES256-GCM-16": "AESGCM256"}


def _netsh(groups: dict[int, str]) -> Vocabulary:
    return Vocabulary(
        phase1=Words(encryption=_AES, integrity=_LONG, groups=groups),
        phase2=Words(encryption=_NETSH_ESP, integrity=_SHORT, groups=groups),
    )


_RRAS = Vocabulary(
    phase1=Words(
        encryption=_AES,
        integrity=_LONG,
        groups={2: "Group2", 14: "Group14", 19: "ECP256", 20: "ECP384", 24: "Group24"},
    ),
    phase2=Words(
        encryption=_AES | {"AES128-GCM-16": "GCMAES128", "AES256-GCM-16": "GCMAES256"},
        integrity={"SHA1": "SHA196", "SHA2-256": "SHA256128"},
        groups={2: "PFS2", 14: "PFS2048", 19: "ECP256", 20: "ECP384", 24: "PFS24"},
    ),
)

DEVICES = (
    Device(
        id="dd55903b",
        vendor="Microsoft",
        platform="Windows Server",
        software="2008 R2",
        template="microsoft/netsh.j2",
        variant="2008",
        ike={"ikev1": _netsh(_2008)},
        bgp=False,
        inside_addresses=False,
    ),
    Device(
        id="411e7147",
        vendor="Microsoft",
        platform="Windows Server",
        software="2012 R2",
        template="microsoft/netsh.j2",
        variant="2012",
        ike={"ikev1": _netsh(_2012)},
        bgp=False,
        inside_addresses=False,
    ),
    Device(
        id="1b00000a",
        vendor="Microsoft",
        platform="Windows Server",
        software="2022 (PowerShell)",
        template="microsoft/rras.j2",
        comment="# ",
        ike={"ikev2": _RRAS},
        bgp=False,
        inside_addresses=False,
    ),
)
