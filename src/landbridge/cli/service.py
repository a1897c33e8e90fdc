"""Bring an installation up and take it down again."""

import fcntl
import http.client
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace

from landbridge import limits
from landbridge.cli import state_directory, supervisor
from landbridge.cli.console import console, errors, fail
from landbridge.cli.processes import ProcessError, Service, api_user
from landbridge.cli.running import as_running, state_of_running
from landbridge.lab.site import Lab
from landbridge.network.drivers import netns
from landbridge.network.drivers.running import Running
from landbridge.network.names import Names
from landbridge.settings import Settings
from landbridge.store import observed
from landbridge.store.engine import Store

START_SECONDS = 120.0
_BACKLOG = 2048
"Connections that may queue while no api runs; the kernel's limit is net.core.somaxconn."


def require_root() -> None:
    """Stop here unless we may make network namespaces; settle what is started inherits."""
    if os.geteuid() != 0:
        fail("this needs root: it makes network namespaces.", hint="Try again with sudo.")
    limits.settle()
    os.umask(0o022)  # what others have to pass is not to depend on the caller's


def up(settings: Settings, *, restart: bool = False, take_tunnels_down: bool = False) -> None:
    """Start what does not run; what runs is left alone, unless it is to be restarted.

    All or nothing: what this has started ends again when something does not start.
    """
    require_root()
    _refuse_anothers(settings)
    _check_run_directory(settings)
    with _one_at_a_time(settings):
        user = api_user(settings)
        if restart:
            state_directory.check(settings, user, take_tunnels_down=take_tunnels_down)
            stop_processes(settings)
        state_directory.prepare(settings, user, take_tunnels_down=take_tunnels_down)
        starts = Service("supervisor", settings).pid() is None
        try:
            if starts:
                _start_supervisor(settings)
            with console.status("Starting: the network is being built ..."):
                _await_ready(settings)
            _await_answer(as_running(settings))
        except ProcessError as error:
            if starts:
                stop_processes(settings)
            fail(str(error), hint=f"The logs are in {settings.run_dir}.")


def _refuse_anothers(settings: Settings) -> None:
    """Leave alone what runs here with another state directory: its network would be taken down."""
    state = state_of_running(settings)
    if state and state != settings.state_dir:
        theirs = replace(settings, state_dir=state)
        if any(Service(name, theirs).pid() for name in ("supervisor", "agent", "api")):
            fail(
                f"what runs here has its state in {state}, not in {settings.state_dir}.",
                hint=f"Set LANDBRIDGE_STATE_DIR={state}, or LANDBRIDGE_RUN_DIR and "
                "LANDBRIDGE_NAMESPACE_PREFIX to others.",
            )


@contextmanager
def _one_at_a_time(settings: Settings) -> Iterator[None]:
    """Wait until no other `up` is at work here: it may start what this one would."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    fd = os.open(settings.run_dir / "up.lock", flags, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def down(settings: Settings) -> None:
    """Stop everything and leave nothing behind but the state directory."""
    require_root()
    _refuse_anothers(settings)
    with console.status("Stopping ..."):
        stop_processes(settings)
        names = Names(settings.namespace_prefix)
        Lab(names, settings.run_dir / "lab").remove_all()
        namespaces = netns.Namespaces()
        for name in filter(names.ours, netns.listed()):
            namespaces.remove(name)
        namespaces.close()
        _end_astray(settings)
        _forget_tunnels(settings)
        settings.control.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            shutil.rmtree(settings.run_dir)


def _end_astray(settings: Settings) -> None:
    """End daemons whose namespaces somebody else has removed."""
    running = Running([settings.run_dir / name for name in ("endpoints", "gateways")])
    for namespace in running.namespaces():
        netns.end_processes(running.astray(namespace))


def stop_processes(settings: Settings) -> None:
    """Stop the supervisor with its guard, then what they would start again; tunnels go on."""
    Service("supervisor", settings).stop(whole_group=True)
    for name in ("api", "agent"):
        Service(name, settings).stop()


def _check_run_directory(settings: Settings) -> None:
    """What root makes in the run directory nobody else may replace."""
    settings.run_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
    found = settings.run_dir.stat()
    if found.st_uid != 0 or found.st_mode & 0o022:
        fail(
            f"{settings.run_dir} is not root's alone.",
            hint="Remove it, or set LANDBRIDGE_RUN_DIR to what does not exist yet.",
        )
    if found.st_mode & 0o055 != 0o055:
        settings.run_dir.chmod(0o755)


def _start_supervisor(settings: Settings) -> None:
    """Start it with the sockets that are to outlive it."""
    Service("api", settings).stop()  # one that nobody keeps has the port
    settings.control.unlink(missing_ok=True)
    with _listener(settings) as api, socket.socket(socket.AF_UNIX) as control:
        control.bind(str(settings.control))
        settings.control.chmod(0o600)
        control.listen()
        fds = (api.fileno(), control.fileno())
        Service("supervisor", settings).start(supervisor.command(*fds), pass_fds=fds)


def _await_ready(settings: Settings) -> None:
    """Ask the supervisor whether all is ready; raises `ProcessError` when something is not."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(START_SECONDS)
        try:
            asking.connect(str(settings.control))
            answer = asking.recv(4096)
        except TimeoutError as error:
            raise ProcessError(f"not all is ready after {START_SECONDS:.0f} s") from error
        except OSError:
            answer = b""
    if answer != supervisor.READY:
        words = f"the supervisor ended: {Service('supervisor', settings).last_words()}"
        raise ProcessError(answer.decode() or words)


def _forget_tunnels(settings: Settings) -> None:
    """Nothing is up any more, and nothing is to be resumed at the next start."""
    if settings.database.exists():
        store = Store(settings.database, role="agent")
        try:
            with store.writing() as session:
                observed.forget_all(session)
        except state_directory.STORE_TROUBLES as error:
            errors.print(f"landbridge: {state_directory.unreadable(settings, error)}")
        finally:
            store.close()


def _await_answer(settings: Settings) -> None:
    """Wait until the api answers; the socket queues the question until it does."""
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=30)
    try:
        connection.request("GET", "/health")
        connection.getresponse().read()
    except OSError as error:
        raise ProcessError(f"the api does not answer: {error}") from error
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
    listener.listen(_BACKLOG)
    return listener
