"""Bring an installation up and take it down again."""

import http.client
import os
import shutil
import socket
from contextlib import suppress

from landbridge.api import credentials
from landbridge.cli.console import console, fail
from landbridge.cli.processes import ProcessError, Service, api_user
from landbridge.lab.site import Lab
from landbridge.network.drivers import netns
from landbridge.network.names import Names
from landbridge.settings import Settings
from landbridge.store import observed
from landbridge.store.engine import Store
from landbridge.store.migrate import UnknownSchemaError, migrate
from landbridge.store.secrets import Sealer


def require_root() -> None:
    """Stop here unless we may make network namespaces."""
    if os.geteuid() != 0:
        fail("this needs root: it makes network namespaces.", hint="Try again with sudo.")


def up(settings: Settings) -> None:
    """Start what does not run; what runs is left alone."""
    require_root()
    try:
        prepare(settings)
    except UnknownSchemaError as error:
        fail(str(error), hint="Move it away, or use the version that wrote it.")
    agent, api = Service("agent", settings), Service("api", settings)
    try:
        if agent.pid() is None:
            with console.status("Starting the agent: building the network ..."):
                agent.start()
        if api.pid() is None:
            with _listener(settings) as listener:
                api.start("--fd", str(listener.fileno()), pass_fds=[listener.fileno()])
    except ProcessError as error:
        fail(str(error), hint=f"The logs are in {settings.run_dir}.")
    _await_answer(settings)


def prepare(settings: Settings) -> None:
    """Make directories, keys, credentials and the store, owned by the api's user."""
    user = api_user(settings)
    settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.run_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
    Sealer.from_file(settings.sealing_key)
    credentials.load_or_create(settings.credentials)
    migrate(settings.database)
    for path in (settings.state_dir, *settings.state_dir.iterdir()):
        os.chown(path, user.pw_uid, user.pw_gid)


def down(settings: Settings) -> None:
    """Stop everything and leave nothing behind but the state directory."""
    require_root()
    with console.status("Stopping ..."):
        for name in ("api", "agent"):
            Service(name, settings).stop()
        names = Names(settings.namespace_prefix)
        Lab(names, settings.run_dir / "lab").remove_all()
        namespaces = netns.Namespaces()
        for name in filter(names.ours, netns.listed()):
            namespaces.remove(name)
        namespaces.close()
        _forget_tunnels(settings)
        with suppress(FileNotFoundError):
            shutil.rmtree(settings.run_dir)


def _forget_tunnels(settings: Settings) -> None:
    """Nothing is up any more, and nothing is to be resumed at the next start."""
    if settings.database.exists():
        store = Store(settings.database, role="agent")
        with store.writing() as session:
            observed.forget_all(session)
        store.close()


def _await_answer(settings: Settings) -> None:
    """Wait until the api answers; the socket queues the question until it does."""
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=30)
    try:
        connection.request("GET", "/health")
        connection.getresponse().read()
    except OSError as error:
        fail(f"the api does not answer: {error}", hint=f"Its log: {Service('api', settings).log}")
    finally:
        connection.close()


def _listener(settings: Settings) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        fail(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror}",
            hint="Another program has the port: stop it, or set LANDBRIDGE_PORT.",
        )
    listener.listen(128)
    return listener
