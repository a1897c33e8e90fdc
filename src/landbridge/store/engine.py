"""Sessions on the store, one transaction each, for a process that may write its own tables only.

SQLite in WAL mode: readers never wait, writers queue (BEGIN IMMEDIATE). The single-writer rule
(`intent_*` by the api, `observed_*` by the agent) is enforced by SQLite's authorizer, so that a
mistake fails in the first test that meets it.

What the api has answered outlives a power cut: each of its commits is on the disk before the
answer is (`synchronous = FULL`). What the agent writes is seen anew by the next agent, so the
order of its commits is all that has to last (`NORMAL`).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from landbridge import clock
from landbridge.store.changes import log_changes

Role = Literal["api", "agent", "reader", "migrations"]

_FORBIDDEN_PREFIXES: dict[Role, tuple[str, ...]] = {
    "api": ("observed_",),
    "agent": ("intent_",),
    "reader": ("intent_", "observed_"),
    "migrations": (),
}
_WRITES = (sqlite3.SQLITE_INSERT, sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE)
_WAIT_SECONDS = 10
"For another process's transaction to end."
_KEPT_CONNECTIONS = 40
"Kept open: one for each thread in which the api runs handlers. More are opened when asked for."
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",  # the api's user can write what root's process reads
)
_API_PRAGMAS = (
    "PRAGMA synchronous = FULL",
    # No request stops to carry the log into the file: `Store.checkpoint` does.
    "PRAGMA wal_autocheckpoint = 0",
)
_TROUBLES = {
    sqlite3.SQLITE_BUSY: f"The store has been busy for {_WAIT_SECONDS} seconds.",
    sqlite3.SQLITE_FULL: "The store's disk is full.",
    sqlite3.SQLITE_IOERR: "The store's disk does not read or write.",
    sqlite3.SQLITE_CANTOPEN: "The store's file cannot be opened.",
    sqlite3.SQLITE_READONLY: "The store's file cannot be written.",
    sqlite3.SQLITE_CORRUPT: "The store's file is damaged.",
    sqlite3.SQLITE_NOTADB: "The store's file is damaged.",
}
"What is not the statement's fault, by SQLite's primary result code."


class StoreUnavailableError(RuntimeError):
    """The store cannot be used at the moment; nothing was written. The message says why."""


class Store:
    """The store as one process sees it; the file is there already, but for the migrations."""

    def __init__(self, path: Path, *, role: Role) -> None:
        self.path = path
        self._role = role
        self.engine = _engine(path, role)
        self._writer = self.engine.execution_options(landbridge_begin="BEGIN IMMEDIATE")
        self._opened: tuple[int, int] | None = None
        event.listen(self.engine, "connect", self._note_file)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session on one consistent snapshot; nothing is committed.

        Raises `StoreUnavailableError`, as `writing` does.
        """
        with _troubles(), Session(self.engine) as session:
            self._check_file()
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that commits on normal exit and rolls back when an exception leaves.

        What the api changes is logged for the agent.
        """
        with _troubles(), Session(self._writer) as session, session.begin():
            if self._role == "api":
                log_changes(session, clock.now)
            yield session
            self._check_file()

    def checkpoint(self) -> None:
        """Carry what was committed from the log into the file; nobody waits for it."""
        with _troubles():
            connection = self.engine.raw_connection()
            try:
                connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
            finally:
                connection.close()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    def _note_file(self, *_: object) -> None:
        if self._opened is None:
            self._opened = self._file()

    def _check_file(self) -> None:
        """Notice that the opened file is no longer in its place: what is written there is lost."""
        if self._opened is not None and self._opened != self._file():
            raise StoreUnavailableError(
                "The store's file has been removed or replaced. Put it back, or start anew."
            )

    def _file(self) -> tuple[int, int] | None:
        """Identify the file that is in the store's place, by device and inode."""
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino


@contextmanager
def _troubles() -> Iterator[None]:
    """Tell troubles of the store from our own mistakes, which stay what they are."""
    try:
        yield
    except DBAPIError as error:
        trouble = _TROUBLES.get(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF)
        if trouble is None:
            raise
        raise StoreUnavailableError(trouble) from error


def _engine(path: Path, role: Role) -> Engine:
    mode = "rwc" if role == "migrations" else "rw"
    name = f"{path.absolute().as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(name, uri=True, timeout=_WAIT_SECONDS, check_same_thread=False)

    engine = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=_KEPT_CONNECTIONS,
        max_overflow=-1,
        hide_parameters=True,  # they may be secrets, and errors are logged
    )
    forbidden = _FORBIDDEN_PREFIXES[role]

    def authorize(action: int, table: str | None, *_: str | None) -> int:
        if action in _WRITES and table and table.startswith(forbidden):
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        raw: Any = connection
        raw.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in _PRAGMAS + _API_PRAGMAS * (role == "api"):
            raw.execute(pragma)
        raw.set_authorizer(authorize)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        statement = connection.get_execution_options().get("landbridge_begin", "BEGIN")
        connection.exec_driver_sql(statement)

    return engine
