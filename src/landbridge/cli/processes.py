"""The long-lived processes of an installation: who runs, starting them, ending them.

Each holds a lock while it lives, on a file in the state directory that root alone may open. The
kernel says which process that is; no number in a file is believed.
"""

import fcntl
import os
import pwd
import select
import signal
import struct
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from landbridge.settings import Settings

STOP_SECONDS = 10.0
"How long a process may take to end before it is killed."
LOG_BYTES = 1 << 20
"A log that is larger becomes the old one; there is one old one."
_FLOCK = struct.Struct("hhqqi4x")
"struct flock: type, whence, start, length, pid."


class ProcessError(RuntimeError):
    """A process did not start or stop as it should."""


@dataclass(frozen=True, slots=True)
class Service:
    """One of the processes."""

    name: str
    "`supervisor`, `agent` or `api`."
    settings: Settings

    @property
    def lock(self) -> Path:
        """The file that the process keeps locked."""
        return self.settings.state_dir / f"{self.name}.lock"

    @property
    def log(self) -> Path:
        """Where its output goes."""
        return self.settings.run_dir / f"{self.name}.log"

    def pid(self) -> int | None:
        """The process id if it runs, from the kernel. Not for the process itself to ask.

        (It would lose its lock when the file is closed: fcntl(2), "Record locks".)
        """
        try:
            fd = os.open(self.lock, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            pid = _holder(fd)
        finally:
            os.close(fd)
        if pid == 0:
            raise ProcessError(f"the {self.name} runs, but outside of this PID namespace")
        return pid

    def start(self, command: Sequence[str], *, pass_fds: Sequence[int] = (),
              notify: Path | None = None) -> subprocess.Popen[bytes]:  # fmt: skip
        """Start it in the background, its output in the log; `notify` hears when it is ready."""
        self.settings.run_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *command],
                env=os.environ | ({"NOTIFY_SOCKET": str(notify)} if notify else {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=pass_fds,
                cwd="/",
            )

    def stop(self, *, whole_group: bool = False) -> None:
        """Terminate it, or kill it if it does not listen, and wait for its end.

        `whole_group`: and whoever is in its process group.
        """
        pid = self.pid()
        if pid is None:
            return
        try:
            fd = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            if self.pid() != pid:
                return  # it has ended, and the number may be another's
            group = os.getpgid(pid)
            for sign in (signal.SIGTERM, signal.SIGKILL):
                if whole_group:
                    os.killpg(group, sign)
                else:
                    signal.pidfd_send_signal(fd, sign)
                if _readable(fd, STOP_SECONDS):
                    break
        except ProcessLookupError:
            return
        finally:
            os.close(fd)

    def last_words(self) -> str:
        """The last line of its log."""
        with suppress(OSError):
            if lines := self.log.read_text(errors="replace").strip().splitlines():
                return lines[-1]
        return f"see {self.log}"

    def bound_log(self) -> None:
        """Keep the log small: what is in it becomes the old one, and it goes on empty."""
        with suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_BYTES:
                self.log.with_suffix(".log.old").write_bytes(self.log.read_bytes())
                os.truncate(self.log, 0)


def hold_lock(service: Service) -> None:
    """Take the process's own lock until it ends; raises `ProcessError` if another has it.

    Nobody can write by what is held, the api for example: it is a shared lock, that nobody shares.
    """
    try:
        fd = os.open(service.lock, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileNotFoundError as error:
        raise ProcessError("there is no state directory: landbridge up makes it") from error
    fcntl.lockf(fd, fcntl.LOCK_SH)
    if _holder(fd) is not None:
        os.close(fd)
        raise ProcessError(f"another {service.name} of this installation runs")
    os.set_inheritable(fd, True)  # it outlives the exec by which the api drops its privileges


def _holder(fd: int) -> int | None:
    """Who else has a lock on a file; 0 if it is in another PID namespace, None if nobody has."""
    asked = _FLOCK.pack(fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
    kind, _, _, _, pid = _FLOCK.unpack(fcntl.fcntl(fd, fcntl.F_GETLK, asked))
    return None if kind == fcntl.F_UNLCK else int(pid)


def api_user(settings: Settings) -> pwd.struct_passwd:
    """Look up the api's user, and make it, with a group of its own, at the first start."""
    try:
        return pwd.getpwnam(settings.user)
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--user-group", "--no-create-home",
             "--shell", "/usr/sbin/nologin", "--home-dir", "/nonexistent", settings.user],
            check=True,
        )  # fmt: skip
        return pwd.getpwnam(settings.user)


def _readable(fd: int, seconds: float) -> bool:
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    return bool(poll.poll(seconds * 1000))
