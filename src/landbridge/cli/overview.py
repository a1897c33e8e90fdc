"""What an installation is doing, for `landbridge status` and the demo."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table
from sqlalchemy import select

from landbridge import clock
from landbridge.cli.processes import Service
from landbridge.cli.running import as_running
from landbridge.cli.state_directory import reading
from landbridge.settings import Settings, StateError
from landbridge.store import observed
from landbridge.store.tables.vpn import VpnConnection
from landbridge.vpn.observed import Counters, Trouble, TunnelStatus

PROCESSES = ("supervisor", "agent", "api")


@dataclass(frozen=True, slots=True)
class TunnelRow:
    """One tunnel as shown."""

    connection: str
    tunnel: int
    outside: str
    inside: str
    status: str
    message: str
    since: str
    routes: int
    refused_routes: int
    "Prefixes that the device announces and may not."
    packets_in: int
    bytes_in: int
    packets_out: int
    bytes_out: int
    drops: dict[str, int]
    "Dropped packets by reason."


@dataclass(frozen=True, slots=True)
class Overview:
    """What an installation is doing."""

    pids: Mapping[str, int | None]
    "Of `PROCESSES`; None for one that does not run."
    endpoint: str
    troubles: Sequence[Trouble]
    tunnels: Sequence[TunnelRow]

    @property
    def running(self) -> bool:
        """Whether all processes run."""
        return all(self.pids.values())

    def as_json(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "running": self.running,
            "endpoint": self.endpoint,
            **self.pids,
            "troubles": [
                {"resource": one.resource, "since": one.since.isoformat(), "message": one.message}
                for one in self.troubles
            ],
            "tunnels": [asdict(row) for row in self.tunnels],
        }


def overview(settings: Settings) -> Overview:
    """Look at an installation; a store that cannot be read is its trouble."""
    pids = {name: Service(name, settings).pid() for name in PROCESSES}
    try:
        found, rows = troubles(settings), list(tunnel_rows(settings))
        if any(pids.values()) and not settings.database.exists():
            raise StateError(f"the store {settings.database} is gone", "Put back a copy.")
    except StateError as error:
        store = str(settings.database)
        found, rows = [Trouble(resource=store, since=clock.now(), message=str(error))], []
    return Overview(pids, as_running(settings).endpoint_url, found, rows)


def troubles(settings: Settings) -> list[Trouble]:
    """List what the agent could not put right; raises `StateError`."""
    if not settings.database.exists():
        return []
    with reading(settings) as session:
        return observed.troubles(session)


def tunnel_rows(settings: Settings) -> Iterator[TunnelRow]:
    """List the tunnels of all connections with what was last seen of them.

    How they are is not known while no agent looks. Raises `StateError`.
    """
    if not settings.database.exists():
        return
    is_watched = Service("agent", settings).pid() is not None
    with reading(settings) as session:
        known = observed.tunnels(session) if is_watched else ()
        seen = {(one.connection_id, one.number): one for one in known}
        counters = observed.counters(session)
        connections = session.scalars(
            select(VpnConnection)
            .where(VpnConnection.deleted_at.is_(None))
            .order_by(VpnConnection.created_at, VpnConnection.id)
        )
        for connection in connections:
            for tunnel in connection.tunnels:
                status = seen.get((connection.id, tunnel.number))
                counted = counters.get((connection.id, tunnel.number), Counters())
                yield TunnelRow(
                    connection=connection.id,
                    tunnel=tunnel.number,
                    outside=tunnel.outside_ip_address or "",
                    inside=tunnel.tunnel_inside_cidr,
                    status=_status(status) if is_watched else "UNKNOWN",
                    message=status.message if status else "",
                    since=f"{status.last_change:%Y-%m-%d %H:%M:%S}" if status else "",
                    routes=status.accepted_routes if status else 0,
                    refused_routes=status.refused_routes if status else 0,
                    packets_in=counted.packets_in,
                    bytes_in=counted.bytes_in,
                    packets_out=counted.packets_out,
                    bytes_out=counted.bytes_out,
                    drops=dict(counted.drops),
                )


def _status(seen: TunnelStatus | None) -> str:
    return "UP" if seen and seen.up else "DOWN"


def tunnel_table(rows: Iterable[TunnelRow]) -> Table:
    """Draw the tunnels."""
    table = Table(box=None, pad_edge=False)
    for heading in ("VPN connection", "Tunnel", "Outside", "Inside", "Status", "Message"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Since (UTC)", no_wrap=True)
    for heading in ("Routes", "Packets in", "Bytes in", "Packets out", "Bytes out", "Dropped"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        colour = "green" if row.status == "UP" else "red"
        table.add_row(
            row.connection,
            str(row.tunnel),
            row.outside,
            row.inside,
            f"[{colour}]{row.status}[/]",
            row.message,
            row.since,
            str(row.routes),
            f"{row.packets_in:,}",
            f"{row.bytes_in:,}",
            f"{row.packets_out:,}",
            f"{row.bytes_out:,}",
            f"{sum(row.drops.values()):,}",
        )
    return table
