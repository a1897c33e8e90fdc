"""Bring the store's schema to this version, from whatever it was."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from landbridge.store.engine import Store

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(path: Path) -> None:
    """Create or upgrade the database file at `path`."""
    store = Store(path, role="migrations")
    try:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with store.engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        store.close()
