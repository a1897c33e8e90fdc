"""An endpoint whose data path is the kernel's ESP, to see that these tests ask what Linux does."""

import socket

from datapath.client import Events, Xfrm, to_kernel
from datapath.espd import MTU
from datapath.ground import TUN, Ground
from datapath.world import GROUPS, Endpoint, natt_socket
from datapath.xfrm import IF_ID
from landbridge.network.drivers import links, xfrm
from landbridge.network.drivers.netns import inside

_UDP_ENCAP, _UDP_ENCAP_ESPINUDP = 100, 2


class KernelEndpoint(Endpoint):
    """The same with an XFRM interface; raises what Linux says when it has none."""

    def __init__(self, ground: Ground, *, mtu: int = MTU) -> None:
        handle = ground.namespaces.handle(ground.endpoint)
        handle.link("add", ifname=TUN, kind="xfrm", xfrm_if_id=IF_ID, mtu=mtu)
        links.move(ground.namespaces, ground.endpoint, TUN, ground.inside)
        ground.set_up(ground.inside)
        self._route_all(ground)
        self._natt = natt_socket(ground.endpoint)
        self._natt.setsockopt(socket.IPPROTO_UDP, _UDP_ENCAP, _UDP_ENCAP_ESPINUDP)
        with inside(ground.endpoint):
            client, events = Xfrm(to_kernel()), Events(to_kernel(GROUPS))
        super().__init__(ground, client, events)
        self._before = xfrm.drops(ground.endpoint)

    @staticmethod
    def _route_all(ground: Ground) -> None:
        handle = ground.namespaces.handle(ground.inside)
        link = links.index_of(handle, TUN)
        for family in (socket.AF_INET, socket.AF_INET6):
            handle.route("add", family=family, dst="default", oif=link)

    def drops(self) -> dict[str, int]:
        """By the kernel's counters, whose names are like espd's where they mean the same."""
        now = xfrm.drops(self.ground.endpoint)
        return {
            f"drop_{name}": value - self._before.get(name, 0)
            for name, value in now.items()
            if value > self._before.get(name, 0)
        }

    def close(self) -> None:
        """Leave nothing behind."""
        self.xfrm.flush()
        self.xfrm.flush_policies()
        self.ground.remove_link(self.ground.inside)
        self._natt.close()
        super().close()
