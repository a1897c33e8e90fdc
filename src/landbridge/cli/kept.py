"""A service that is to run: adopted if it does, started if not, and started again when it ends."""

import logging
import os
import pwd
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from selectors import EVENT_READ, BaseSelector
from time import monotonic

from landbridge.cli.processes import ProcessError, Service

log = logging.getLogger(__name__)
_PAUSES = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"Seconds before the next start, after one end, two in a row, and so on."
_STEADY_SECONDS = 60.0
"Who has lived this long does not keep ending."


def pause(ends: int) -> float:
    """How long to wait, in seconds, before something is started that ended so often in a row."""
    return _PAUSES[min(ends, len(_PAUSES)) - 1]


class Kept:
    """One service; what `selector` hears of it is for the caller to run."""

    def __init__(self, service: Service, selector: BaseSelector, *fds: int) -> None:
        self.service = service
        self.is_ready = False
        self.due: float | None = 0.0
        "When it is to be started; None while it runs."
        self.failed: Callable[[str], None] = lambda _: None
        "Hears why, when it ends before it was ready."
        self._fds = fds
        "Descriptors that it is given, as options."
        self._selector = selector
        self._process: subprocess.Popen[bytes] | None = None
        self._notify: socket.socket | None = None
        self._started = 0.0
        self._ends = 0

    @property
    def _ready_path(self) -> Path:
        return self.service.settings.run_dir / f"{self.service.name}.ready"

    def look(self) -> None:
        """Start it if it is time; end it if it has lost its files, its sockets with them."""
        self.service.bound_log()
        if self.due is None and not self.service.log.exists():
            log.warning("the %s has lost its files", self.service.name)
            self.service.stop()
        elif self.due is not None and self.due <= monotonic():
            self._started = monotonic()
            try:
                self._await_end(self._adopted() or self._start())
            except (OSError, ProcessError) as error:
                self._failed(f"the {self.service.name} cannot be started: {error}")

    def _adopted(self) -> int | None:
        """Take it as it is, if it runs already."""
        self.is_ready = (pid := self.service.pid()) is not None
        return pid

    def _start(self) -> int:
        name, settings = self.service.name, self.service.settings
        path = self._ready_path
        path.unlink(missing_ok=True)
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(path))
        path.chmod(0o600)
        if name == "api":  # all it can say is READY
            os.chown(path, pwd.getpwnam(settings.user).pw_uid, -1)
        self._selector.register(self._notify, EVENT_READ, self._hear_ready)
        options = [word for fd in self._fds for word in ("--fd", str(fd))]
        self._process = self.service.start(
            [f"landbridge.cli.{name}_process", *options], pass_fds=self._fds, notify=path
        )
        return self._process.pid

    def _await_end(self, pid: int) -> None:
        fd = os.pidfd_open(pid)
        self._selector.register(fd, EVENT_READ, lambda: self._ended(fd))
        self.due = None

    def _hear_ready(self) -> None:
        if self._notify:  # else its end was heard of at the same time
            self._forget_notify()
            self.is_ready = True

    def _forget_notify(self) -> None:
        if self._notify:
            self._selector.unregister(self._notify)
            self._notify.close()
            self._notify = None
            self._ready_path.unlink(missing_ok=True)

    def _ended(self, fd: int) -> None:
        self._selector.unregister(fd)
        os.close(fd)
        name = self.service.name
        if self.is_ready:
            self._again(f"the {name} ended")
        else:
            self._failed(f"the {name} did not start: {self.service.last_words()}")

    def _failed(self, why: str) -> None:
        self._again(why)
        self.failed(why)

    def _again(self, why: str) -> None:
        """Settle when it is started again."""
        self._forget_notify()
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=0)
        self._ends = 1 if monotonic() - self._started > _STEADY_SECONDS else self._ends + 1
        self.is_ready, self._process, wait = False, None, pause(self._ends)
        self.due = monotonic() + wait
        log.warning("%s; started again in %.0f s", why, wait)
