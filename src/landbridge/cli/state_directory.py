"""Make the state directory ready for a start, and find what is wrong with what is in it."""

import pwd
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from landbridge.api import credentials
from landbridge.cli import owned_files
from landbridge.cli.console import errors
from landbridge.network.drivers import netns
from landbridge.network.names import Kind, Names
from landbridge.settings import Settings, StateError
from landbridge.store.engine import Store, StoreUnavailableError
from landbridge.store.migrate import migrate
from landbridge.store.secrets import SealBrokenError, Sealer
from landbridge.store.tables.vpn import VpnConnection, VpnTunnel

STORE_TROUBLES = (DatabaseError, StoreUnavailableError)
"What the store's file may have."


def prepare(settings: Settings, user: pwd.struct_passwd, *, take_tunnels_down: bool) -> None:
    """Make what is missing, bring the store to this version, put owners and modes right.

    Raises `StateError` when something there is not as it has to be, and when tunnels run of which
    the store knows nothing, so that they would be taken down: `take_tunnels_down` lets that be.
    """
    check(settings, user, take_tunnels_down=take_tunnels_down)
    settings.state_dir.mkdir(mode=0o750, parents=True, exist_ok=True)
    owned_files.mend(settings, user)
    migrate(settings.database)
    if not take_tunnels_down and _knows_no_connection(settings):
        _refuse_to_forget(settings)
    for connection in unopened(settings, make_key=True):
        errors.print(f"landbridge: a pre-shared key of {connection} cannot be opened.")
    credentials.load_or_create(settings.credentials)
    owned_files.mend(settings, user)


def check(settings: Settings, user: pwd.struct_passwd, *, take_tunnels_down: bool) -> None:
    """Find what `prepare` would refuse, and change nothing; raises `StateError`."""
    owned_files.check_is_ours(settings)
    owned_files.faults(settings, user)
    if settings.database.exists():
        unopened(settings)
    elif not take_tunnels_down:
        _refuse_to_forget(settings)
    if settings.credentials.exists():
        credentials.load(settings.credentials)


@contextmanager
def reading(settings: Settings) -> Iterator[Session]:
    """Open a session on the store; raises `StateError` when it cannot be read."""
    store = Store(settings.database, role="reader")
    try:
        with store.reading() as session:
            yield session
    except STORE_TROUBLES as error:
        raise unreadable(settings, error) from error
    finally:
        store.close()


def unreadable(settings: Settings, error: Exception) -> StateError:
    """Say that the store cannot be used, and why: one of `STORE_TROUBLES`."""
    reason = error.orig if isinstance(error, DatabaseError) else error
    return StateError(f"the store {settings.database}: {reason}", "Put back a copy.")


def _knows_no_connection(settings: Settings) -> bool:
    with reading(settings) as session:
        return session.scalar(select(VpnConnection.id).limit(1)) is None


def _refuse_to_forget(settings: Settings) -> None:
    names = Names(settings.namespace_prefix)
    parts = {part for name in netns.listed() if (part := names.part(name))}
    if count := sum(part.kind is Kind.ENDPOINTS for part in parts):
        raise StateError(
            f"the store {settings.database} knows no VPN connection, but {count} are built here:"
            " their tunnels would be taken down",
            "Put back a copy of the store; or take them down: landbridge up --take-tunnels-down",
        )


def unopened(settings: Settings, *, make_key: bool = False) -> list[str]:
    """List the connections with a pre-shared key that the sealing key does not open.

    Raises `StateError` when there is no key, or one that opens nothing of what the store holds; but
    `make_key` makes one if there is none and nothing that it would have to open.
    """
    with reading(settings) as session:
        sealed = session.execute(
            select(VpnTunnel.vpn_connection_id, VpnTunnel.pre_shared_key)
            .join(VpnConnection, VpnConnection.id == VpnTunnel.vpn_connection_id)
            .where(VpnConnection.deleted_at.is_(None))
        ).all()
    if not sealed and not settings.sealing_key.exists():
        if make_key:
            Sealer.make(settings.sealing_key)
        return []
    sealer = Sealer.from_file(settings.sealing_key)
    broken = [connection for connection, text in sealed if not _opens(sealer, connection, text)]
    if broken and len(broken) == len(sealed):
        raise StateError(
            f"the sealing key {settings.sealing_key} opens no secret in the store",
            "Put back the one with which the store was used: without it its secrets are lost.",
        )
    return sorted(set(broken))


def _opens(sealer: Sealer, connection: str, text: str) -> bool:
    try:
        sealer.open(text, purpose=connection)
    except SealBrokenError:
        return False
    return True
