"""`/api/v1/backup` and `/api/v1/import`: the whole store out, the predecessor's messages in."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.rest.auth import Changing, Reading
from app.rest.bodies import JsonLines, StrictRoute
from app.services.moving import MovingService, OldMessage
from protocol.requests import Request
from protocol.text import CleanText, MessageText, ShortText


class Old(BaseModel):
    """A message as the predecessor kept it; other fields of its are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    sender: Annotated[ShortText, Field(alias="from", min_length=1)]
    to: ShortText = "all"
    msg: MessageText
    ts: CleanText | Annotated[float, Field(strict=True)]


class OldMessages(Request):
    """Some of the predecessor's messages, oldest first."""

    messages: Annotated[list[Old], Field(max_length=500)]


class ImportDone(BaseModel):
    """How many were stored, and how many had been before."""

    stored: int
    repeated: int


class MovingApi:
    """Backup and import over REST; masters."""

    def __init__(self, *, moving: MovingService) -> None:
        self._moving = moving
        self.router = APIRouter(tags=["persistence"], route_class=StrictRoute)
        self.router.add_api_route(
            "/backup", self.backup, methods=["GET"], response_class=JsonLines, response_model=None
        )
        self.router.add_api_route("/import", self.take_in, methods=["POST"])

    async def backup(self, actor: Reading) -> JsonLines:
        """Stream everything as JSON lines; the last line proves that nothing is missing."""
        return JsonLines(await self._moving.backup(actor))

    async def take_in(self, actor: Changing, body: OldMessages) -> ImportDone:
        """Store messages of the predecessor with their own senders and times; again does nothing."""
        done = await self._moving.take_in(
            actor, [OldMessage(each.sender, each.to, each.msg, each.ts) for each in body.messages]
        )
        return ImportDone(stored=done.stored, repeated=done.repeated)
