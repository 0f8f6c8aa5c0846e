"""How often one address may call REST, counted before anything else: with or without a token, 404s included.

slowapi's decorators count matched routes only, and not at all when they stand above the route's own decorator
(reliability, section 5). So its limiter is asked here, once for every request.
"""

from math import ceil

from limits import RateLimitItem, parse
from slowapi import Limiter
from slowapi.util import get_remote_address
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.clock import Clock
from app.rest.problems import problem_of
from app.rest.windows import SCHEME
from protocol.errors import RateLimited


class AddressThrottle:
    """Answers 429 with `Retry-After` and `RateLimit` headers when an address has used up its share."""

    def __init__(self, app: ASGIApp, *, limit: str, clock: Clock) -> None:
        self._app = app
        self._clock = clock
        self._item: RateLimitItem = parse(limit)
        self._limiter = Limiter(
            key_func=get_remote_address,
            strategy="fixed-window",
            storage_uri=f"{SCHEME}://",
            storage_options={"clock": clock},  # type: ignore[dict-item]  # it takes options of any type
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count the request and pass it on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        address = scope["client"][0] if scope.get("client") else "unknown"
        may_pass = self._limiter.limiter.hit(self._item, address)
        headers = self._headers(address, may_pass=may_pass)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(headers)
            await send(message)

        if may_pass:
            await self._app(scope, receive, send_with_headers)
            return
        wait = float(headers["RateLimit-Reset"])
        refusal = RateLimited("too many requests from this address", retry_after=wait)
        await problem_of(refusal)(scope, receive, send_with_headers)

    def _headers(self, address: str, *, may_pass: bool) -> dict[str, str]:
        stats = self._limiter.limiter.get_window_stats(self._item, address)
        reset = max(0, ceil(stats.reset_time - self._clock.monotonic()))
        return {
            "RateLimit-Limit": str(self._item.amount),
            # A refusal may look at the window that has just begun, and must not promise what it refused.
            "RateLimit-Remaining": str(stats.remaining if may_pass else 0),
            "RateLimit-Reset": str(reset),
        }
