"""What lies in the state directory: whose it is, making it, and finding what is wrong with it.

The directory is root's, so that nobody else can put a link or another file where root reads, writes
or changes a mode. The api may write into the store's files, and not make or remove one; it may read
its key and credentials. SQLite can do with that if its two companions of the store are there.

    /var/lib/landbridge      root, group of the api's user    0750
      landbridge.sqlite, -wal, -shm                           0660
      sealing.key, credentials.json                           0640
      supervisor.lock, agent.lock, api.lock                   0600, root alone
"""

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from landbridge.api import credentials
from landbridge.cli.console import errors
from landbridge.cli.processes import Service
from landbridge.network.drivers import netns
from landbridge.network.names import Kind, Names
from landbridge.settings import Settings, StateError
from landbridge.store.engine import Store
from landbridge.store.migrate import migrate
from landbridge.store.secrets import SealBrokenError, Sealer
from landbridge.store.tables.vpn import VpnConnection, VpnTunnel

_MOVE_AWAY = "Move it away, or put what belongs there in its place."


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a thing of ours has to be; its owner is root."""

    path: Path
    mode: int
    is_directory: bool = False

    def found(self, user: pwd.struct_passwd) -> str | None:
        """Say what is wrong with its owner and mode; None if nothing is, or it is not there.

        Raises `StateError` when it is not ours to put right.
        """
        with suppress(FileNotFoundError):
            there = self.path.lstat() if not self.is_directory else self.path.stat()
            if (stat.S_ISDIR if self.is_directory else stat.S_ISREG)(there.st_mode):
                wanted = (0, user.pw_gid, self.mode)
                if (there.st_uid, there.st_gid, stat.S_IMODE(there.st_mode)) == wanted:
                    return None
                if there.st_uid in {0, user.pw_uid} and (self.is_directory or there.st_nlink == 1):
                    return f"{self.path} is not root's with mode {self.mode:04o}"
            what = "a directory" if self.is_directory else "a file"
            raise StateError(f"{self.path} is not {what} of Landbridge's own", _MOVE_AWAY)
        return None

    def mend(self, user: pwd.struct_passwd) -> None:
        """Put owner and mode right; the directory that it is in is root's."""
        if self.found(user):
            flags = (
                os.O_RDONLY
                | os.O_CLOEXEC
                | (os.O_DIRECTORY if self.is_directory else os.O_NOFOLLOW)
            )
            fd = os.open(self.path, flags)
            try:
                os.fchown(fd, 0, user.pw_gid)
                os.fchmod(fd, self.mode)
            finally:
                os.close(fd)


def _entries(settings: Settings) -> Iterator[_Entry]:
    """All that is ours there, the directory first."""
    yield _Entry(settings.state_dir, 0o750, is_directory=True)
    yield from _store_files(settings)
    for path in (settings.sealing_key, settings.credentials):
        yield _Entry(path, 0o640)
    for name in ("supervisor", "agent", "api"):
        yield _Entry(Service(name, settings).lock, 0o600)


def _store_files(settings: Settings) -> list[_Entry]:
    store = settings.database
    return [_Entry(store.with_name(f"{store.name}{end}"), 0o660) for end in ("", "-wal", "-shm")]


def faults(settings: Settings, user: pwd.struct_passwd) -> list[str]:
    """List the owners and modes that `prepare` would put right; raises `StateError`."""
    return [fault for one in _entries(settings) if (fault := one.found(user))]


def prepare(settings: Settings, user: pwd.struct_passwd, *, take_tunnels_down: bool) -> None:
    """Make what is missing, bring the store to this version, put owners and modes right.

    Raises `StateError` when something there is not as it has to be, and when tunnels run of which
    the store knows nothing, so that they would be taken down: `take_tunnels_down` lets that be.
    """
    _check_is_ours(settings)
    settings.state_dir.mkdir(mode=0o750, parents=True, exist_ok=True)
    for one in _entries(settings):
        one.mend(user)
    if not take_tunnels_down and not settings.database.exists():
        _refuse_to_forget(settings)
    migrate(settings.database)
    if not take_tunnels_down and _knows_no_connection(settings):
        _refuse_to_forget(settings)
    check_sealing_key(settings, make=True)
    credentials.load_or_create(settings.credentials)
    for one in _entries(settings):
        one.mend(user)


def share_store(settings: Settings, user: pwd.struct_passwd) -> None:
    """Let the api write the store: in this directory it cannot make SQLite's files itself."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    for one in _store_files(settings):
        os.close(os.open(one.path, flags, one.mode))
        one.mend(user)


def _check_is_ours(settings: Settings) -> None:
    """Leave a directory alone that somebody uses for something else, `/tmp` for example."""
    with suppress(FileNotFoundError, NotADirectoryError):
        names = {one.name for one in settings.state_dir.iterdir()}
        if names and not names & {one.path.name for one in _entries(settings)}:
            raise StateError(
                f"{settings.state_dir} is not a state directory of Landbridge's",
                "Set LANDBRIDGE_STATE_DIR to one, or to what does not exist yet.",
            )


@contextmanager
def reading(settings: Settings) -> Iterator[Session]:
    """Open a session on the store; raises `StateError` when it cannot be read."""
    store = Store(settings.database, role="reader")
    try:
        with store.reading() as session:
            yield session
    except DatabaseError as error:
        raise unreadable(settings, error) from error
    finally:
        store.close()


def unreadable(settings: Settings, error: DatabaseError) -> StateError:
    """Say that the store cannot be used, and why."""
    return StateError(f"the store {settings.database}: {error.orig}", "Put back a copy.")


def _knows_no_connection(settings: Settings) -> bool:
    with reading(settings) as session:
        return session.scalar(select(VpnConnection.id).limit(1)) is None


def _refuse_to_forget(settings: Settings) -> None:
    names = Names(settings.namespace_prefix)
    parts = {part for name in netns.listed() if (part := names.part(name))}
    endpoints = sorted(str(part) for part in parts if part.kind is Kind.ENDPOINTS)
    if endpoints:
        raise StateError(
            f"the store {settings.database} knows no VPN connection, but {len(endpoints)} are built "
            "here: their tunnels would be taken down",
            "Put back a copy of the store; or take them down: landbridge up --take-tunnels-down",
        )


def check_sealing_key(settings: Settings, *, make: bool = False) -> None:
    """Check that the key opens what the store holds; a connection that it does not open is named.

    `make` one if there is none, and nothing that one would have to open. Raises `StateError`.
    """
    with reading(settings) as session:
        sealed = session.execute(
            select(VpnTunnel.vpn_connection_id, VpnTunnel.pre_shared_key)
            .join(VpnConnection, VpnConnection.id == VpnTunnel.vpn_connection_id)
            .where(VpnConnection.deleted_at.is_(None))
        ).all()
    if make and not sealed and not settings.sealing_key.exists():
        Sealer.make(settings.sealing_key)
    sealer = Sealer.from_file(settings.sealing_key)
    broken = [connection for connection, text in sealed if not _opens(sealer, connection, text)]
    if broken and len(broken) == len(sealed):
        raise StateError(
            f"the sealing key {settings.sealing_key} opens no secret in the store",
            "Put back the one with which the store was used: without it its secrets are lost.",
        )
    for connection in sorted(set(broken)):
        errors.print(f"landbridge: a pre-shared key of {connection} cannot be opened.")


def _opens(sealer: Sealer, connection: str, text: str) -> bool:
    try:
        sealer.open(text, purpose=connection)
    except SealBrokenError:
        return False
    return True
