"""Tell who started this process that it is ready (sd_notify(3)); systemd listens so, and `up`."""

import os
import socket


def ready() -> None:
    """Send READY=1 to NOTIFY_SOCKET, if there is one."""
    path = os.environ.pop("NOTIFY_SOCKET", None)
    if not path:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.sendto(b"READY=1", path.replace("@", "\0", 1))
