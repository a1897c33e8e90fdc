"""IKE: one charon (strongSwan) in each endpoint's namespace, spoken to over VICI.

A charon's settings file carries their digest in its name, so that the process's environment tells
with which settings it runs.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from landbridge.network.drivers import daemon, espd
from landbridge.network.drivers.netns import Process
from landbridge.network.drivers.vici_session import (
    CharonError,
    CharonSilentError,
    Events,
    conversation,
    quietly,
)
from landbridge.network.model import CHILD, Charon, Connection, Secret

__all__ = ["PROGRAM", "CharonError", "CharonSilentError", "Charons", "Established", "Events"]
PROGRAM = "charon-systemd"
"At most the 15 characters that the kernel keeps of a name."
PATH = "/usr/sbin/charon-systemd"
_SETTINGS_VARIABLE = "STRONGSWAN_CONF"
_TERMINATE_SECONDS = 2.0
"How long it may wait for the peer's answer to a goodbye."
_LOG_LIMIT = 1 << 20
"Bytes of a charon's log after which it starts anew."
_CARRYING = {b"INSTALLED", b"UPDATING", b"REKEYING", b"REKEYED"}
"""States of a CHILD_SA (strongSwan's child_sa.h) whose keys are in use both ways: installed; being
moved to the peer's other address; being replaced, until the successor is there; replaced, until
the peer deletes it or it expires."""


@dataclass(frozen=True, slots=True)
class Established:
    """What an endpoint's charon says of its tunnel."""

    child_sas: int
    "CHILD_SAs that carry packets; one when all is well, more while replaced ones run out."


class Charons:
    """All charons of this machine's endpoints; files live in `directory`, one folder each."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def start(self, charon: Charon, environment: Mapping[str, str]) -> daemon.Starting:
        """Start the daemon; it takes commands once what is returned is ready."""
        folder = daemon.folder_of(self._directory, charon.namespace)
        for old in folder.glob("strongswan-*.conf"):
            old.unlink()
        settings = folder / f"strongswan-{charon.digest}.conf"
        settings.write_text(_settings_file(charon, folder))
        (folder / "vici.sock").unlink(missing_ok=True)
        return daemon.start(
            [PATH],
            namespace=charon.namespace,
            folder=folder,
            environment={**environment, _SETTINGS_VARIABLE: str(settings)},
        )

    def found(self, namespace: str, processes: list[Process]) -> Charon | None:
        """Find the running charon of a namespace; one that has lost its espd is ending."""
        programs = {process.program for process in processes}
        for process in processes:
            if process.program == PROGRAM:
                environment = _environment(process.pid)
                if espd.SOCKET_VARIABLE in environment and espd.PROGRAM not in programs:
                    return None
                settings = Path(environment.get(_SETTINGS_VARIABLE, ""))
                digest = settings.stem.removeprefix("strongswan-")
                return Charon(namespace=namespace, digest=digest)
        return None

    def load_secret(self, secret: Secret) -> None:
        """Give a pre-shared key to charon; it is for any peer, since there is one only."""
        with self._session(secret.namespace) as session:
            session.load_shared({"id": secret.id, "type": "IKE", "data": secret.data})

    def unload_secret(self, secret: Secret) -> None:
        """Take a pre-shared key away."""
        with self._session(secret.namespace) as session:
            session.unload_shared({"id": secret.id})

    def load_connection(self, connection: Connection) -> None:
        """Load a connection; start it if that is our part."""
        assert connection.definition is not None
        with self._session(connection.namespace) as session:
            session.load_conn({connection.name: connection.definition})
            if connection.initiate:
                _initiate(session, connection.name)

    def initiate(self, namespace: str) -> bool:
        """Start a tunnel from our side, by IKEv2 if that is loaded, and do not wait for it.

        False when no connection is loaded.
        """
        with self._session(namespace) as session:
            names = sorted(session.get_conns().get("conns", []), reverse=True)
            if names:
                _initiate(session, names[0].decode())
        return bool(names)

    def terminate(self, namespace: str) -> None:
        """End all of a charon's IKE_SAs; the peer is told."""
        with self._session(namespace) as session:
            names = [name.decode() for name in session.get_conns()["conns"]]
        for name in names:
            self._end(namespace, name)

    def unload_connection(self, connection: Connection) -> None:
        """Unload a connection and end its IKE_SAs; the peer is told."""
        with self._session(connection.namespace) as session:
            session.unload_conn({"name": connection.name})
        self._end(connection.namespace, connection.name)

    def loaded(self, namespace: str) -> Iterator[Connection | Secret]:
        """List what a charon has loaded."""
        with self._session(namespace) as session:
            for name in session.get_conns().get("conns", []):
                yield Connection(namespace=namespace, name=name.decode())
            for key in session.get_shared().get("keys", []):
                yield Secret(namespace=namespace, id=key.decode())

    def established(self, namespace: str) -> Established:
        """Ask how the tunnel is."""
        with self._session(namespace) as session:
            carrying = sum(
                child["state"] in _CARRYING
                for listed in session.list_sas()
                for ike in listed.values()
                for child in ike["child-sas"].values()
            )
        return Established(child_sas=carrying)

    def ike_spis(self, namespace: str) -> list[str]:
        """List the IKE_SAs of a charon by their initiators' SPIs: a new handshake, a new one."""
        with self._session(namespace) as session:
            return [
                ike["initiator-spi"].decode()
                for listed in session.list_sas()
                for ike in listed.values()
            ]

    def events(self, namespace: str) -> Events:
        """Open the stream of a charon's events."""
        return Events(self._socket(namespace))

    def forget(self, namespace: str) -> None:
        """Remove the files of an endpoint that is gone."""
        daemon.forget_folder(self._directory, namespace)

    def bound_log(self, namespace: str) -> None:
        """Empty a log that has grown large; charon appends, so it goes on at the start."""
        log = self._folder(namespace) / "charon.log"
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            os.truncate(log, 0)

    def _folder(self, namespace: str) -> Path:
        return self._directory / namespace

    def _end(self, namespace: str, ike: str) -> None:
        milliseconds = str(int(_TERMINATE_SECONDS * 1000))
        with self._session(namespace, more=_TERMINATE_SECONDS) as session:
            quietly(session.terminate, {"ike": ike, "timeout": milliseconds})

    def _session(self, namespace: str, *, more: float = 0.0) -> AbstractContextManager[Any]:
        return conversation(self._socket(namespace), more=more)

    def _socket(self, namespace: str) -> Path:
        return self._folder(namespace) / "vici.sock"


def _initiate(session: Any, ike: str) -> None:
    """Ask for a tunnel; `timeout` -1 returns at once, the outcome comes as an event."""
    quietly(session.initiate, {"child": CHILD, "ike": ike, "timeout": "-1"})


def _environment(pid: int) -> dict[str, str]:
    """Read with which environment a process was started; nothing of one that has ended."""
    try:
        variables = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    except OSError:
        return {}
    return {name: value for name, _, value in (one.partition("=") for one in variables)}


def _settings_file(charon: Charon, folder: Path) -> str:
    """Wrap the planned settings with what depends on this machine's paths.

    A value runs to the end of its line. The log says what happened to the tunnel, not secrets.
    """
    assert charon.settings is not None
    vici_section = f"    vici {{\n      socket = unix://{folder}/vici.sock\n    }}\n"
    settings = charon.settings.replace("plugins {\n", f"plugins {{\n{vici_section}", 1)
    return f"""\
charon-systemd {{
{settings}
  filelog {{
    main {{
      path = {folder}/charon.log
      append = yes
      flush_line = yes
      time_format = %Y-%m-%dT%H:%M:%S
      default = 0
      ike = 1
      cfg = 1
      knl = 1
    }}
  }}
  journal {{
    default = -1
  }}
}}
"""
