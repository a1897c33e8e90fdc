"""Become the api's user before anything of a customer's is read.

The program may lie where that user cannot go (a clone in root's home). So its files are mounted,
read-only and for this process alone, at a place in the run directory, and run from there.
"""

import ctypes
import os
import pwd
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import landbridge

_CLONE_NEWNS = 0x00020000
_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
_PR_SET_NO_NEW_PRIVS = 38
_libc = ctypes.CDLL(None, use_errno=True)


def run_as(user: pwd.struct_passwd, module: str, arguments: Sequence[str], place: Path) -> NoReturn:
    """Replace this process by a Python module run as `user`, without any privilege."""
    environment = sys.prefix
    source = Path(landbridge.__file__).parent.parent
    _check(_libc.unshare(_CLONE_NEWNS), "unshare")
    _check(_libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None), "mount private")
    for original, name in ((Path(environment), "environment"), (source, "source")):
        _mount_read_only(original, place / name)
    os.setgroups([])
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    python = str(place / "environment" / "bin" / "python")
    variables = {
        name: value
        for name, value in os.environ.items()
        if name.startswith("LANDBRIDGE_") or name in {"PATH", "LANG", "NOTIFY_SOCKET", "TZ"}
    } | {"PYTHONPATH": str(place / "source"), "PYTHONDONTWRITEBYTECODE": "1"}
    os.execve(  # noqa: S606 - an argument list, no shell
        python, [python, "-m", module, *arguments], variables
    )


def _mount_read_only(original: Path, at: Path) -> None:
    at.mkdir(parents=True, exist_ok=True)
    source, target = os.fsencode(original), os.fsencode(at)
    _check(_libc.mount(source, target, None, _MS_BIND, None), f"mount {original}")
    _check(_libc.mount(None, target, None, _MS_REMOUNT | _MS_BIND | _MS_RDONLY, None), "read-only")


def _check(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), what)
