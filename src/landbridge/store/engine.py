"""Sessions on the store, one transaction each, for a process that may write its own tables only.

SQLite in WAL mode: readers never wait, writers queue (BEGIN IMMEDIATE). The single-writer rule
(`intent_*` by the api, `observed_*` by the agent) is enforced by SQLite's authorizer, so that a
mistake fails in the first test that meets it.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
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
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 10000",
)


class Store:
    """The store as one process sees it."""

    def __init__(self, path: Path, *, role: Role) -> None:
        self.path = path
        self._role = role
        self.engine = _engine(path, role)
        self._writer = self.engine.execution_options(landbridge_begin="BEGIN IMMEDIATE")

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session on one consistent snapshot; nothing is committed."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that commits on normal exit and rolls back when an exception leaves.

        What the api changes is logged for the agent.
        """
        with Session(self._writer) as session, session.begin():
            if self._role == "api":
                log_changes(session, clock.now)
            yield session

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _engine(path: Path, role: Role) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 10})
    forbidden = _FORBIDDEN_PREFIXES[role]

    def authorize(action: int, table: str | None, *_: str | None) -> int:
        if action in _WRITES and table and table.startswith(forbidden):
            return sqlite3.SQLITE_DENY
        return sqlite3.SQLITE_OK

    @event.listens_for(engine, "connect")
    def configure(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        raw: Any = connection
        raw.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in _PRAGMAS:
            raw.execute(pragma)
        raw.set_authorizer(authorize)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        statement = connection.get_execution_options().get("landbridge_begin", "BEGIN")
        connection.exec_driver_sql(statement)

    return engine
