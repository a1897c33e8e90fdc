"""Bring the store's schema to this version, from whatever it was."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy.exc import DatabaseError

from landbridge.settings import StateError
from landbridge.store.engine import Store

MIGRATIONS = Path(__file__).parent / "migrations"


class UnknownSchemaError(StateError):
    """A store that a newer version has written, or another program, or that is damaged."""


def migrate(path: Path, *, to: str = "head") -> None:
    """Create or upgrade the database file at `path`, to a revision or to the last one.

    Raises `UnknownSchemaError`.
    """
    store = Store(path, role="migrations")
    try:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with store.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, to)
    except (CommandError, DatabaseError) as error:
        reason = str(getattr(error, "orig", error))
        raise UnknownSchemaError(
            f"{path} is not a store of this version or an older one: {reason}",
            "Put back a copy, move it away, or use the version that wrote it.",
        ) from error
    finally:
        store.close()
