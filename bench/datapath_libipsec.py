"""The peer that espd is measured against: strongSwan's own userspace ESP, kernel-libipsec.

Source: strongSwan's documentation of the plugin, and what was measured with it.
"""

from landbridge.network.drivers import links
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.model import Bridge, TunnelInterface

TUN = "ipsec0"
"What the plugin calls its TUN, which it makes in charon's namespace."
MTU = 1400
"Of the TUN, bytes: larger packets the plugin does not read whole, whatever MTU one sets."

# 16 threads: with fewer its blocking jobs starve VICI. openssl first: of several implementations
# of a cipher charon takes the first. IKE and ESP are marked and kept out of the tunnel, whose
# selector covers everything.
SETTINGS = """\
  threads = 16
  install_routes = no
  install_virtual_ip = no
  load = random nonce openssl gmp aes sha1 sha2 hmac kdf gcm drbg pubkey pem\
 kernel-libipsec kernel-netlink socket-default vici
  plugins {
    kernel-libipsec {
      allow_peer_ts = yes
    }
    kernel-netlink {
      fwmark = !0x42
    }
    socket-default {
      fwmark = 0x42
      use_ipv6 = no
    }
  }
"""


def place(namespaces: Namespaces, interface: TunnelInterface) -> None:
    """Bring the TUN that a charon has just made to where it ought to be.

    It goes on working there; but installing a policy then fails unless a link of that name is
    left behind.
    """
    endpoint = interface.endpoint
    links.move(namespaces, endpoint, TUN, interface.namespace)
    links.add_bridge(namespaces, Bridge(namespace=endpoint, name=TUN))
