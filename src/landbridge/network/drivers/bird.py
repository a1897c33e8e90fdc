"""BGP: one BIRD in each gateway's namespace, spoken to over its control socket.

A BIRD's configuration carries its digest in its file's name, so that its folder tells which one is
in force. The protocol of the socket: lines with a four-digit code, a `-` after it while more
follows (BIRD's doc/reply_codes).

A BIRD that takes over from one that ended recovers (graceful restart, RFC 4724): the routes stay
in the kernel until the sessions are back and their neighbours have told all. If it ends meanwhile,
a neighbour drops what it had not been told again, so that time has to be short, and two things
lengthen it. BIRD waits for every session, those over tunnels that are down included: these are
disabled until it has recovered. And BIRD 2.0 may sleep up to 3 s on work that it has; whatever
comes in over its control socket wakes it: it is asked every 50 ms.
"""

import re
import select
import socket
import subprocess
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from landbridge.network.drivers import daemon
from landbridge.network.drivers.netns import Process, inside
from landbridge.network.model import Bird

PROGRAM = "bird"
ANSWER_SECONDS = 1.0
"How long a BIRD may take to answer a question."
_START_SECONDS = 10.0
_RECOVERY_SECONDS = 10.0
"How long a start waits for recovery; BIRD itself goes on for its `graceful restart wait`."
_POKE_SECONDS = 0.05
_LOG_LIMIT = 1 << 20
_RECOVERING = "recovering"
"In the place of a digest while sessions are disabled."
_UNKNOWN = "unknown"
_RECONFIGURED = ("0003", "0004", "0018")
"Reconfigured; reconfiguration in progress; reconfiguration queued."
_SESSION = re.compile(r'^protocol bgp .*\{\n  interface "(.+)";$', re.MULTILINE)
_PROTOCOL = re.compile(r"^1002-(\S+)\s+(\S+)\s+\S+\s+(\S+)\s+\S+\s*(.*)$")
_ROUTES = re.compile(r"^\s+Routes:\s+(\d+) imported(?:, (\d+) filtered)?")
_RECOVERY = re.compile(r"^\s+GR recovery:")


class BirdError(RuntimeError):
    """BIRD did not start, refused what it was told, or does not answer."""


class BirdSilentError(BirdError):
    """BIRD does not answer: it is not there, hangs, or says what is no reply of BIRD's."""


@dataclass(frozen=True, slots=True)
class Session:
    """A BGP session as BIRD shows it."""

    established: bool
    imported: int
    "Prefixes accepted from the neighbour."
    filtered: int = 0
    "Prefixes that the neighbour announces and may not (the configuration's import filter)."
    recovering: bool = False
    "BIRD was restarted and still recovers: what the session says is not the last word."


class Birds:
    """All BIRDs of this machine's gateways; files live in `directory`, one folder each."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def folder(self, namespace: str) -> Path:
        """Where a BIRD's files are; it appends to its log there whenever a session changes."""
        return self._directory / namespace

    def start(
        self, bird: Bird, *, recover: bool = False, down: Collection[str] = frozenset()
    ) -> None:
        """Start the daemon; it goes into the background once it listens.

        `recover`: another one ended here and left its routes in the kernel; they stay until the
        sessions are back. This waits for that, some seconds at most; sessions over an interface
        that is `down` begin after it.
        """
        daemon.folder_of(self._directory, bird.namespace)
        self._forget(bird.namespace)
        if not recover:
            self._run(bird)
            return
        without = _SESSION.sub(
            lambda found: found[0] + ("\n  disabled;" if found[1] in down else ""),
            bird.config or "",
        )
        self._run(replace(bird, digest=_RECOVERING, config=without), "-R")
        self._await_recovery(bird.namespace)
        self.configure(bird)

    def pid(self, namespace: str) -> int | None:
        """The process id that the BIRD which was started last has written down."""
        with suppress(OSError, ValueError):
            return int(self._pid_file(namespace).read_text())
        return None

    def configure(self, bird: Bird) -> None:
        """Give a running BIRD its configuration; sessions that did not change stay up."""
        before = set(self._configurations(bird.namespace))
        file = self._write(bird)
        with self._connected(bird.namespace) as control:
            reply = control.ask(f'configure "{file}"')
        if not _last_line(reply).startswith(_RECONFIGURED):
            for refused in {file} - before:
                refused.unlink()
            raise BirdError(f"bird in {bird.namespace}: {reply.strip()}")
        for old in before - {file}:
            old.unlink(missing_ok=True)

    def found(self, namespace: str, processes: list[Process]) -> Bird | None:
        """Find the running BIRD, whether it answers or not, and its configuration's digest."""
        if not any(process.program == PROGRAM for process in processes):
            return None
        files = self._configurations(namespace)
        digest = files[0].stem.removeprefix("bird-") if len(files) == 1 else _UNKNOWN
        return Bird(namespace=namespace, digest=digest)

    def sessions(self, namespace: str) -> dict[str, Session]:
        """Ask for the BGP sessions, by protocol name; `BirdSilentError`: nothing is known."""
        with self._connected(namespace) as control:
            reply = control.ask("show protocols all")
        if not reply.startswith("2002-"):
            raise BirdSilentError(f"bird in {namespace} does not answer: {_last_line(reply)}")
        return parse_sessions(reply)

    def _configurations(self, namespace: str) -> list[Path]:
        """One file, but after an end between two of our steps."""
        return list(self.folder(namespace).glob("bird-*.conf"))

    def _forget(self, namespace: str) -> None:
        for old in self._configurations(namespace):
            old.unlink()

    def ask_whether_it_answers(self, namespace: str) -> None:
        """Ask something simple; raises `BirdSilentError` when there is no answer."""
        with self._connected(namespace) as control:
            control.ask("show status")

    def forget(self, namespace: str) -> None:
        """Remove the files of a gateway that is gone."""
        daemon.forget_folder(self._directory, namespace)

    def _write(self, bird: Bird) -> Path:
        folder = self.folder(bird.namespace)
        log = f'log "{folder}/bird.log" {_LOG_LIMIT} "{folder}/bird.log.old" all;\n'
        file = folder / f"bird-{bird.digest}.conf"
        file.write_text(f"{log}{bird.config}")
        return file

    def _pid_file(self, namespace: str) -> Path:
        return self.folder(namespace) / "bird.pid"

    def _run(self, bird: Bird, *options: str) -> None:
        file, folder = self._write(bird), self.folder(bird.namespace)
        control = folder / "bird.ctl"
        for left in (control, self._pid_file(bird.namespace)):
            left.unlink(missing_ok=True)
        try:
            with inside(bird.namespace):
                done = subprocess.run(
                    [
                        "bird",
                        *options,
                        *("-c", str(file)),
                        *("-s", str(control)),
                        *("-P", str(self._pid_file(bird.namespace))),
                    ],
                    capture_output=True,
                    text=True,
                    timeout=_START_SECONDS,
                    check=False,
                )
        except subprocess.TimeoutExpired as error:
            raise BirdSilentError(f"bird in {bird.namespace} does not start") from error
        if done.returncode != 0:
            raise BirdError(f"bird in {bird.namespace}: {done.stderr.strip()}")

    def _await_recovery(self, namespace: str) -> None:
        """Keep BIRD awake until it has recovered, or for as long as we have."""
        until = time.monotonic() + _RECOVERY_SECONDS
        with self._connected(namespace) as control:
            while "recovery in progress" in control.ask("show status"):
                if time.monotonic() > until:
                    return
                control.pause(_POKE_SECONDS)

    @contextmanager
    def _connected(self, namespace: str) -> Iterator["_Control"]:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_SECONDS)
            try:
                connection.connect(str(self.folder(namespace) / "bird.ctl"))
                yield _Control(connection)
            except (OSError, ValueError) as error:
                why = str(error) or type(error).__name__
                raise BirdSilentError(f"bird in {namespace} does not answer: {why}") from error


class _Control:
    """A conversation over a control socket; raises `OSError` or `ValueError` without answer."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        greeting = self._reply()
        if not greeting.startswith("0001 "):
            raise ValueError("no greeting")

    def ask(self, command: str) -> str:
        """Ask, and wait for the whole answer."""
        self._connection.sendall(command.encode() + b"\n")
        return self._reply()

    def pause(self, seconds: float) -> None:
        """Wait; raises `ConnectionResetError` as soon as BIRD has ended."""
        if select.select([self._connection], [], [], seconds)[0]:
            raise ConnectionResetError("it ended")

    def _reply(self) -> str:
        """Read up to and with the line whose code a space follows."""
        until, reply = time.monotonic() + ANSWER_SECONDS, b""
        while True:
            self._connection.settimeout(max(until - time.monotonic(), 0.001))
            chunk = self._connection.recv(65536)
            if not chunk:
                raise ConnectionResetError("it closed the connection")
            reply += chunk
            last = _last_line(reply.decode(errors="replace"))
            if reply.endswith(b"\n") and last[:4].isdecimal() and last[4:5] == " ":
                return reply.decode()


def _last_line(reply: str) -> str:
    return reply.removesuffix("\n").rpartition("\n")[2]


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
        elif current:
            sessions[current] = _with(sessions[current], line)
    return sessions


def _with(session: Session, line: str) -> Session:
    """Add what a line of a session's description tells."""
    routes = _ROUTES.match(line)
    if routes:
        return replace(session, imported=int(routes[1]), filtered=int(routes[2] or 0))
    return replace(session, recovering=True) if _RECOVERY.match(line) else session
