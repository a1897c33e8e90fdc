"""The tunnel's MTU and MSS by algorithm and encapsulation.

Source: guide, "Adjust MTU and MSS sizes according to the algorithms in use".
"""

from collections.abc import Iterator
from dataclasses import dataclass

from landbridge.vpn.algorithms import ENCRYPTION
from landbridge.vpn.tunnel_options import TunnelOptions


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes: the inside MTU, and the TCP MSS that fits it over IPv4 and over IPv6."""

    mtu: int
    mss_ipv4: int
    mss_ipv6: int


GCM = "AES-GCM-16"
_TABLE = {
    (GCM, False): Sizes(1446, 1406, 1386),
    (GCM, True): Sizes(1438, 1398, 1378),
    ("SHA1", False): Sizes(1438, 1398, 1378),
    ("SHA1", True): Sizes(1422, 1382, 1362),
    ("SHA2-256", False): Sizes(1438, 1398, 1378),
    ("SHA2-256", True): Sizes(1422, 1382, 1362),
    ("SHA2-384", False): Sizes(1422, 1382, 1362),
    ("SHA2-384", True): Sizes(1422, 1382, 1362),
    ("SHA2-512", False): Sizes(1422, 1382, 1362),
    ("SHA2-512", True): Sizes(1406, 1366, 1346),
}


def sizes(integrity: str, *, nat_traversal: bool) -> Sizes:
    """Look up the sizes for AES-GCM (`GCM`) or for AES-CBC with an integrity algorithm's name."""
    return _TABLE[integrity, nat_traversal]


def smallest(options: TunnelOptions) -> Sizes:
    """Choose the sizes that fit whatever the device chooses of a tunnel's phase 2 algorithms.

    Which suite it will be, and whether there is a NAT, is known only once the device calls, and
    may change whenever it calls again. So an endpoint keeps to what always fits: with NAT
    traversal, and the suite with the largest overhead. With the default options (AES-CBC with
    SHA2-512) that costs 40 bytes of each packet against AES-GCM without a NAT.
    """
    return min(
        (sizes(one, nat_traversal=True) for one in _protections(options)),
        key=lambda one: one.mtu,
    )


def _protections(options: TunnelOptions) -> Iterator[str]:
    ciphers = [ENCRYPTION[name] for name in options.phase2_encryption_algorithms]
    if any(cipher.aead for cipher in ciphers):
        yield GCM
    if not all(cipher.aead for cipher in ciphers):
        yield from options.phase2_integrity_algorithms
