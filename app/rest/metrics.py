"""`/metrics`: the instruments as Prometheus reads them; masters and wardens, by their token."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from app.metrics import MEDIA_TYPE
from app.rest.auth import Reading
from app.services.permissions import Operation, check


class MetricsApi:
    """The instruments over HTTP."""

    def __init__(self, *, text: Callable[[], Awaitable[bytes]]) -> None:
        self._text = text
        self.router = APIRouter(tags=["relay"])
        self.router.add_api_route("/metrics", self.show, methods=["GET"], response_class=PlainTextResponse)

    async def show(self, actor: Reading) -> Response:
        """Return all instruments in the text format of Prometheus (masters, wardens)."""
        check(actor, Operation.METRICS_READ)
        return Response(await self._text(), headers={"Content-Type": MEDIA_TYPE})
