"""What all tables share."""

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, Dialect, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always UTC and aware; SQLite keeps no zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Store without zone."""
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read as UTC."""
        return value.replace(tzinfo=UTC) if value else None


class Base(DeclarativeBase):
    """The declarative base; constraint names are fixed, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ix": "ix_%(table_name)s_%(column_0_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime(), str: String(), int: BigInteger()}


class Resource:
    """Columns of everything that has an id, a life and an agent that builds it."""

    id: Mapped[str] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(default=1)
    "Counts the changes; the agent reports the one in effect."
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)
    "Set by the deleting request; the row stays describable for a while."


def resource_tables() -> list[type[Resource]]:
    """List the tables of resources, each before those that refer to it."""
    by_table = {one.local_table: one.class_ for one in Base.registry.mappers}
    return [
        by_table[table]
        for table in Base.metadata.sorted_tables
        if table in by_table and issubclass(by_table[table], Resource)
    ]
