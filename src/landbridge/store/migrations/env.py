"""Alembic's entry: runs on the connection that `landbridge.store.migrate` gives it."""

from typing import Any, Literal

from alembic import context

from landbridge.store.tables import Base
from landbridge.store.tables.base import UtcDateTime


def render_item(kind: str, item: Any, _context: object) -> str | Literal[False]:
    """Write our own type in migrations as what the database has."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
