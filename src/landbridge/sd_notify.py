"""Tell who started this process that it is ready (sd_notify(3)): systemd, or our supervisor."""

import os
import socket
from contextlib import suppress


def ready() -> None:
    """Send READY=1 to NOTIFY_SOCKET, if there is one; who has started us may be gone."""
    path = os.environ.pop("NOTIFY_SOCKET", None)
    if not path:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, suppress(OSError):
        notify.sendto(b"READY=1", path.replace("@", "\0", 1))
