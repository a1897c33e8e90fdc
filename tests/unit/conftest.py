"""Of all unit tests."""

import pytest
from hypothesis import settings

from landbridge.store.engine import Store
from landbridge.store.tables import Base
from unit.services.ec2.cloud import START, Cloud

# How long an example takes says something about the machine, and is no promise of ours.
settings.register_profile("landbridge", deadline=None)
settings.load_profile("landbridge")


@pytest.fixture(scope="session")
def emptied(tmp_path_factory):
    """One store for all tests, because its engines remember how statements are compiled."""
    path = tmp_path_factory.mktemp("store") / "store.sqlite"
    migrations = Store(path, role="migrations")
    Base.metadata.create_all(migrations.engine)
    made = Cloud(path)

    def empty():
        with migrations.writing() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(table.delete())
        made.now = START
        return made

    yield empty
    for store in (migrations, made.store, made.agent):
        store.close()


@pytest.fixture
def cloud(emptied):
    """An installation in which nothing has been made yet."""
    return emptied()
