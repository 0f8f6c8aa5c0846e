"""Bodies that are too large are refused before anything reads them.

uvicorn has no limit of its own: a POST of 300 MB grew a relay to 623 MB (reliability, section 5).
"""

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.rest.problems import problem_of
from protocol.errors import TooLarge

MAX_BODY = 256 * 1024
LINGER_BYTES = 4 * 1024 * 1024
LINGER_SECONDS = 2.0


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
        async def lingering(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                await send({**message, "more_body": True})
                await _drop_the_rest(receive)
                message = {"type": "http.response.body"}
            await send(message)

        problem = problem_of(
            TooLarge(f"a body has at most {self._limit} bytes"), headers={"Connection": "close"}
        )
        await problem(scope, receive, lingering)


async def _drop_the_rest(receive: Receive) -> None:
    """Read on for a while after the answer: to close on unread bytes would reset the link under it.

    RFC 9112, section 9.6.
    """
    dropped = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while dropped < LINGER_BYTES:
                message = await receive()
                dropped += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
