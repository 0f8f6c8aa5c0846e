"""REST as it is counted: by the route's template, never by what a caller put into it."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.clock import Clock
from app.metrics import Metrics

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class MeasuredRest:
    """Counts requests and times them; a stream ends when its reader goes, and says nothing of our speed."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, clock: Clock) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request and note how it went."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = self._clock.monotonic()

        async def noted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note(scope, message["status"], self._clock.monotonic() - begun)
            await send(message)

        await self._app(scope, receive, noted)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.requests.labels(_template_of(scope), method, status).inc()
        self._metrics.request_seconds.observe(seconds)
        if status == 429:
            self._metrics.tally.limited["rest"] += 1


def _template_of(scope: Scope) -> str:
    # A route that was included under a prefix knows only its own part of the path.
    included = scope.get("fastapi", {}).get("effective_route_context")
    return getattr(included or scope.get("route"), "path", None) or "none"
