"""An endpoint whose data path is tested, its peer in Python, and the tunnels between them."""

import itertools
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import IPv4Address

from datapath import esp, ip
from datapath.client import Events, Xfrm, hand_over, listen_to_espd, to_espd
from datapath.esp import IPV4, IPV6, Opened, Suite
from datapath.espd import MTU, Espd, wait_until
from datapath.ground import ENDPOINT, PEER, TUN, Ground
from datapath.wire import NATT_PORT, Inside, Outer, Peer
from datapath.xfrm import ANY4, ANY6, Direction, Group, Policy, Selector, State
from landbridge.network.drivers.netns import inside

GROUPS = (Group.ACQUIRE, Group.EXPIRE, Group.MIGRATE, Group.MAPPING)
"What charon listens to."

_BUFFER = 8 << 20
_SO_RCVBUFFORCE = 33
_spis = itertools.count(0xC0000001)
_PORTS = (NATT_PORT, NATT_PORT)


class Endpoint:
    """An endpoint: its data path, who orders it about, and what is at both its ends."""

    def __init__(self, ground: Ground, xfrm_: Xfrm, events: Events) -> None:
        self.ground = ground
        self.xfrm = xfrm_
        self.events = events
        self.inside = Inside(ground.inside, TUN)
        self.peer = Peer(ground.peer, PEER, ENDPOINT)

    def close(self) -> None:
        """Close all sockets, upon which an espd ends."""
        for one in (self.xfrm, self.events, self.inside, self.peer):
            one.close()

    def drops(self) -> dict[str, int]:
        """Dropped packets by reason; no zeros."""
        raise NotImplementedError

    def connect(self, suite: Suite, **more: object) -> "Tunnel":
        """Install states for a new tunnel, and policies for all packets."""
        for policy in policies():
            self.xfrm.add_policy(policy)
        tunnel = Tunnel(self, suite, **more)  # type: ignore[arg-type]
        self.xfrm.add(tunnel.inbound)
        self.xfrm.add(tunnel.outbound)
        return tunnel


class EspdEndpoint(Endpoint):
    """An endpoint with espd."""

    def __init__(self, ground: Ground, *, without: str = "", mtu: int = MTU) -> None:
        self.espd = Espd(ground.endpoint, ground.inside, tun=TUN, without=without, mtu=mtu)
        ground.set_up(ground.inside)
        ground.pass_super_packets(whole=False)
        super().__init__(
            ground, Xfrm(to_espd(self.espd.socket)), listen_to_espd(self.espd.socket, GROUPS)
        )
        self.relay, end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.relay.settimeout(5)
        with natt_socket(ground.endpoint) as udp, end:
            hand_over(self.xfrm.socket, udp, end)

    def drops(self) -> dict[str, int]:
        """By espd's file."""
        return self.espd.drops()

    def close(self) -> None:
        """Hang up, which ends the espd; it must have lived until now."""
        try:
            assert self.espd.process.poll() is None, f"espd died: {self.espd.process.returncode}"
            super().close()
            self.relay.close()
            assert self.espd.wait() == 0
        finally:
            self.espd.stop()


def natt_socket(namespace: str) -> socket.socket:
    """The socket of port 4500 as charon opens it."""
    with inside(namespace):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    udp.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
    udp.bind(("0.0.0.0", NATT_PORT))
    return udp


def policies(
    four: Selector = ANY4, six: Selector | None = ANY6, *, reqid: int = 1, peer: IPv4Address = PEER
) -> list[Policy]:
    """The policies of a tunnel; selectors are seen from inside, outwards."""
    made = []
    for selector in filter(None, (four, six)):
        back = Selector(selector.destination, selector.source, selector.protocol)
        made += [
            Policy(
                direction=Direction.OUT, selector=selector,
                source=ENDPOINT, destination=peer, reqid=reqid,
            ),
            *(
                Policy(
                    direction=direction, selector=back,
                    source=peer, destination=ENDPOINT, reqid=reqid,
                )
                for direction in (Direction.IN, Direction.FWD)
            ),
        ]  # fmt: skip
    return made


class Tunnel:
    """A pair of states, and the peer's view of them."""

    def __init__(
        self,
        endpoint: Endpoint,
        suite: Suite,
        *,
        encapsulated: bool = False,
        window: int = 64,
        outbound: Mapping[str, object] | None = None,
        inbound: Mapping[str, object] | None = None,
        **both: object,
    ) -> None:
        self.endpoint = endpoint
        self.suite = suite
        self.encapsulated = encapsulated
        self.sequence = 0
        "The last one that the peer sent."
        spi = next(_spis)
        common = State(
            spi=spi,
            source=PEER,
            destination=ENDPOINT,
            keys=suite.keys(f"{spi} in"),
            window=window,
            encap=_PORTS if encapsulated else None,
        )
        common = replace(common, **both)  # type: ignore[arg-type]
        self.inbound = replace(common, **(inbound or {}))  # type: ignore[arg-type]
        self.outbound = replace(
            common,
            **{
                "source": ENDPOINT, "destination": PEER, "window": 0, "spi": next(_spis),
                "keys": suite.keys(f"{spi} out"),
                **(outbound or {}),
            },
        )  # type: ignore[arg-type]  # fmt: skip

    def text(self, inner: bytes, **more: int) -> bytes:
        """Complete an inner packet to a text."""
        kind = IPV4 if inner[0] >> 4 == 4 else IPV6
        return esp.trailer(inner, kind, self.suite.alignment, **more)

    def seal(self, inner: bytes, sequence: int | None = None) -> bytes:
        """Protect an inner packet as the peer does, with the next sequence number or a given."""
        return self.seal_text(self.text(inner), sequence)

    def seal_text(self, text: bytes, sequence: int | None = None) -> bytes:
        """Protect any text likewise."""
        if sequence is None:
            sequence = self.sequence + 1
        self.sequence = max(self.sequence, sequence)
        return esp.seal(self.inbound.keys, self.inbound.spi, sequence, text)

    def send(self, packet: bytes, **more: object) -> None:
        """Send what was sealed."""
        options = {"encapsulated": self.encapsulated, **more}
        self.endpoint.peer.send(packet, **options)  # type: ignore[arg-type]

    def arrives(self, inner: bytes, sequence: int | None = None, **more: object) -> None:
        """Send an inner packet; it has to be what comes out inside next."""
        self.send(self.seal(inner, sequence), **more)
        assert self.endpoint.inside.receive() == inner

    def receive(self) -> tuple[Outer, Opened]:
        """Wait for an ESP packet from the endpoint and open it; it has to be one of ours."""
        wanted: Callable[[Outer], bool] = lambda outer: outer.payload[:1] != b"\0"  # noqa: E731
        outer = self.endpoint.peer.receive(encapsulated=self.encapsulated, wanted=wanted)
        opened = esp.open_(self.outbound.keys, outer.payload)
        assert opened.spi == self.outbound.spi
        return outer, opened

    def leaves(self, inner: bytes) -> tuple[Outer, Opened]:
        """Route an inner packet into the tunnel; it has to be what comes to the peer next."""
        self.endpoint.inside.send(inner)
        outer, opened = self.receive()
        assert opened.payload == inner
        return outer, opened

    def refused(self, reason: str, *packets: bytes, **more: object) -> None:
        """Send packets that must not get through, and must be counted for this reason alone."""
        before = self.endpoint.drops()
        for packet in packets:
            self.send(packet, **more)
        self.arrives(ip.numbered(ip.inwards(), self.sequence))
        self.counted(reason, len(packets), before)

    def counted(self, reason: str, number: int, before: Mapping[str, int]) -> None:
        """Wait until as many packets more than `before` were dropped, for one reason."""

        def more() -> dict[str, int]:
            now = self.endpoint.drops()
            return {name: value - before.get(name, 0) for name, value in now.items()}

        wait_until(
            lambda: sum(more().values()) >= number,
            f"{number} packets are dropped: {reason}; dropped are {more()}",
        )
        assert {name: value for name, value in more().items() if value} == {reason: number}
