"""Start and stop the two processes of an installation.

Each holds a lock on a file in the run directory while it lives, with its pid inside: who can take
the lock knows that the process is gone, whatever the pid says.
"""

import fcntl
import os
import pwd
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from landbridge.settings import Settings

START_SECONDS = 120.0
STOP_SECONDS = 10.0


class ProcessError(RuntimeError):
    """A process did not start or stop as it should."""


@dataclass(frozen=True, slots=True)
class Service:
    """One of the two processes."""

    name: str
    "`agent` or `api`; also the subcommand that runs it."
    settings: Settings

    @property
    def lock(self) -> Path:
        """The file that the process keeps locked."""
        return self.settings.run_dir / f"{self.name}.lock"

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.settings.run_dir / f"{self.name}.log"

    def pid(self) -> int | None:
        """The process id if it runs."""
        try:
            with self.lock.open() as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return None
        except BlockingIOError:
            return int(self.lock.read_text() or "0") or None
        return None

    def start(self, *arguments: str, pass_fds: Sequence[int] = ()) -> None:
        """Start it in the background and wait until it says that it is ready."""
        notify = self.settings.run_dir / f"{self.name}.ready"
        notify.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready, self.log.open("a") as log:
            ready.bind(str(notify))
            notify.chmod(0o666)  # the api says so as another user; all it can say is READY
            process = subprocess.Popen(
                [sys.executable, "-m", "landbridge.cli.main", self.name, *arguments],
                env=os.environ | {"NOTIFY_SOCKET": str(notify)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=pass_fds,
                cwd="/",
            )
            if not _ready(ready, process.pid):
                process.kill()
                raise ProcessError(f"the {self.name} did not start: {_last_line(self.log)}")
        notify.unlink(missing_ok=True)

    def stop(self) -> None:
        """Terminate it and wait for its end."""
        pid = self.pid()
        if pid is None:
            return
        try:
            fd = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            signal.pidfd_send_signal(fd, signal.SIGTERM)
            if not _readable([fd], STOP_SECONDS):
                signal.pidfd_send_signal(fd, signal.SIGKILL)
                _readable([fd], STOP_SECONDS)
        finally:
            os.close(fd)


def hold_lock(service: Service) -> None:
    """Take the process's own lock until it ends; raises `ProcessError` if another has it."""
    fd = os.open(service.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ProcessError(f"another {service.name} of this installation runs") from error
    os.truncate(fd, 0)
    os.write(fd, str(os.getpid()).encode())
    os.set_inheritable(fd, True)  # it outlives the exec by which the api drops its privileges


def api_user(settings: Settings) -> pwd.struct_passwd:
    """Look up the api's user, and make it at the first start."""
    try:
        return pwd.getpwnam(settings.user)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin",
             "--home-dir", "/nonexistent", settings.user],
            check=True,
        )  # fmt: skip
        return pwd.getpwnam(settings.user)


def _ready(ready: socket.socket, pid: int) -> bool:
    exited = os.pidfd_open(pid)
    try:
        return ready.fileno() in _readable([ready.fileno(), exited], START_SECONDS)
    finally:
        os.close(exited)


def _readable(fds: list[int], seconds: float) -> set[int]:
    poll = select.poll()
    for fd in fds:
        poll.register(fd, select.POLLIN)
    return {fd for fd, _ in poll.poll(seconds * 1000)}


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"see {log}"
