"""`/api/v1/commands`, `/paused` and telemetry: what can be typed, who must not act, how agents are."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.coordination import Coordination
from app.rest.auth import Changing, Reading
from app.rest.bodies import StrictRoute
from app.rest.pages import Page
from app.services.permissions import Operation, check
from app.services.telemetry import Telemetry
from protocol.acks import CommandInfo
from protocol.requests import Request
from protocol.text import CleanText, ShortText


class SavedLine(Request):
    """A command line to keep."""

    line: Annotated[CleanText, Field(min_length=2)]


class Pausing(Request):
    """Why."""

    reason: ShortText = ""


class Paused(BaseModel):
    """Who must not act, and why; `@all` stands for every worker."""

    agent_id: str
    reason: str


class CommandsApi:
    """Commands and the kill switch over REST."""

    def __init__(self, *, work: Coordination) -> None:
        self._work = work
        self.router = APIRouter(tags=["commands"], route_class=StrictRoute)
        self.router.add_api_route("/commands", self.list, methods=["GET"])
        self.router.add_api_route("/commands/{name}", self.save, methods=["PUT"], status_code=204)
        self.router.add_api_route("/commands/{name}", self.forget, methods=["DELETE"], status_code=204)
        self.router.add_api_route("/agents/{agent_id}/telemetry", self.telemetry, methods=["GET"])
        self.router.add_api_route("/paused", self.paused, methods=["GET"])
        self.router.add_api_route("/paused/{who}", self.pause, methods=["PUT"])
        self.router.add_api_route("/paused/{who}", self.resume, methods=["DELETE"], status_code=204)

    async def list(self, actor: Reading) -> Page[CommandInfo]:
        """List slash commands with arguments, help and risk; saved ones are in the category Saved."""
        return Page(items=self._work.slash.commands(actor))

    async def save(self, actor: Changing, name: str, body: SavedLine) -> None:
        """Keep a command line under a name (masters)."""
        await self._work.saved.save(actor, name.lower(), body.line)

    async def forget(self, actor: Changing, name: str) -> None:
        """Forget a saved command (masters)."""
        await self._work.saved.forget(actor, name.lower())

    async def telemetry(self, actor: Reading, agent_id: str) -> Telemetry:
        """Return what an agent reports of itself, taken as a claim (its own; masters and wardens any)."""
        return self._work.telemetry.of(actor, agent_id)

    async def paused(self, actor: Reading) -> Page[Paused]:
        """List who is paused."""
        check(actor, Operation.AGENT_LIST)
        items = [Paused(agent_id=who, reason=why) for who, why in self._work.pausing.paused().items()]
        return Page(items=items)

    async def pause(self, actor: Changing, who: str, body: Pausing | None = None) -> Page[str]:
        """Stop an agent, or with `@all` every worker, and ask for an end of its tasks (masters)."""
        return Page(items=await self._work.halting.pause(actor, who, body.reason if body else ""))

    async def resume(self, actor: Changing, who: str) -> None:
        """Let an agent, or with `@all` everybody, act again (masters)."""
        await self._work.pausing.resume(actor, who)
