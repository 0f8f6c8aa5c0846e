"""`/api/v1/logs`: what the relay has logged of late."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from app.rest.auth import Reading
from app.rest.pages import Page
from app.services.recent_logs import RecentLogService
from protocol.text import ShortText


class LogsApi:
    """The newest lines of the relay's log over REST; masters and wardens."""

    def __init__(self, *, logs: RecentLogService) -> None:
        self._logs = logs
        self.router = APIRouter(tags=["logs"])
        self.router.add_api_route("/logs", self.list, methods=["GET"])

    async def list(
        self,
        actor: Reading,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
        search: ShortText = "",
    ) -> Page[dict[str, Any]]:
        """List the newest records that hold a word, oldest first."""
        return Page(items=self._logs.records(actor, limit=limit, search=search))
