"""`/api/v1/persistence`: which store the relay uses, and how it changes to another one."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from app.rest.auth import Changing, Reading
from app.rest.bodies import StrictRoute
from app.services.persistence import PersistenceService
from protocol.messages import Durability
from protocol.requests import Request
from protocol.text import CleanText


class StoreState(BaseModel):
    """The store of the day; `address` without its password, `pinned` when the environment decides.

    `size` is that of its files in bytes; null where there are none.
    """

    address: str
    durability: Durability
    epoch: str
    writable: bool
    pinned: bool
    size: int | None = None


class NewStore(Request):
    """Another store: `json:PATH`, `sqlite:PATH` or `postgresql://…`; `test` only tries it."""

    url: Annotated[CleanText, Field(min_length=1, max_length=2048)]
    test: bool = False


class PersistenceApi:
    """Persistence over REST; masters and wardens."""

    def __init__(self, *, persistence: PersistenceService) -> None:
        self._persistence = persistence
        self.router = APIRouter(prefix="/persistence", tags=["persistence"], route_class=StrictRoute)
        self.router.add_api_route("", self.show, methods=["GET"])
        self.router.add_api_route("", self.switch, methods=["PUT"])

    async def show(self, actor: Reading) -> StoreState:
        """Return the store of the day."""
        return StoreState(**asdict(self._persistence.show(actor)))

    async def switch(self, actor: Changing, body: NewStore) -> StoreState:
        """Carry everything over to another store and go on with it; offsets and epoch stay."""
        if body.test:
            await self._persistence.test(actor, body.url)
            return await self.show(actor)
        return StoreState(**asdict(await self._persistence.switch(actor, body.url)))
