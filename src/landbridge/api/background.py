"""What the api does besides answering: it forgets what has long been gone, and keeps the log short.

A deleted resource stays describable for an hour (`services.ec2.resources`); after a day its rows
go. Observed rows are the agent's to remove, and are gone long before.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from landbridge.store.engine import Store
from landbridge.store.tables.base import Resource, resource_tables
from landbridge.store.tables.changes import Change
from landbridge.store.tables.observed import ObservedResource
from landbridge.store.tables.vpc import ClientToken, Tag

log = logging.getLogger(__name__)
KEPT = timedelta(days=1)
_PURGE_SECONDS = 3600.0
_PURGED_AT_ONCE = 50
"Rows deleted in one transaction: for so long others wait to write."
_CHECKPOINT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Task:
    """Something done again and again, in a thread."""

    name: str
    deed: Callable[[], None]
    seconds: float
    "Between its end and its next beginning."


def tasks(store: Store, clock: Callable[[], datetime]) -> Sequence[Task]:
    """List what is to be done for a store."""
    return (
        Task("purging", lambda: purge(store, before=clock() - KEPT), _PURGE_SECONDS),
        Task("checkpointing", store.checkpoint, _CHECKPOINT_SECONDS),
    )


async def repeat(task: Task) -> None:
    """Do it now and again for ever; a failure is logged and ends nothing."""
    while True:
        try:
            await asyncio.to_thread(task.deed)
        except Exception:
            log.exception("%s failed", task.name)
        await asyncio.sleep(task.seconds)


def purge(store: Store, *, before: datetime) -> None:
    """Delete the rows of resources that were deleted before a moment and are gone."""
    for table in reversed(resource_tables()):
        if count := _purge_table(store, table, before):
            log.info("purged %d of %s, deleted before %s", count, table.__name__, before)
    with store.writing() as session:
        session.execute(delete(ClientToken).where(ClientToken.created_at < before))
        session.execute(delete(Change).where(Change.changed_at < before))


def _purge_table(store: Store, table: type[Resource], before: datetime) -> int:
    """Delete rows, some in each transaction, so that nobody waits long to write."""
    still_there = select(ObservedResource.id).where(ObservedResource.id == table.id).exists()
    gone = select(table).where(table.deleted_at < before, ~still_there).order_by(table.id)
    count, last = 0, ""
    while True:
        with store.writing() as session:
            rows = list(session.scalars(gone.where(table.id > last).limit(_PURGED_AT_ONCE)))
            last = rows[-1].id if rows else last
            count += sum(_purge_row(session, row) for row in rows)
        if len(rows) < _PURGED_AT_ONCE:
            return count


def _purge_row(session: Session, row: Resource) -> bool:
    """Delete a row with its tags; one that cannot go yet keeps no other."""
    resource_id = row.id
    try:
        with session.begin_nested():
            session.execute(delete(Tag).where(Tag.resource_id == resource_id))
            session.delete(row)
    except SQLAlchemyError as error:
        log.warning("%s cannot be purged: %s", resource_id, type(error).__name__)
        return False
    return True
