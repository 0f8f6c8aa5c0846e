"""Limits that uvicorn lacks: for the head and the body of a request, and for a peer that has stopped reading.

Without them 300 MB of headers grow a relay by as much, who connects and says nothing stays for ever, and a
WebSocket ends only once its peer has taken all that was written.
"""

import asyncio
from typing import Any

from typing_extensions import override
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MAX_HEAD = 64 * 1024  # bytes of a request's first line and headers
HEADER_DEADLINE = 10.0  # seconds in which they must have come
ABORT = "clawnet.abort"  # the extension by which an application cuts its peer off
BODY_DEADLINE = 15.0  # seconds: 17 KB/s for the largest body that is taken


class PunctualProtocol(HttpToolsProtocol):
    """uvicorn's HTTP, where head and body of a request end, and soon (slowloris, checklist S29)."""

    header_deadline = HEADER_DEADLINE
    body_deadline = BODY_DEADLINE
    _head: int | None = 0  # bytes so far; None once it is complete
    _deadline: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._expect_head()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    @override
    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            self._head += len(data)
        super().data_received(data)
        # Looked at afterwards: one chunk may hold the rest of a head and a body behind it.
        if self._head is not None and self._head > MAX_HEAD:
            self.transport.abort()

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        # A plain close waits until the peer has taken everything; an endless answer can't do with that.
        self.scope["extensions"] = {ABORT: {"call": self.transport.abort}}
        self._expect_head()

    @override
    def on_headers_complete(self) -> None:
        self._head = None
        self._expect(self.body_deadline)
        super().on_headers_complete()

    @override
    def on_message_complete(self) -> None:
        self._forget_deadline()
        super().on_message_complete()

    @override
    def handle_websocket_upgrade(self) -> None:
        self._forget_deadline()
        super().handle_websocket_upgrade()

    def _expect_head(self) -> None:
        self._head = 0
        self._expect(self.header_deadline)

    def _expect(self, within: float) -> None:
        self._forget_deadline()
        self._deadline = self.loop.call_later(within, self.transport.close)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class MortalWebSocket(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which ends within a ping or a farewell although its peer takes nothing more."""

    @override
    def keepalive_timeout(self) -> None:
        """Cut a peer that did not answer a ping."""
        super().keepalive_timeout()
        self.transport.abort()

    @override
    async def send(self, message: ASGISendEvent) -> None:
        """Send, and after a farewell wait for the peer's for a while only."""
        await super().send(message)
        if message["type"] == "websocket.close" and self.close_timer is not None:
            self.close_timer.cancel()
            self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)
