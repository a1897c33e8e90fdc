"""Connections of clients, each with its limits: nobody holds one open by being slow.

connected, or idle and then a byte  --head--> read --body--> answered --> idle
         HEAD_SECONDS                 BODY_SECONDS              IDLE_SECONDS
"""

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

log = logging.getLogger(__name__)

HEAD_SECONDS = 20.0
"For a request's line and headers to arrive."
BODY_SECONDS = 60.0
"For a request's body to arrive."
IDLE_SECONDS = 20
"Between an answer and the next request."
MAX_HEAD_BYTES = (1 << 20) + (1 << 16)
"Of a request's line, which carries the query, and headers."
MOST_CONNECTIONS = 500
"At once; a client beyond is told to try again."
_BUSY = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class LimitedConnection(HttpToolsProtocol):
    """A connection that is closed when a request does not arrive in time or in bounds."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.timeout_keep_alive = IDLE_SECONDS
        self._limit: asyncio.TimerHandle | None = None
        self._in_head = True
        self._head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, or refuse."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            log.warning("more than %d connections", MOST_CONNECTIONS)
            transport.write(_BUSY)
            transport.close()
            return
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Wait for the end of a head, and count its bytes."""
        if self._in_head and self._limit is None:
            self._wait(HEAD_SECONDS)
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response(f"A request's head has at most {MAX_HEAD_BYTES} bytes.")

    def on_headers_complete(self) -> None:
        """Wait for the body."""
        super().on_headers_complete()
        self._in_head = False
        self._wait(BODY_SECONDS)

    def on_message_complete(self) -> None:
        """Wait for nothing: the next is our answer."""
        super().on_message_complete()
        self._in_head, self._head_bytes = True, 0
        self._stop_waiting()

    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._limit = self.loop.call_later(seconds, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _too_slow(self) -> None:
        log.info("closed a connection whose request did not arrive in time")
        self.transport.close()
