"""The programs that an installation needs, and the Debian packages that have them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Program:
    """A program or library that must be there."""

    path: str
    package: str
    purpose: str


PROGRAMS = (
    Program("/usr/sbin/charon-systemd", "charon-systemd", "IKE"),
    Program(
        "/usr/lib/ipsec/plugins/libstrongswan-openssl.so",
        "libstrongswan-standard-plugins",
        "ciphers and elliptic curves",
    ),
    Program("/usr/sbin/bird", "bird2", "BGP"),
    Program("/usr/sbin/nft", "nftables", "security groups, MSS clamping"),
    Program("/usr/sbin/useradd", "passwd", "the api's unprivileged user"),
)
