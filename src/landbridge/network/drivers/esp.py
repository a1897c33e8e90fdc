"""ESP: the tunnel interfaces, by the kernel's XFRM or by espd in userspace.

Either gives an interface in the gateway's namespace that carries the endpoint's tunnel, and takes
its orders from the endpoint's charon, which is configured alike. So all others see a tunnel
interface and do not know which it is.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from landbridge.network.drivers import links, xfrm
from landbridge.network.drivers.daemon import Starting
from landbridge.network.drivers.espd import Espds
from landbridge.network.drivers.netns import Namespaces
from landbridge.network.model import TunnelInterface
from landbridge.network.strongswan import Esp
from landbridge.vpn.observed import Counters

_DROP = "drop_"


class Tunnels:
    """The tunnel interfaces of this machine's endpoints; files live in `directory`."""

    def __init__(self, esp: Esp, directory: Path, programs: Path) -> None:
        self.esp = esp
        self._espds = Espds(directory, programs)

    def add(self, namespaces: Namespaces, interface: TunnelInterface) -> Starting | None:
        """Make an interface, down; it is there once what is returned, if anything, is ready."""
        if self.esp is Esp.USERSPACE:
            return self._espds.start(interface)
        xfrm.add_interface(namespaces, interface)
        return None

    def change(
        self, namespaces: Namespaces, interface: TunnelInterface, before: TunnelInterface
    ) -> None:
        """Bring an interface of the same kind to where, and to the MTU that, it ought to be."""
        if before.namespace != interface.namespace:
            links.move(namespaces, before.namespace, before.name, interface.namespace)
        links.set_mtu(namespaces, interface.namespace, interface.name, interface.mtu)

    def before_charon(self, endpoint: str) -> Mapping[str, str] | None:
        """Prepare for a new charon and tell what its environment has to have.

        None: what is there served another charon, and has to be made anew.
        """
        if self.esp is Esp.USERSPACE:
            return self._espds.take(endpoint)
        xfrm.flush(endpoint)
        return {}

    def counters(
        self, namespaces: Namespaces, endpoint: str, namespace: str, interface: str
    ) -> Counters:
        """Read the counters of an endpoint's tunnel, whose interface is in `namespace`.

        Raises one of `LINUX_FAILURES` when there is none.
        """
        if self.esp is Esp.USERSPACE:
            return _from_espd(self._espds.counters(endpoint))
        link = links.state(namespaces, namespace, interface)
        return Counters(
            packets_in=link.packets_received,
            bytes_in=link.bytes_received,
            packets_out=link.packets_sent,
            bytes_out=link.bytes_sent,
            drops=MappingProxyType(xfrm.drops(endpoint)),
        )


def _from_espd(counted: Mapping[str, int]) -> Counters:
    return Counters(
        packets_in=counted.get("in_packets", 0),
        bytes_in=counted.get("in_bytes", 0),
        packets_out=counted.get("out_packets", 0),
        bytes_out=counted.get("out_bytes", 0),
        drops=MappingProxyType(
            {
                name.removeprefix(_DROP): number
                for name, number in counted.items()
                if name.startswith(_DROP) and number
            }
        ),
    )
