"""HEAD: wherever something can be read, its headers can be asked for alone (RFC 9110, 9.3.2)."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATHS = ("/api/", "/metrics", "/healthz", "/readyz")  # the console sees to its own


class HeadAsGet:
    """Answers HEAD as GET is answered, without the body; a stream ends where it would begin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, in other words if need be."""
        if scope["type"] != "http" or scope["method"] != "HEAD" or not scope["path"].startswith(PATHS):
            await self._app(scope, receive, send)
            return

        is_over = False

        async def without_body(message: Message) -> None:
            nonlocal is_over
            if message["type"] == "http.response.start":
                await send(message)
            elif not is_over:
                # Whoever waits for the peer to go learns from this that there is nobody to write to.
                is_over = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self._app({**scope, "method": "GET"}, receive, without_body)
