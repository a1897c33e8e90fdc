"""What of the state directory is whose: the files of an installation, their owners and modes.

The directory is root's, so that nobody else can put a link or another file where root reads, writes
or changes a mode. The api may write into the store's files, and not make or remove one; it may read
the sealing key and the credentials. That is enough for SQLite if the store's companions are there.

    /var/lib/landbridge      root, group of the api's user    0750
      landbridge.sqlite, -wal, -shm                           0660
      sealing.key, credentials.json                           0640
      supervisor.lock, agent.lock, api.lock                   0600: root alone
"""

import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from landbridge.cli.processes import Service
from landbridge.settings import Settings, StateError

_MOVE_AWAY = "Move it away, or put what belongs there in its place."


@dataclass(frozen=True, slots=True)
class _Entry:
    """What a thing of ours has to be; its owner is root."""

    path: Path
    mode: int
    "What it gives the group it gives the api."
    is_directory: bool = False

    def _group(self, user: pwd.struct_passwd) -> int:
        return user.pw_gid if self.mode & stat.S_IRWXG else 0

    def found(self, user: pwd.struct_passwd) -> str | None:
        """Say what is wrong with its owner and mode; None if nothing is, or it is not there.

        Raises `StateError` when it is not ours to put right.
        """
        try:
            there = self.path.stat() if self.is_directory else self.path.lstat()
        except FileNotFoundError:
            return None
        is_right = stat.S_ISDIR if self.is_directory else stat.S_ISREG
        may_be_ours = there.st_uid in {0, user.pw_uid} and (
            self.is_directory or there.st_nlink == 1
        )
        wanted = (0, self._group(user), self.mode)
        is_as_wanted = (there.st_uid, there.st_gid, stat.S_IMODE(there.st_mode)) == wanted
        if not is_right(there.st_mode) or not (is_as_wanted or may_be_ours):
            what = "a directory" if self.is_directory else "a file"
            raise StateError(f"{self.path} is not {what} of Landbridge's own", _MOVE_AWAY)
        if is_as_wanted:
            return None
        there_is = f"{there.st_uid}:{there.st_gid} {stat.S_IMODE(there.st_mode):04o}"
        return f"{self.path}: owner and mode are {there_is}, not 0:{wanted[1]} {self.mode:04o}"

    def mend(self, user: pwd.struct_passwd) -> None:
        """Put owner and mode right; the directory that it is in is root's."""
        if self.found(user):
            kind = os.O_DIRECTORY if self.is_directory else os.O_NOFOLLOW
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | kind)
            try:
                os.fchown(fd, 0, self._group(user))
                os.fchmod(fd, self.mode)
            finally:
                os.close(fd)


def _entries(settings: Settings) -> Iterator[_Entry]:
    """All that is ours there, the directory first."""
    yield _Entry(settings.state_dir, 0o750, is_directory=True)
    yield from _store_files(settings)
    for path in (settings.sealing_key, settings.credentials):
        yield _Entry(path, 0o640)
    for name in ("supervisor", "agent", "api"):
        yield _Entry(Service(name, settings).lock, 0o600)


def _store_files(settings: Settings) -> list[_Entry]:
    store = settings.database
    return [_Entry(store.with_name(f"{store.name}{end}"), 0o660) for end in ("", "-wal", "-shm")]


def faults(settings: Settings, user: pwd.struct_passwd) -> list[str]:
    """List the owners and modes that `mend` would put right; raises `StateError`."""
    return [fault for one in _entries(settings) if (fault := one.found(user))]


def mend(settings: Settings, user: pwd.struct_passwd) -> None:
    """Put owners and modes right; raises `StateError` when something is not ours to put right.

    Not for a process to call that holds one of the locks.
    """
    for one in _entries(settings):
        one.mend(user)


def share_store(settings: Settings, user: pwd.struct_passwd) -> None:
    """Let the api write the store: in this directory it cannot make SQLite's files itself.

    Raises `StateError` when there is no store.
    """
    store, *companions = _store_files(settings)
    if not store.path.exists():
        raise StateError(f"the store {store.path} is gone", "Put back a copy.")
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    for one in companions:
        os.close(os.open(one.path, flags, one.mode))
        one.mend(user)


def check_is_ours(settings: Settings) -> None:
    """Leave a directory alone that somebody uses for something else, `/tmp` for example."""
    with suppress(FileNotFoundError, NotADirectoryError):
        names = {one.name for one in settings.state_dir.iterdir()}
        if names and not names & {one.path.name for one in _entries(settings)}:
            raise StateError(
                f"{settings.state_dir} is not a state directory of Landbridge's",
                "Set LANDBRIDGE_STATE_DIR to one, or to what does not exist yet.",
            )
