"""What the processes of an installation allow themselves; what they start inherits the limits."""

import ctypes
import resource

_PR_SET_DUMPABLE = 4


def settle() -> None:
    """Open as many files as the administrator lets us, and leave no core dump: it would have keys.

    The limit forbids one to what is started, too; that memory is not dumpable is each process's
    own affair, and keeps it from programs that collect dumps whatever the limit.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
