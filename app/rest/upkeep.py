"""Upkeep over REST: what is kept, letting go of history, cutting links, beginning anew."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.rest.auth import Changing, Reading
from app.rest.bodies import StrictRoute
from app.services.upkeep import UpkeepService
from protocol.requests import Request


class Purge(Request):
    """Let go of messages older than so many days, of all rooms."""

    older_than_days: Annotated[float, Field(ge=1, le=36_500, allow_inf_nan=False)]


class Purged(BaseModel):
    """How many messages went."""

    messages: int


class Disconnected(BaseModel):
    """How many connections were closed."""

    connections: int


class StoreCounts(BaseModel):
    """How much is kept; messages include those of direct messages and inboxes."""

    messages: int
    rooms: int
    dms: int
    agents: int
    tasks: int
    audit_records: int


class UpkeepApi:
    """Upkeep; masters, and wardens where nothing changes."""

    def __init__(self, *, upkeep: UpkeepService) -> None:
        self._upkeep = upkeep
        self.router = APIRouter(tags=["relay"], route_class=StrictRoute)
        self.router.add_api_route("/persistence/counts", self.counts, methods=["GET"])
        self.router.add_api_route("/history/purge", self.purge, methods=["POST"])
        self.router.add_api_route("/agents/{agent_id}/disconnect", self.disconnect, methods=["POST"])
        self.router.add_api_route("/restart", self.restart, methods=["POST"], status_code=202)

    async def counts(self, actor: Reading) -> StoreCounts:
        """Count what is kept."""
        return StoreCounts(**asdict(await self._upkeep.counts(actor)))

    async def purge(self, actor: Changing, body: Purge) -> Purged:
        """Let go of old messages at once, whatever `keep_days` says (masters)."""
        return Purged(messages=await self._upkeep.purge(actor, body.older_than_days))

    async def disconnect(self, actor: Changing, agent_id: str) -> Disconnected:
        """Close an agent's connections; it may come back at once (masters)."""
        return Disconnected(connections=await self._upkeep.disconnect(actor, agent_id))

    async def restart(self, actor: Changing) -> None:
        """Start the relay anew; 409 when it would not come back at the same address (masters)."""
        await self._upkeep.restart(actor)
