"""Server-sent events: how they are written, and how a reader that takes nothing is cut off."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing

import anyio
from fastapi import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import override

PATIENCE = 5.0  # seconds in which a reader must have taken what was written
RETRY = 2_000  # milliseconds after which a client comes back
ABORT = "clawnet.abort"


class EventStream(Response):
    """Writes events as they come; `end` is called when it is over, however that came.

    `cut` is called before that, when the reader took nothing for too long.
    """

    media_type = "text/event-stream"

    def __init__(
        self,
        events: AsyncIterator[str],
        *,
        end: Callable[[], None],
        cut: Callable[[], None] = lambda: None,
        patience: float = PATIENCE,
    ) -> None:
        super().__init__(None, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._events = events
        self._end = end
        self._cut = cut
        self._patience = patience

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(_hear_farewell, receive, group.cancel_scope)
                await self._write(send)
                group.cancel_scope.cancel()
        except* TimeoutError:
            self._cut()
            # What is written stays in the process until it is taken; a plain close would wait for that.
            if abort := scope.get("extensions", {}).get(ABORT):
                abort["call"]()
                await _farewell(receive)
        finally:
            self._end()

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await self._send(send, f"retry: {RETRY}\n\n")
        async with aclosing(self._events) as events:  # type: ignore[type-var]
            async for event in events:
                await self._send(send, event)
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Send, text: str) -> None:
        async with asyncio.timeout(self._patience):
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


def event_of(event: str, json: str, cursor: str | None) -> str:
    """Return an event as it is written; JSON has no line breaks of its own."""
    name = f"id: {cursor}\n" if cursor is not None else ""
    return f"{name}event: {event}\ndata: {json}\n\n"


def comment(text: str) -> str:
    """Return what shows that the line is alive and tells nothing."""
    return f": {text}\n\n"


async def _hear_farewell(receive: Receive, scope: anyio.CancelScope) -> None:
    await _farewell(receive)
    scope.cancel()


async def _farewell(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
