"""The log of changes: written with whatever changes a resource, by the session itself.

The bell says "look", this says where. A reader that has seen everything up to a revision asks for
what came after it; one that has just been started looks at everything anyway.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from landbridge.store.tables.base import Resource
from landbridge.store.tables.changes import Change

_CHANGED = "landbridge_changed"


def log_changes(session: Session, clock: Callable[[], datetime]) -> None:
    """Log, from now on, every resource that a session makes or changes.

    So is what is added to its collections (routes, rules, associations), or taken away; a handler
    that alters what is in one counts it as a change of the resource.
    """

    @event.listens_for(session, "before_flush")
    def before_flush(flushing: Session, *_: object) -> None:
        touched = [*flushing.new, *(one for one in flushing.dirty if flushing.is_modified(one))]
        ids = {one.id for one in touched if isinstance(one, Resource)}
        flushing.add_all(Change(resource_id=one, changed_at=clock()) for one in sorted(ids))
        flushing.info.setdefault(_CHANGED, set()).update(ids)


def has_changed(session: Session) -> bool:
    """Whether a session has changed a resource so far."""
    return bool(session.info.get(_CHANGED))


def revision(session: Session) -> int:
    """The revision of the last change; 0 when there was none."""
    return session.scalar(select(func.max(Change.revision))) or 0


def since(session: Session, known: int) -> tuple[int, frozenset[str]]:
    """Tell the last revision, and the ids of the resources that were changed after `known`."""
    rows = session.execute(
        select(Change.revision, Change.resource_id).where(Change.revision > known)
    ).all()
    return max((row.revision for row in rows), default=known), frozenset(
        row.resource_id for row in rows
    )
