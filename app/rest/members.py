"""`/api/v1/rooms/{room}/members` and `/api/v1/dms`: who is in a room, and the rooms of two."""

from fastapi import APIRouter
from pydantic import BaseModel

from app.actor import Actor
from app.rest.auth import Changing, Reading
from app.rest.bodies import StrictRoute, request_of
from app.rest.pages import Page, Paged
from app.services.identity import IdentityService
from app.services.presence import PresenceService
from app.services.rooms import RoomService
from protocol.addressing import AgentId, RoomKind, dm_room
from protocol.agents import Status
from protocol.requests import Request, RoomInvite, RoomKick
from protocol.roles import Role
from protocol.rooms import Room


class Member(BaseModel):
    """Somebody in a room."""

    agent_id: str
    handle: str
    role: Role
    status: Status
    owner: bool


class Invitation(Request):
    """Whom to invite."""

    agent_id: AgentId


class DirectRoom(BaseModel):
    """A room of two: the other one, and the room."""

    agent_id: str
    handle: str
    room: Room


class MembersApi:
    """Members and DMs over REST."""

    def __init__(self, *, rooms: RoomService, identity: IdentityService, presence: PresenceService) -> None:
        self._rooms = rooms
        self._identity = identity
        self._presence = presence
        self.router = APIRouter(tags=["rooms"], route_class=StrictRoute)
        self.router.add_api_route("/rooms/{room_id}/members", self.members, methods=["GET"])
        self.router.add_api_route("/rooms/{room_id}/members/{agent_id}", self.admit, methods=["PUT"])
        self.router.add_api_route(
            "/rooms/{room_id}/invitations", self.invite, methods=["POST"], status_code=201
        )
        self.router.add_api_route("/rooms/{room_id}/members/{agent_id}", self.kick, methods=["DELETE"])
        self.router.add_api_route("/dms", self.dms, methods=["GET"])
        self.router.add_api_route("/dms/{who}", self.dm, methods=["GET"])

    async def members(self, actor: Reading, room_id: str, paging: Paged) -> Page[Member]:
        """List who is in a room, in the order of joining."""
        room = await self._rooms.read(actor, room_id)
        there = {presence.agent_id: presence for presence in self._presence.everyone()}
        members = [
            Member(
                agent_id=agent_id,
                handle=there[agent_id].handle,
                role=there[agent_id].role,
                status=there[agent_id].status,
                owner=room.owner == agent_id,
            )
            for agent_id in room.members
            if agent_id in there
        ]
        return paging.of(members, lambda member: member.agent_id)

    async def admit(self, actor: Changing, room_id: str, agent_id: AgentId) -> Room:
        """Let an agent in (members); nothing changes if it is in already."""
        return await self._rooms.invite(actor, request_of(RoomInvite, room=room_id, agent_id=agent_id))

    async def invite(self, actor: Changing, room_id: str, body: Invitation) -> Room:
        """Invite an agent (members): it is in at once, and may leave."""
        return await self.admit(actor, room_id, body.agent_id)

    async def kick(self, actor: Changing, room_id: str, agent_id: AgentId) -> Room:
        """Put an agent out (owner, masters)."""
        return await self._rooms.kick(actor, request_of(RoomKick, room=room_id, agent_id=agent_id))

    async def dms(self, actor: Reading, paging: Paged) -> Page[DirectRoom]:
        """List the caller's rooms of two in which something was said."""
        mine = self._rooms.of_agent(actor.agent_id)
        rooms = [self._rooms.view(room) for room in mine if room.kind is RoomKind.DM]
        return paging.of([self._direct(actor, room) for room in rooms], lambda each: each.agent_id)

    async def dm(self, actor: Reading, who: str) -> DirectRoom:
        """Return the caller's room with an agent, by id or `@handle`; it need not have been used."""
        room_id = dm_room(actor.agent_id, self._identity.find(who).id)
        return self._direct(actor, self._rooms.see(actor, room_id))

    def _direct(self, actor: Actor, room: Room) -> DirectRoom:
        peer = next(member for member in room.members if member != actor.agent_id)
        return DirectRoom(agent_id=peer, handle=self._identity.agent(peer).handle, room=room)
