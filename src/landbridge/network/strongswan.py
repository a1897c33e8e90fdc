"""A charon's own settings (strongswan.conf), as text; one process is one tunnel.

Source: strongSwan's documentation of strongswan.conf, and what was measured with libipsec.
"""

from dataclasses import dataclass

DPD_DELAY = 10
"Seconds without traffic from the peer after which it is probed."
_PLUGINS_BEFORE = (
    "random nonce openssl gmp aes sha1 sha2 hmac kdf gcm drbg x509 revocation constraints"
    " pubkey pkcs1 pkcs8 pem"
)
"openssl first: of several implementations of a cipher charon takes the first."
_PLUGINS_AFTER = "kernel-netlink socket-default vici"


@dataclass(frozen=True, slots=True, kw_only=True)
class Esp:
    """How ESP is done here: what charon needs for it."""

    name: str
    plugins: tuple[str, ...]
    "Loaded by charon before `kernel-netlink`."
    settings: str
    "Their sections in strongswan.conf."
    force_encapsulation: bool
    "ESP in UDP always, whether or not there is a NAT."
    mtu: int
    "Of the tunnel interface, bytes."


LIBIPSEC = Esp(
    name="libipsec",
    plugins=("kernel-libipsec",),
    # IKE and ESP are marked and kept out of the tunnel whose selector covers everything.
    settings="""
    kernel-libipsec {
      allow_peer_ts = yes
    }
    kernel-netlink {
      fwmark = !0x42
    }
    socket-default {
      fwmark = 0x42
    }""",
    force_encapsulation=True,
    mtu=1400,
)
"strongSwan's own userspace ESP."


def settings(esp: Esp, *, dead_after: int) -> str:
    """Write the settings of a charon that gives an IKEv2 peer up after `dead_after` seconds.

    IKEv2 detects a dead peer by unanswered retransmissions, whose timing is per process: the
    first probe after `DPD_DELAY` and two repeats at equal intervals end at `dead_after`.
    libipsec needs 16 threads: with fewer its blocking jobs starve VICI.
    """
    interval = (dead_after - DPD_DELAY) / 3
    return f"""\
  threads = 16
  install_routes = no
  install_virtual_ip = no
  retransmit_base = 1.0
  retransmit_tries = 2
  retransmit_timeout = {interval:.3f}
  load = {_PLUGINS_BEFORE} {" ".join(esp.plugins)} {_PLUGINS_AFTER}
  plugins {{{esp.settings}
  }}
"""
