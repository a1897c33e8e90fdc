"""Fixtures of the EC2 operations' tests."""

import shutil

import pytest

from landbridge.store.engine import Store
from landbridge.store.tables import Base
from unit.services.ec2.cloud import Cloud


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "empty.sqlite"
    store = Store(path, role="migrations")
    Base.metadata.create_all(store.engine)
    store.close()
    return path


@pytest.fixture
def cloud(tmp_path, tables):
    made = Cloud(shutil.copy(tables, tmp_path / "store.sqlite"))
    yield made
    made.store.close()
    made.agent.close()
