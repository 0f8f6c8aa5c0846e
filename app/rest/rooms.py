"""`/api/v1/rooms`: list, make, enter and leave rooms, and read what was said."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from app.actor import Actor
from app.rest.auth import Changing, Reading
from app.rest.bodies import StrictRoute, request_of
from app.rest.conditions import IfMatch, guard_of, tagged
from app.rest.pages import Linked, Page, Paged
from app.rest.waiting import MAX_WAIT, LongPolls
from app.services.chat import ChatService
from app.services.rooms import RoomService
from app.services.search import SearchService
from protocol.acks import History
from protocol.addressing import AgentId, RoomName
from protocol.errors import InvalidRequest
from protocol.messages import Message, Offset
from protocol.requests import MAX_PAGE, ChatHistory, Request, RoomCreate, RoomInvite, RoomKick, RoomUpdate
from protocol.rooms import Room, Topic, Visibility
from protocol.text import ShortText


class NewRoom(Request):
    """A room to make."""

    id: RoomName
    topic: Topic = ""
    visibility: Visibility = "public"
    members: list[AgentId] = []


class RoomChanges(Request):
    """What to change; what is not named stays. A room keeps its id whatever its title."""

    title: RoomName | None = None
    topic: Topic | None = None
    visibility: Visibility | None = None
    archived: bool | None = None


class Guest(Request):
    """Whom to let in, or to put out."""

    agent_id: AgentId


class HistoryPage(BaseModel):
    """One page of a room, oldest first."""

    items: list[Message]
    head: Offset
    oldest: Offset
    epoch: str
    more: bool


class Window(BaseModel):
    """Which page: at most one of before, after and around."""

    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50
    before: Annotated[int | None, Query(ge=0, le=2**53)] = None
    after: Annotated[int | None, Query(ge=0, le=2**53)] = None
    around: Annotated[int | None, Query(ge=0, le=2**53)] = None


class Waiting(Window):
    """Which page, and how long to wait until there is something on it."""

    wait: Annotated[
        float, Query(ge=0, le=MAX_WAIT, description="Seconds to wait if nothing stands `after` yet.")
    ] = 0.0


class Search(BaseModel):
    """What to look for, and below which offset."""

    q: Annotated[ShortText, Query(min_length=1, description="Words; a message must hold all of them.")]
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50
    before: Annotated[int | None, Query(ge=0, le=2**53, description="`next` of the call before.")] = None


class RoomsApi:
    """Rooms over REST."""

    def __init__(
        self, *, rooms: RoomService, chat: ChatService, search: SearchService, polls: LongPolls
    ) -> None:
        self._polls = polls
        self._rooms = rooms
        self._search = search
        self._chat = chat
        self.router = APIRouter(prefix="/rooms", tags=["rooms"], route_class=StrictRoute)
        self.router.add_api_route("", self.list, methods=["GET"])
        self.router.add_api_route("", self.create, methods=["POST"], status_code=201)
        self.router.add_api_route("/{room_id}", self.get, methods=["GET"])
        self.router.add_api_route("/{room_id}", self.change, methods=["PATCH"])
        self.router.add_api_route("/{room_id}", self.delete, methods=["DELETE"], status_code=204)
        self.router.add_api_route("/{room_id}/join", self.join, methods=["POST"])
        self.router.add_api_route("/{room_id}/leave", self.leave, methods=["POST"])
        self.router.add_api_route("/{room_id}/invite", self.invite, methods=["POST"])
        self.router.add_api_route("/{room_id}/kick", self.kick, methods=["POST"])
        self.router.add_api_route("/{room_id}/history", self.history, methods=["GET"])
        self.router.add_api_route("/{room_id}/search", self.search, methods=["GET"])

    async def list(self, actor: Reading, paging: Paged) -> Page[Room]:
        """List the rooms that the caller may see."""
        return paging.of(await self._rooms.listed(actor), lambda room: room.id)

    async def create(self, actor: Changing, body: NewRoom, response: Response) -> Room:
        """Make a room; its maker owns it."""
        request = request_of(
            RoomCreate, room=body.id, topic=body.topic, visibility=body.visibility, members=body.members
        )
        room = await self._rooms.create(actor, request)
        tagged(room, response)
        return room

    async def get(self, actor: Reading, room_id: str, response: Response) -> Room:
        """Return one room, with the `ETag` of what can be changed of it."""
        room = await self._rooms.read(actor, room_id)
        tagged(room, response)
        return room

    async def change(
        self,
        actor: Changing,
        room_id: str,
        body: RoomChanges,
        response: Response,
        if_match: IfMatch = None,
    ) -> Room:
        """Change title, topic, visibility or archive (owner, masters)."""
        request = request_of(RoomUpdate, room=room_id, **body.model_dump())
        room = await self._rooms.update(actor, request, guard_of(if_match))
        tagged(room, response)
        return room

    async def delete(self, actor: Changing, room_id: str, if_match: IfMatch = None) -> None:
        """Delete a room with all that was said in it (masters)."""
        await self._rooms.delete(actor, room_id, guard_of(if_match))

    async def join(self, actor: Changing, room_id: str) -> Room:
        """Become a member of a public room."""
        return await self._rooms.join(actor, room_id)

    async def leave(self, actor: Changing, room_id: str) -> Room:
        """Stop being a member."""
        return await self._rooms.leave(actor, room_id)

    async def invite(self, actor: Changing, room_id: str, body: Guest) -> Room:
        """Let an agent in."""
        return await self._rooms.invite(actor, request_of(RoomInvite, room=room_id, agent_id=body.agent_id))

    async def kick(self, actor: Changing, room_id: str, body: Guest) -> Room:
        """Put an agent out."""
        return await self._rooms.kick(actor, request_of(RoomKick, room=room_id, agent_id=body.agent_id))

    async def history(
        self, actor: Reading, room_id: str, window: Annotated[Waiting, Query()], links: Linked
    ) -> HistoryPage:
        """Read one page of a room; at most one of before, after and around.

        With `after` and `wait` it answers as soon as something is said, or with an empty page.
        """
        request = request_of(ChatHistory, room=room_id, **window.model_dump(exclude={"wait"}))
        page = await self._awaited(actor, request, window.wait)
        if page.messages and page.messages[0].offset > page.oldest:
            links.to("prev", before=page.messages[0].offset, after=None, around=None)
        if page.messages and page.messages[-1].offset < page.head:
            links.to("next", after=page.messages[-1].offset, before=None, around=None)
        return HistoryPage(
            items=page.messages, head=page.head, oldest=page.oldest, epoch=page.epoch, more=page.more
        )

    async def _awaited(self, actor: Actor, request: ChatHistory, wait: float) -> History:
        if not wait:
            return await self._chat.history(actor, request)
        if request.after is None:
            raise InvalidRequest("waiting needs `after`", field="wait")
        return await self._polls.until(
            lambda page: bool(page.messages),
            lambda: self._chat.history(actor, request),
            actor=actor,
            room=request.room,
            wait=wait,
        )

    async def search(
        self, actor: Reading, room_id: str, look: Annotated[Search, Query()], links: Linked
    ) -> Page[Message]:
        """Find what was said in a room, newest first; a page may be empty and still have a `next`."""
        found = await self._search.search(actor, room_id, look.q, before=look.before, limit=look.limit)
        if found.next is not None:
            links.to("next", before=found.next)
        return Page(items=found.messages, next=None if found.next is None else str(found.next))
