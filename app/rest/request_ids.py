"""`X-Request-ID`: the name by which a caller and the relay's log speak of the same request."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.clock import Clock

NAME = "X-Request-ID"
# Whatever else a caller sends would be a way to write into logs.
_ACCEPTED = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestIds:
    """Takes the caller's id if it is fit for a log, or makes one; answers with it."""

    def __init__(self, app: ASGIApp, *, clock: Clock) -> None:
        self._app = app
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request and pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(NAME, "")
        name = given if _ACCEPTED.fullmatch(given) else self._clock.new_id()
        scope.setdefault("state", {})["request_id"] = name

        async def with_name(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[NAME] = name
            await send(message)

        await self._app(scope, receive, with_name)
