"""`/api/v1/settings` and `/api/v1/info`: how the relay is set, and what it is."""

import hashlib
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from app.clock import Clock
from app.rest import conditions
from app.rest.auth import Changing, Reading
from app.rest.bodies import StrictRoute
from app.rest.conditions import IfMatch
from app.rest.pages import Page
from app.services.chat import ChatService
from app.services.runtime_settings import RuntimeSettings, SettingView
from protocol.messages import Durability
from protocol.requests import MAX_PAGE, Request
from protocol.text import MAX_PAYLOAD, MAX_TEXT, CleanText

Line = Annotated[CleanText, Field(min_length=1, max_length=256)]
Lines = Annotated[list[Line], Field(max_length=100)]


class Setting(BaseModel):
    """A setting; `value` of a secret is `***`, and null when it is not set."""

    name: str
    variable: str
    value: Any
    description: str
    changeable: bool
    changed: bool


class Changes(Request):
    """All that is to differ from the environment; what is not named has its value from there."""

    rate_chat: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] | None = None
    rate_chat_burst: Annotated[int, Field(ge=1, le=10**6)] | None = None
    rate_events: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] | None = None
    rate_events_burst: Annotated[int, Field(ge=1, le=10**6)] | None = None
    worker_risk: Annotated[int, Field(ge=-1, le=2)] | None = None
    deny_commands: Lines | None = None
    risky_commands: Lines | None = None
    loop_limit: Annotated[int, Field(ge=0, le=10**6)] | None = None
    keep_days: Annotated[float, Field(gt=0, le=36_500, allow_inf_nan=False)] | None = None
    allow_joins: Lines | None = None
    block_joins: Lines | None = None


class Info(BaseModel):
    """What relay this is; the `epoch` changes when its history was lost."""

    name: str = "ClawNet"
    version: str
    protocols: list[int] = [1, 2]
    epoch: str
    durability: Durability
    server_time: str
    max_text: int = MAX_TEXT
    max_payload: int = MAX_PAYLOAD
    max_page: int = MAX_PAGE


class SettingsApi:
    """Settings and info over REST."""

    def __init__(self, *, settings: RuntimeSettings, chat: ChatService, clock: Clock, version: str) -> None:
        self._settings = settings
        self._chat = chat
        self._clock = clock
        self._version = version
        self.router = APIRouter(tags=["relay"], route_class=StrictRoute)
        self.router.add_api_route("/settings", self.list, methods=["GET"])
        self.router.add_api_route("/settings", self.replace, methods=["PUT"])
        self.router.add_api_route("/info", self.info, methods=["GET"])

    async def list(self, actor: Reading, response: Response) -> Page[Setting]:
        """List all settings, with the `ETag` of their values (masters)."""
        return _page(self._settings.all(actor), response)

    async def replace(
        self, actor: Changing, body: Changes, response: Response, if_match: IfMatch = None
    ) -> Page[Setting]:
        """Set what differs from the environment, at once and lasting (masters)."""
        given = body.model_dump(exclude_none=True)
        changed = await self._settings.replace(
            actor, given, lambda before: conditions.check_tag(_tag(before), if_match)
        )
        return _page(changed, response)

    async def info(self, _: Reading) -> Info:
        """Say what relay this is."""
        return Info(
            version=self._version,
            epoch=self._chat.epoch,
            durability=self._chat.durability,
            server_time=self._clock.stamp(),
        )


def _page(settings: list[SettingView], response: Response) -> Page[Setting]:
    response.headers["ETag"] = _tag(settings)
    return Page(items=[Setting(**asdict(each)) for each in settings])


def _tag(settings: list[SettingView]) -> str:
    values = repr([(each.name, each.value) for each in settings])
    return f'"{hashlib.sha256(values.encode()).hexdigest()[:16]}"'
