"""BGP: one BIRD in each gateway's namespace, spoken to over its control socket.

The protocol of the socket: lines with a four-digit code, a `-` after it while more follows
(BIRD's doc/reply_codes).
"""

import re
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from landbridge.network.drivers import daemon
from landbridge.network.drivers.netns import Process, inside
from landbridge.network.model import Bird

PROGRAM = "bird"
_SECONDS = 10.0
_LOG_LIMIT = 1 << 20
_RECONFIGURED = (b"0003", b"0004", b"0018")
"Reconfigured; reconfiguration in progress; reconfiguration queued."
_PROTOCOL = re.compile(r"^1002-(\S+)\s+(\S+)\s+\S+\s+(\S+)\s+\S+\s*(.*)$")
_ROUTES = re.compile(r"^\s+Routes:\s+(\d+) imported")


class BirdError(RuntimeError):
    """BIRD did not start, or refused its configuration."""


@dataclass(frozen=True, slots=True)
class Session:
    """A BGP session as BIRD shows it."""

    established: bool
    imported: int
    "Prefixes accepted from the neighbour."


class Birds:
    """All BIRDs of this machine's gateways; files live in `directory`, one folder each."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._configured: dict[str, str] = {}

    def folder(self, namespace: str) -> Path:
        """Where a BIRD's files are; it appends to its log there whenever a session changes."""
        return self._directory / namespace

    def start(self, bird: Bird, *, recover: bool = False) -> None:
        """Start the daemon; it goes into the background once it listens.

        `recover`: another one ended here and left its routes in the kernel; they stay until the
        sessions are back (graceful restart, RFC 4724).
        """
        folder = self._write(bird)
        control = folder / "bird.ctl"
        control.unlink(missing_ok=True)
        with inside(bird.namespace):
            done = subprocess.run(
                [
                    "bird",
                    *(["-R"] if recover else []),
                    *("-c", str(folder / "bird.conf")),
                    *("-s", str(control)),
                ],
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
            )
        if done.returncode != 0:
            raise BirdError(f"bird in {bird.namespace}: {done.stderr.strip()}")
        self._configured[bird.namespace] = bird.digest

    def configure(self, bird: Bird) -> None:
        """Give a running BIRD its configuration; sessions that did not change stay up."""
        self._write(bird)
        reply = self._ask(bird.namespace, "configure")
        if not reply.rstrip().rpartition(b"\n")[2].startswith(_RECONFIGURED):
            raise BirdError(f"bird in {bird.namespace}: {reply.decode().strip()}")
        self._configured[bird.namespace] = bird.digest

    def found(self, namespace: str, processes: list[Process]) -> Bird | None:
        """Find the running BIRD; one that we have not configured has an unknown configuration."""
        if not any(process.program == PROGRAM for process in processes):
            self._configured.pop(namespace, None)
            return None
        return Bird(namespace=namespace, digest=self._configured.get(namespace, "unknown"))

    def sessions(self, namespace: str) -> dict[str, Session]:
        """Ask for the BGP sessions, by protocol name."""
        return parse_sessions(self._ask(namespace, "show protocols all").decode())

    def ask_whether_it_answers(self, namespace: str) -> None:
        """Ask something simple; raises `BirdError` when there is no answer."""
        self._ask(namespace, "show status")

    def forget(self, namespace: str) -> None:
        """Remove the files of a gateway that is gone."""
        daemon.forget_folder(self._directory, namespace)

    def _write(self, bird: Bird) -> Path:
        folder = self.folder(bird.namespace)
        folder.mkdir(parents=True, exist_ok=True)
        log = f'log "{folder}/bird.log" {_LOG_LIMIT} "{folder}/bird.log.old" all;\n'
        new = folder / "bird.conf.new"
        new.write_text(f"{log}{bird.config}")
        new.rename(folder / "bird.conf")
        return folder

    def _ask(self, namespace: str, command: str) -> bytes:
        with socket.socket(socket.AF_UNIX) as control:
            control.settimeout(_SECONDS)
            try:
                control.connect(str(self.folder(namespace) / "bird.ctl"))
                _read_reply(control)  # the greeting
                control.sendall(command.encode() + b"\n")
                return _read_reply(control)
            except OSError as error:
                raise BirdError(f"bird in {namespace} does not answer: {error}") from error


def _read_reply(control: socket.socket) -> bytes:
    """Read up to and with the line whose code a space follows."""
    reply = b""
    while True:
        chunk = control.recv(65536)
        if not chunk:
            raise ConnectionResetError("closed")
        reply += chunk
        last = reply[:-1].rpartition(b"\n")[2]
        if reply.endswith(b"\n") and last[:4].isdigit() and last[4:5] == b" ":
            return reply
        if reply == b"0000 \n":
            return reply


def parse_sessions(text: str) -> dict[str, Session]:
    """Read BIRD's answer to `show protocols all`."""
    sessions: dict[str, Session] = {}
    current: str | None = None
    for line in text.splitlines():
        header = _PROTOCOL.match(line)
        if header:
            name, kind, _, information = header.groups()
            current = name if kind == "BGP" else None
            if current:
                established = information.startswith("Established")
                sessions[current] = Session(established=established, imported=0)
            continue
        routes = _ROUTES.match(line)
        if routes and current:
            before = sessions[current]
            sessions[current] = Session(before.established, int(routes[1]))
    return sessions
