"""Citrix NetScaler with CloudBridge Connector: commands of its command line.

Sources: NetScaler 11's command reference, "ipsec profile", "ipTunnel", "ns pbr". A profile has one
cipher and one hash for both phases, and IPsec's lifetime is an eighth of IKE's; group 2 is what
version 11 has. Traffic gets into a tunnel by policy based routes: no BGP over it.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_WORDS = Words(encryption={"AES128": "AES"}, integrity={"SHA1": "HMAC_SHA1"}, groups={2: "2"})

DEVICES = (
    Device(
        id="d995c2ab",
        vendor="Citrix",
        platform="Netscaler CloudBridge",
        software="NS 11+",
        template="citrix/netscaler.j2",
        comment="# ",
        ike={"ikev1": Vocabulary(phase1=_WORDS, phase2=_WORDS)},
        bgp=False,
        inside_addresses=False,
    ),
)
