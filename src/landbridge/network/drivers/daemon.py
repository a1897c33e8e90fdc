"""Daemons of ours: started in a namespace, ready when they say so, and nobody's child for long.

A daemon outlives the agent that started it; the next agent finds it by its namespace.
"""

import os
import select
import shutil
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from landbridge.network.drivers.netns import inside

START_SECONDS = 10.0
_OWNER_ONLY = 0o077
"The umask: nobody else connects to a daemon's sockets or reads its log."


class DaemonError(RuntimeError):
    """A daemon did not start."""


@dataclass(frozen=True, slots=True)
class Starting:
    """A daemon that has been started; several may come up side by side."""

    namespace: str
    program: str
    _process: subprocess.Popen[bytes]
    _ready: socket.socket
    _output: Path

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def wait(self) -> None:
        """Wait until it is ready; raises `DaemonError` when it ends before, or never is."""
        try:
            if not _is_ready(self._ready, self._process):
                self._process.kill()
                self._process.wait()
                raise DaemonError(
                    f"{self.program} in {self.namespace} did not start: {_last_line(self._output)}"
                )
        finally:
            self._ready.close()


def start(
    command: Sequence[str], *, namespace: str, folder: Path, environment: Mapping[str, str]
) -> Starting:
    """Start a daemon that tells NOTIFY_SOCKET when it is ready (sd_notify), and do not wait."""
    program = Path(command[0]).name
    notify, output = folder / f"{program}.ready", folder / f"{program}.out"
    notify.unlink(missing_ok=True)
    ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        ready.bind(str(notify))
        with inside(namespace), output.open("wb") as sink:
            process = subprocess.Popen(
                command,
                env={**environment, "NOTIFY_SOCKET": str(notify)},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                umask=_OWNER_ONLY,
                cwd="/",
            )
    except BaseException:
        ready.close()
        raise
    return Starting(namespace, program, process, ready, output)


def folder_of(directory: Path, namespace: str) -> Path:
    """Make the folder for the files of a namespace's daemons, for its owner only."""
    folder = directory / namespace
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def forget_folder(directory: Path, namespace: str) -> None:
    """Remove the files of a namespace's daemons, which have ended."""
    shutil.rmtree(directory / namespace, ignore_errors=True)


def _is_ready(ready: socket.socket, process: subprocess.Popen[bytes]) -> bool:
    """Wait for the word on the socket, the process's end or the time-out."""
    poll = select.poll()
    exited = os.pidfd_open(process.pid)
    try:
        poll.register(ready, select.POLLIN)
        poll.register(exited, select.POLLIN)
        while heard := dict(poll.poll(START_SECONDS * 1000)):
            if ready.fileno() not in heard:
                return False
            if b"READY=1" in ready.recv(4096):
                return True
        return False
    finally:
        os.close(exited)


def _last_line(output: Path) -> str:
    lines = output.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else f"see the logs in {output.parent}"
