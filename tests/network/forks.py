"""The `landbridge` command without Python's start, for slow machines.

Where the processor is emulated, Python takes ten seconds and more to import the program, and far
less for all that follows. There the command, the supervisor, the agent and the api are forks of the
test's process, which has imported everything; in all else they are what they would be, processes
with files, sessions and environments of their own, but that the api stays root: it gets its user by
an exec.
"""

import gc
import logging
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from landbridge.api import serve
from landbridge.cli import agent_process, api_process, main, supervisor

MODULES = {one.__name__: one.main for one in (main, supervisor, agent_process, api_process)}


class Popen(subprocess.Popen):
    """Forks where it would start a Python module of ours; all else is started as ever."""

    def __init__(self, args: Sequence[str], **options: Any) -> None:
        if args[1:2] == ["-m"] and args[2] in MODULES:
            kept, environment = options.get("pass_fds", ()), options.get("env") or dict(os.environ)
            options["preexec_fn"] = partial(_run, args[2:], environment, kept)
        super().__init__(args, **options)


def _run(arguments: Sequence[str], environment: Mapping[str, str], kept: Iterable[int]) -> None:
    """Be the process, from where it would have been exec'ed; does not return."""
    gc.freeze()  # what the test's process has open is closed here, but not by its objects
    gc.enable()
    _close_all_but(kept)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # Python's choice, which Popen has undone
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    logging.root.handlers.clear()
    sys.argv = list(arguments)
    api_process.run_as = _run_as_root
    sys.stdout, sys.stderr = (os.fdopen(number, "w", closefd=False) for number in (1, 2))
    status = 1
    try:
        MODULES[arguments[0]]()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as an interpreter does
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _run_as_root(_user: object, module: str, arguments: Sequence[str], _place: object) -> None:
    """Stand for `run_as`, which runs nothing but the api."""
    sys.argv = [module, *arguments]
    serve.main()


def _close_all_but(kept: Iterable[int]) -> None:
    """Close what is not for this process; thereby Popen's pipe, on which the parent waits."""
    limit = os.sysconf("SC_OPEN_MAX")
    begin = 3
    for fd in (*sorted(kept), limit):
        os.closerange(begin, fd)
        begin = fd + 1
    for fd in kept:
        os.set_inheritable(fd, True)
