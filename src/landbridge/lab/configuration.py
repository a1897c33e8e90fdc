"""Read a downloaded strongSwan configuration, as an administrator would who pastes it.

What is taken: the connections and keys of ipsec.conf or swanctl.conf, the commands that make the
tunnel interfaces, the `ip route` commands of static routing, BIRD's or FRR's configuration.
"""

from ipaddress import IPv4Network

from landbridge.lab import ipsec_conf, pasted, swanctl
from landbridge.lab.model import ConfigurationError, DeviceConfiguration

LOCAL_NETWORK_MARK = "<LOCAL NETWORK>"
"What the administrator replaces by the network behind the device."


def read(text: str, local_network: IPv4Network) -> DeviceConfiguration:
    """Read the file; raises `ConfigurationError`."""
    tunnels = swanctl.tunnels(text) or ipsec_conf.tunnels(text)
    if not tunnels:
        raise ConfigurationError(
            "there is neither a `conn` block of strongSwan's ipsec.conf nor a connection of its "
            "swanctl.conf in the file"
        )
    files = {
        path: content.replace(LOCAL_NETWORK_MARK, str(local_network))
        for path, content in pasted.files(text).items()
    }
    return DeviceConfiguration(
        tunnels=tunnels,
        routes=pasted.static_routes(text),
        check=files.get("/usr/local/sbin/vpn-check"),
        bird=files.get("/etc/bird/bird.conf"),
        frr=files.get("/etc/frr/frr.conf"),
    )
