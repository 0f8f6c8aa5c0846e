"""The outermost layer: refuses bodies that are too large, and lets go of peers that have stopped reading.

uvicorn has no limit of its own: a POST of 300 MB grew a relay to 623 MB (reliability, section 5). And it ends
a WebSocket only once its peer has taken all that was written, which a stopped one never does.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from typing_extensions import override
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from app.rest.problems import problem_of
from protocol.errors import TooLarge

MAX_BODY = 256 * 1024


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
