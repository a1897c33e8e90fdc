"""The tunnel's MTU and MSS by algorithm and encapsulation.

Source: guide, "Adjust MTU and MSS sizes according to the algorithms in use".
"""

from dataclasses import dataclass


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
