"""The outermost layer: refuses what is too large or too slow, and lets go of peers that have stopped reading.

uvicorn has no limit of its own: a POST of 300 MB grew a relay to 623 MB (reliability, section 5), 300 MB of
headers did the same, and who connects and says nothing stays for ever. And it ends a WebSocket only once its
peer has taken all that was written, which a stopped one never does.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from app.rest.problems import problem_of
from protocol.errors import TooLarge

MAX_BODY = 256 * 1024
MAX_HEAD = 64 * 1024  # bytes of a request's first line and headers
HEAD_DEADLINE = 10.0  # seconds in which they must have come


class BodyLimit:
    """Answers 413 to a body over `limit` bytes, told by its header or found while it streams."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is within the limit."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._limit:
            await self._refuse(scope, receive, send)
            return
        await self._watch(scope, receive, send)

    async def _watch(self, scope: Scope, receive: Receive, send: Send) -> None:
        taken = 0
        has_begun = False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._limit:
                raise TooLarge(f"a body has at most {self._limit} bytes")
            return message

        async def noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except TooLarge:
            if has_begun:
                raise
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = problem_of(
            TooLarge(f"a body has at most {self._limit} bytes"), headers={"Connection": "close"}
        )
        await problem(scope, receive, send)


class BoundedHttp(HttpToolsProtocol):
    """uvicorn's HTTP, where the head of a request ends, and soon."""

    _head: int | None = 0  # bytes so far; None once it is complete
    _deadline: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._has_head()

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
        """Begin with a request."""
        super().on_message_begin()
        self._expect_head()

    @override
    def on_headers_complete(self) -> None:
        """Be done with its head."""
        self._has_head()
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._has_head()
        self._head = 0
        self._deadline = self.loop.call_later(HEAD_DEADLINE, self.transport.abort)

    def _has_head(self) -> None:
        self._head = None
        if self._deadline is not None:
            self._deadline.cancel()


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
