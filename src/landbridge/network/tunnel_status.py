"""How a tunnel is: what its charon, its gateway's BIRD and the kernel say of it.

    DOWN "IPSEC IS DOWN" --CHILD_SA--> DOWN "IPSEC IS UP" --BGP--> UP "n BGP ROUTES"
                         --CHILD_SA--> UP (static routing)

A tunnel interface is up exactly while its charon lives and has a CHILD_SA: BIRD sees the link go,
drops the session and its routes at once, and the other tunnel takes over, static routes included.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from landbridge.network.drivers import links
from landbridge.network.drivers.bird import Session
from landbridge.network.drivers.charon import CharonError, Charons, CharonSilentError, Events
from landbridge.network.drivers.esp import Tunnels
from landbridge.network.drivers.netns import LINUX_FAILURES, Namespaces
from landbridge.network.names import Names, tunnel_interface
from landbridge.network.plan.bgp import protocol
from landbridge.vpn.intent import VpnConnection
from landbridge.vpn.observed import Counters, TunnelStatus
from landbridge.vpn.reasons import IPSEC_IS_DOWN, tunnel_status

log = logging.getLogger(__name__)
_GOODBYE = timedelta(seconds=5)
"How long a charon that is told to end may take to do so, having ended its tunnel first."
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
NO_SESSION = Session(established=False, imported=0)
Key = tuple[str, int]
"A connection's id and a tunnel's number."


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A tunnel to watch."""

    connection_id: str
    number: int
    endpoint: str
    "Namespace of its charon."
    gateway: str | None
    "Namespace of its BIRD."
    gateway_id: str | None
    interface_namespace: str
    interface: str
    protocol: str | None
    "BIRD's name of its BGP session; None for static routing."
    static_routes: int

    @property
    def key(self) -> Key:
        """Which tunnel it is."""
        return self.connection_id, self.number


def watched(connection: VpnConnection, names: Names) -> tuple[Watched, ...]:
    """List the tunnels of a connection."""
    gateway = names.gateway(connection.gateway_id) if connection.gateway_id else None
    return tuple(
        Watched(
            connection_id=connection.id,
            number=tunnel.number,
            endpoint=names.endpoint(connection.id, tunnel.number),
            gateway=gateway,
            gateway_id=connection.gateway_id,
            interface_namespace=gateway or names.endpoint(connection.id, tunnel.number),
            interface=tunnel_interface(connection.id, tunnel.number),
            protocol=(
                None
                if connection.static_routes_only or not gateway
                else protocol(connection.id, tunnel.number)
            ),
            static_routes=len(connection.static_routes),
        )
        for tunnel in connection.tunnels
    )


@dataclass(slots=True)
class Tunnel:
    """A tunnel that is watched, and what is known of it.

    It is looked at by one thread at a time; its session is told by whoever asked its BIRD.
    """

    watched: Watched
    status: TunnelStatus | None
    "As last seen."
    lost: datetime | None
    "Since when its charon has been without a CHILD_SA; None: it had one when last heard of."
    resume: bool
    "It was up when its charon ended."
    events: Events | None = None
    bgp: Session | None = None
    "Its session as its BIRD last told; None: not yet asked."
    counters: Counters | None = None
    "As last published."

    @classmethod
    def begin(cls, watched: Watched, known: TunnelStatus | None) -> "Tunnel":
        """Begin to watch, with what a former agent knew."""
        was_up = known is not None and known.message != IPSEC_IS_DOWN
        return cls(watched, known, lost=None if was_up else _LONG_AGO, resume=was_up)

    def charon_ended(self, now: datetime) -> None:
        """Note that charon has gone, with what it had, unless that went before it."""
        self.resume = self.lost is None or now - self.lost < _GOODBYE


class Looks:
    """Looks at tunnels; from several threads, at each tunnel from one at a time."""

    def __init__(self, charons: Charons, tunnels: Tunnels) -> None:
        self._charons = charons
        self._drivers = tunnels

    def events(self, tunnel: Tunnel) -> Events | None:
        """Open the stream of a tunnel's events; None when charon is not there, or is silent."""
        with suppress(CharonError):
            return self._charons.events(tunnel.watched.endpoint)
        return None

    def resume(self, tunnel: Tunnel) -> None:
        """Start a tunnel that was up when its charon ended, once its connection is loaded.

        The device would notice by dead peer detection only, and then it may be its part to start;
        our INITIAL_CONTACT replaces its stale SAs at once.
        """
        endpoint = tunnel.watched.endpoint
        with suppress(CharonError):
            if self._charons.established(endpoint).child_sas:
                tunnel.resume = False
            elif self._charons.initiate(endpoint):
                log.info("%s tunnel %d: resuming", *tunnel.watched.key)
                tunnel.resume = False

    def status(self, tunnel: Tunnel, now: datetime) -> TunnelStatus:
        """See how a tunnel is, and let its interface follow.

        Raises `CharonSilentError` when its charon is there and does not answer: nothing is known.
        """
        watched = tunnel.watched
        ipsec = self._has_child_sa(tunnel, now)
        followed = self._follow(tunnel, up=ipsec)
        session = tunnel.bgp or NO_SESSION
        bgp = session.established if watched.protocol else None
        accepted = session.imported if watched.protocol else watched.static_routes
        up, message = tunnel_status(ipsec=ipsec and followed, bgp=bgp, routes=accepted)
        before = tunnel.status
        if before is None or before.up != up:
            log.info("%s tunnel %d: %s %s", *watched.key, "UP" if up else "DOWN", message)
        return TunnelStatus(
            connection_id=watched.connection_id,
            number=watched.number,
            up=up,
            message=message,
            last_change=before.last_change if before and before.up == up else now,
            accepted_routes=accepted,
            refused_routes=session.filtered if watched.protocol else 0,
        )

    def counters(self, tunnel: Tunnel) -> Counters:
        """Read what went through a tunnel; raises one of `LINUX_FAILURES`."""
        watched = tunnel.watched
        with Namespaces() as namespaces:
            return self._drivers.counters(
                namespaces, watched.endpoint, watched.interface_namespace, watched.interface
            )

    def _has_child_sa(self, tunnel: Tunnel, now: datetime) -> bool:
        try:
            up = self._charons.established(tunnel.watched.endpoint).child_sas > 0
        except CharonSilentError:
            if tunnel.events is None:
                return False  # it is not there
            raise
        except CharonError:
            return False
        if up:
            tunnel.lost = None
        elif tunnel.lost is None:
            tunnel.lost = now
        return up

    def _follow(self, tunnel: Tunnel, *, up: bool) -> bool:
        """Let the tunnel interface follow its tunnel; false when there is no interface."""
        place, name = tunnel.watched.interface_namespace, tunnel.watched.interface
        with suppress(*LINUX_FAILURES), Namespaces() as namespaces:
            link = links.state(namespaces, place, name)
            if link.up != up:
                links.set_up(namespaces, place, name, up=up)
            return True
        return False
