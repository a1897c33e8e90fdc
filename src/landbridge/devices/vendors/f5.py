"""F5 BIG-IP: commands of tmsh, and of imish for BGP.

Sources: F5's tmsh reference, "net ipsec", "net tunnels", and F5's published automation of a BIG-IP
12.0 as a customer gateway. Lifetimes are whole minutes there. AES-GCM is left out: which words
IKEv1 pairs with it is not documented for 12.0.
"""

from landbridge.devices.device import Device, Vocabulary, Words

_CIPHERS = {"AES128": "aes128", "AES256": "aes256"}
_HASHES = {"SHA1": "sha1", "SHA2-256": "sha256"}
_GROUPS = {
    2: "modp1024",
    14: "modp2048",
    15: "modp3072",
    16: "modp4096",
    17: "modp6144",
    18: "modp8192",
}

DEVICES = (
    Device(
        id="56c86b54",
        vendor="F5 Networks, Inc.",
        platform="BIG-IP",
        software="v12.0.0+",
        template="f5/tmsh.j2",
        comment="# ",
        ike={
            "ikev1": Vocabulary(
                phase1=Words(encryption=_CIPHERS, integrity=_HASHES, groups=_GROUPS),
                phase2=Words(
                    encryption=_CIPHERS, integrity=_HASHES, groups=_GROUPS | {5: "modp1536"}
                ),
            )
        },
    ),
)
