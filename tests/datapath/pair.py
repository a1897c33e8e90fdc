"""Two espds, one against the other, for what one alone in Python's company does not do: much."""

import socket
from contextlib import ExitStack
from ipaddress import IPv4Address

from datapath.client import PATIENCE, Xfrm, hand_over, to_espd
from datapath.esp import Suite
from datapath.espd import Espd
from datapath.ground import ENDPOINT, PEER, TUN, Ground
from datapath.world import natt_socket
from datapath.xfrm import ANY4, ANY6, Direction, Policy, State
from landbridge.network.drivers.netns import inside

ADDRESSES = {4: ("10.9.0.1", "10.9.0.2"), 6: ("fd09::1", "fd09::2")}
"Of the tunnel interfaces, by version: in the one inside, and in the other."

_PREFIX = {4: 24, 6: 64}
_BUFFER = 4 << 20


class Pair:
    """Both endpoints, connected."""

    def __init__(self, ground: Ground, suite: Suite, *, encapsulated: bool, without: str) -> None:
        self.ground = ground
        self._stack = ExitStack()
        self.espds: list[Espd] = []
        ground.pass_super_packets(whole=True)
        with ExitStack() as undo:
            undo.callback(self.close)
            for index, (endpoint, gateway, ours, theirs) in enumerate(
                [
                    (ground.endpoint, ground.inside, ENDPOINT, PEER),
                    (ground.peer, ground.far, PEER, ENDPOINT),
                ]
            ):
                espd = Espd(endpoint, gateway, tun=TUN, without=without)
                self._stack.callback(espd.stop)
                self.espds.append(espd)
                ground.set_up(gateway)
                for version, addresses in ADDRESSES.items():
                    address = f"{addresses[index]}/{_PREFIX[version]}"
                    ground.add_address(gateway, TUN, address)
                self._order(espd, endpoint, suite, (ours, theirs), encapsulated)
            undo.pop_all()

    def _order(
        self,
        espd: Espd,
        namespace: str,
        suite: Suite,
        ends: tuple[IPv4Address, IPv4Address],
        encapsulated: bool,
    ) -> None:
        """Do what charon does."""
        client = Xfrm(to_espd(espd.socket))
        self._stack.callback(client.close)
        relay, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._stack.callback(relay.close)
        with natt_socket(namespace) as udp, end:
            hand_over(client.socket, udp, end)
        for source, destination in (ends, ends[::-1]):
            client.add(_state(suite, source, destination, encapsulated))
            for direction, selector in (
                (direction, selector)
                for direction in ((Direction.OUT,) if source == ends[0] else (Direction.IN,))
                for selector in (ANY4, ANY6)
            ):
                client.add_policy(
                    Policy(
                        direction=direction,
                        selector=selector,
                        source=source,
                        destination=destination,
                    )
                )

    def socket(self, index: int, kind: int, version: int = 4) -> socket.socket:
        """A socket behind one of the espds, bound to its address; every operation is bounded."""
        with inside((self.ground.inside, self.ground.far)[index]):
            made = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, kind)
        made.settimeout(PATIENCE)
        if kind == socket.SOCK_DGRAM:
            made.setsockopt(socket.SOL_SOCKET, 33, _BUFFER)  # SO_RCVBUFFORCE
            made.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        made.bind((ADDRESSES[version][index], 0))
        return made

    def drops(self) -> list[dict[str, int]]:
        """What either has dropped."""
        return [espd.drops() for espd in self.espds]

    def close(self) -> None:
        """End both."""
        self._stack.close()


def _state(
    suite: Suite, source: IPv4Address, destination: IPv4Address, encapsulated: bool
) -> State:
    spi = 0xC1000000 | int(source) & 0xFF
    return State(
        spi=spi,
        source=source,
        destination=destination,
        keys=suite.keys(str(spi)),
        window=1024,
        encap=(4500, 4500) if encapsulated else None,
    )
