"""A charon's own settings (strongswan.conf), as text; one process is one tunnel.

The same settings and connections drive the kernel's ESP and our own in userspace: charon speaks
XFRM to either, and an interface id ties its tunnel to the tunnel interface.

Source: strongSwan's documentation of strongswan.conf.
"""

from enum import StrEnum

DPD_DELAY = 10
"Seconds without traffic from the peer after which it is probed."
IF_ID = 1
"The XFRM interface id of every tunnel: an endpoint's namespace has one only."
_PLUGINS = (
    "random nonce openssl gmp aes sha1 sha2 hmac kdf gcm drbg x509 revocation constraints"
    " pubkey pkcs1 pkcs8 pem kernel-netlink socket-default vici"
)
"openssl first: of several implementations of a cipher charon takes the first."


class Esp(StrEnum):
    """Who does ESP."""

    KERNEL = "kernel"
    USERSPACE = "userspace"
    "`espd`."

    @property
    def link_kind(self) -> str:
        """The kind of a tunnel interface, in the kernel's words."""
        return "xfrm" if self is Esp.KERNEL else "tun"


def settings(*, dead_after: int) -> str:
    """Write the settings of a charon that gives an IKEv2 peer up after `dead_after` seconds.

    IKEv2 detects a dead peer by unanswered retransmissions, whose timing is per process: the
    first probe after `DPD_DELAY` and two repeats at equal intervals end at `dead_after`.
    Four of the threads are for receiving, sending, watching and timing, the others for us: with
    four in all charon answers nobody, with five not always, with eight a crowd at once.
    Without a routing table it makes no routing rule, which would cost each packet some lookups.
    """
    interval = (dead_after - DPD_DELAY) / 3
    return f"""\
  threads = 8
  install_routes = no
  routing_table = 0
  install_virtual_ip = no
  retransmit_base = 1.0
  retransmit_tries = 2
  retransmit_timeout = {interval:.3f}
  load = {_PLUGINS}
  plugins {{
    socket-default {{
      use_ipv6 = no
    }}
  }}
"""
