"""Daemons that do not do what daemons do, behind a unix socket."""

import socket
import threading
from contextlib import contextmanager, suppress

PATIENCE = 10.0
"Seconds after which whoever still waits for an answer loses its connection, and its test fails."


@contextmanager
def answering(path, answer):
    """Listen at `path`; `answer` gets each connection, in a thread, and keeps it open."""
    path.parent.mkdir(parents=True, exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    kept = []

    def serve():
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                kept.append(connection)
                with suppress(OSError):
                    answer(connection)

    def hang_up():
        for connection in kept:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    thread, patience = threading.Thread(target=serve), threading.Timer(PATIENCE, hang_up)
    thread.start()
    patience.start()
    try:
        yield
    finally:
        patience.cancel()
        hang_up()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for connection in kept:
            connection.close()


@contextmanager
def stopped(path):
    """A daemon that takes no connection any more, whose queue is full."""
    path.parent.mkdir(parents=True, exist_ok=True)
    waiting = [socket.socket(socket.AF_UNIX) for _ in range(2)]
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen(0)
        for one in waiting:
            one.setblocking(False)
            with suppress(BlockingIOError):
                one.connect(str(path))
        try:
            yield
        finally:
            for one in waiting:
                one.close()
