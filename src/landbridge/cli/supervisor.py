"""Keep the agent and the api running, with little that can fail.

    landbridge up --starts--> supervisor <--waits for its end-- guard
                               |      |
                             agent   api

What ends is started again: at once, and with growing pauses if it keeps ending. Nobody has to be
anybody's child: the locks tell who runs, and the kernel tells of any process's end (pidfd). When
the supervisor ends, the guard takes its place and adopts what runs; so each of the four, or the
other three together, may be killed.

The api's listening socket lives here and in the guard: while there is no api, connections queue.
"""

import argparse
import logging
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from logging.handlers import WatchedFileHandler
from time import monotonic

from landbridge import limits
from landbridge.cli.kept import Kept
from landbridge.cli.processes import ProcessError, Service, hold_lock
from landbridge.settings import Settings, from_environment

MODULE = "landbridge.cli.supervisor"
READY = b"ready"
"The answer to who connects to the control socket, once all run; else it is what is wrong."
PERIOD_SECONDS = 5.0
"Between two looks at what no event tells: lost files, the size of logs."


class Supervisor:
    """The process that keeps the others."""

    def __init__(self, settings: Settings, api: int, control: int) -> None:
        self._service = Service("supervisor", settings)
        self._sockets = (api, control)
        self._control = socket.socket(fileno=control)
        self._selector = selectors.DefaultSelector()
        self._kept = (
            Kept(Service("agent", settings), self._selector),
            Kept(Service("api", settings), self._selector, api),
        )
        self._asking: list[socket.socket] = []
        self._guard: subprocess.Popen[bytes] | None = None
        self._stopping = False

    def run(self) -> None:
        """Keep them until SIGTERM; they go on then."""
        read, write = socket.socketpair()
        for end in (read, write):
            end.setblocking(False)
        signal.set_wakeup_fd(write.fileno())
        signal.signal(signal.SIGTERM, self._stop)
        self._selector.register(read, selectors.EVENT_READ, lambda: read.recv(100))
        self._selector.register(self._control, selectors.EVENT_READ, self._accept)
        for one in self._kept:
            one.failed = self._answer
        while not self._stopping:
            self._look()
            self._wait()
        if self._guard:
            self._guard.kill()
            self._guard.wait()

    def _stop(self, *_: object) -> None:
        self._stopping = True

    def _look(self) -> None:
        self._service.settings.run_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._service.bound_log()
        if self._guard is None:
            with suppress(OSError):
                self._start_guard()
        for one in self._kept:
            one.look()
        if all(one.is_ready for one in self._kept):
            self._answer(READY.decode())

    def _wait(self) -> None:
        """Wait for news, or until there is something to do, and hear it."""
        due = [one.due - monotonic() for one in self._kept if one.due is not None]
        for key, _ in self._selector.select(max(0.0, min([PERIOD_SECONDS, *due]))):
            key.data()

    def _accept(self) -> None:
        self._asking.append(self._control.accept()[0])

    def _answer(self, answer: str) -> None:
        for one in self._asking:
            with suppress(OSError):
                one.send(answer.encode())
            one.close()
        self._asking.clear()

    def _start_guard(self) -> None:
        this, end = os.pidfd_open(os.getpid()), -1
        try:
            self._guard = subprocess.Popen(
                [sys.executable, "-m", *command(*self._sockets), "--after", str(this)],
                stdin=subprocess.DEVNULL,
                pass_fds=(this, *self._sockets),
            )
            end = os.pidfd_open(self._guard.pid)
        finally:
            os.close(this)
        self._selector.register(end, selectors.EVENT_READ, lambda: self._guard_ended(end))

    def _guard_ended(self, end: int) -> None:
        self._selector.unregister(end)
        os.close(end)
        if self._guard:
            self._guard.wait()
        self._guard = None


def command(api: int, control: int) -> list[str]:
    """What makes a Python the supervisor, from the descriptors of its sockets on."""
    return [MODULE, "--api", str(api), "--control", str(control)]


def main() -> None:
    """Run the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--api", type=int, required=True, help="the api's listening socket")
    parser.add_argument("--control", type=int, required=True, help="where one asks if all is ready")
    parser.add_argument("--after", type=int, help="a pidfd: begin when that process ends (guard)")
    arguments = parser.parse_args()
    limits.settle()
    os.umask(0o022)
    if arguments.after is not None:
        end = select.poll()
        end.register(arguments.after, select.POLLIN)
        end.poll()
        os.close(arguments.after)
    settings = from_environment()
    service = Service("supervisor", settings)
    try:
        hold_lock(service)
    except ProcessError as error:
        sys.exit(str(error))
    settings.run_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
    logging.basicConfig(
        level=logging.INFO,
        format="%(asctime)s %(levelname)s: %(message)s",
        handlers=[WatchedFileHandler(service.log)],
    )
    Supervisor(settings, arguments.api, arguments.control).run()


if __name__ == "__main__":
    main()
