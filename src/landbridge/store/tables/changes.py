"""Which resources were changed, in order: how the agent learns what to look at."""

from datetime import datetime

from sqlalchemy import Integer
from sqlalchemy.orm import Mapped, mapped_column

from landbridge.store.tables.base import Base


class Change(Base):
    """A resource that a transaction made, changed or deleted."""

    __tablename__ = "intent_changes"
    __table_args__ = {"sqlite_autoincrement": True}  # a number is never given twice

    revision: Mapped[int] = mapped_column(Integer, primary_key=True)
    resource_id: Mapped[str]
    changed_at: Mapped[datetime] = mapped_column(index=True)
