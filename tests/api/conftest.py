"""Fixtures: a running api, and a client of it."""

import shutil
import threading
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from api.running import ACCESS_KEY, REGION, SECRET_KEY, Running, Server
from landbridge import clock
from landbridge.api.app import Api
from landbridge.api.dispatch import Dispatcher
from landbridge.api.serve import configuration
from landbridge.store.engine import Store
from landbridge.store.migrate import migrate
from landbridge.store.secrets import Sealer
from reporting import report_all_built


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "landbridge.sqlite"
    migrate(path)
    return path


@pytest.fixture(scope="session")
def servers() -> Iterator[list[threading.Thread]]:
    """Wait at the end for all servers at once: each needs a moment to stop."""
    started: list[threading.Thread] = []
    yield started
    for thread in started:
        thread.join(10)


@pytest.fixture
def api(tmp_path: Path, empty_store: Path, servers: list[threading.Thread]) -> Iterator[Running]:
    path = Path(shutil.copy(empty_store, tmp_path))
    store, rings = Store(path, role="api"), []
    dispatcher = Dispatcher(
        store=store,
        sealer=Sealer(bytes(32)),
        signal=lambda: rings.append(None),
        account_id="123456789012",
        region=REGION,
        outside_pool=IPv4Network("203.0.113.0/24"),
    )
    made = Api(dispatcher=dispatcher, secret_of={ACCESS_KEY: SECRET_KEY}.get, clock=clock.now)
    server = Server(configuration(made, host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    servers.append(thread)
    assert server.ready.wait(10)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Running(port=port, store=store, rings=rings)
    server.should_exit = True
    store.close()


@pytest.fixture
def build(api: Running) -> Iterator[Callable[[], None]]:
    """Report as the agent does when all that is wanted exists, and nothing else."""
    agent = Store(api.store.path, role="agent")

    yield lambda: report_all_built(agent)
    agent.close()


@pytest.fixture
def ec2(api: Running) -> Any:
    return api.client()
