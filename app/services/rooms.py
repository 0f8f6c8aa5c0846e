"""Rooms: what there is, who is in, and who may see it. What one may not see does not exist for one."""

import asyncio
from collections.abc import Iterable

from app.actor import Actor
from app.clock import Clock, stamp
from app.events import Fact, RoomChanged, RoomJoined, RoomLeft, RoomOpened
from app.journal import Journal
from app.services.identity import IdentityService
from protocol.addressing import GLOBAL, RoomKind, dm_room, inbox_room, kind_of, parties_of
from protocol.errors import Conflict, Forbidden, InvalidRequest, NotFound, RoomExists
from protocol.requests import RoomCreate, RoomInvite, RoomKick, RoomUpdate
from protocol.roles import Role
from protocol.rooms import Room
from storage.ports import CreateRoom, Directory, Log, MoveCursor, SaveRoom

MAX_ROOMS = 10_000
MAX_OWNED = 64
MAX_MEMBERS = 1_000


class RoomService:
    """Keeps the rooms and answers who may see, enter and change them."""

    def __init__(self, *, identity: IdentityService, journal: Journal, log: Log, clock: Clock) -> None:
        self._identity = identity
        self._journal = journal
        self._log = log
        self._clock = clock
        self._rooms: dict[str, Room] = {}
        self._of_agent: dict[str, set[str]] = {}
        # Changes of rooms read, decide and write; one at a time, or two joins would undo each other.
        self._changing = asyncio.Lock()

    async def load(self, directory: Directory) -> None:
        """Take up what the store knows and open the global room if need be."""
        for room in await directory.rooms():
            self._learn(room)
        if GLOBAL not in self._rooms:
            room = Room(id=GLOBAL, kind=RoomKind.GLOBAL, title=GLOBAL, created_at=self._now())
            await self._open(room)

    def apply(self, fact: Fact) -> None:
        """Follow what the journal published."""
        match fact:
            case RoomOpened(room) | RoomJoined(room) | RoomChanged(room):
                self._learn(room)
            case RoomLeft(room, agent_id):
                self._learn(room)
                self._of_agent.get(agent_id, set()).discard(room.id)
            case _:
                pass

    def of_agent(self, agent_id: str) -> list[Room]:
        """List the rooms that an agent is in: global, its own, its DMs and its inbox."""
        inbox = Room(
            id=inbox_room(agent_id), kind=RoomKind.INBOX, title="inbox", members=[agent_id], created_at=""
        )
        joined = sorted(self._of_agent.get(agent_id, ()))
        return [self._rooms[GLOBAL], *(self._rooms[room_id] for room_id in joined), inbox]

    def visible_to(self, actor: Actor) -> list[Room]:
        """List what an actor may see, global first: public rooms, its private ones, its DMs."""
        rooms = [room for room in self._rooms.values() if self._is_visible(actor, room)]
        rooms.sort(key=lambda room: (room.kind is not RoomKind.GLOBAL, room.kind, room.id))
        return [self.view(room) for room in rooms]

    def see(self, actor: Actor, room_id: str) -> Room:
        """Return a room with its head and members.

        Raises:
            NotFound: it does not exist, or not for this actor; both read the same.
        """
        return self.view(self._visible(actor, room_id))

    def posting(self, actor: Actor, room_id: str) -> Room:
        """Return the room that an actor is about to write in.

        Raises:
            NotFound: as for `see`. Forbidden: not a member, or the room is archived.
        """
        room = self._visible(actor, room_id)
        if room.archived:
            raise Forbidden("this room is archived", field="room")
        if room.kind is not RoomKind.GLOBAL and actor.agent_id not in room.members:
            raise Forbidden("join the room first", field="room")
        return room

    def is_member(self, agent_id: str, room_id: str) -> bool:
        """Tell whether an agent is in a room."""
        return room_id == GLOBAL or room_id in self._of_agent.get(agent_id, ())

    def readers(self, room_id: str) -> Iterable[str]:
        """Return the ids of all who hear what is said in a room."""
        if room_id == GLOBAL:
            return self._identity.ids()
        room = self._rooms.get(room_id)
        return room.members if room else ()

    def view(self, room: Room) -> Room:
        """Fill in what changes with every message: head, oldest, and who is in global."""
        bounds = self._log.bounds(room.id)
        update: dict[str, object] = {"head": bounds.head, "oldest": bounds.oldest}
        if room.kind is RoomKind.GLOBAL:
            update["members"] = self._identity.ids()
        return room.model_copy(update=update)

    async def create(self, actor: Actor, request: RoomCreate) -> Room:
        """Make a room; its maker owns it.

        Raises:
            RoomExists: the name is in use. NotFound: a member is unknown. Conflict: too many rooms.
        """
        async with self._changing:
            if request.room == GLOBAL or request.room in self._rooms:
                raise RoomExists("a room of this name exists", field="room")
            self._check_quota(actor)
            members = list(dict.fromkeys([actor.agent_id, *request.members]))
            for agent_id in members:
                self._identity.agent(agent_id)
            room = Room(
                id=request.room,
                kind=RoomKind.ROOM,
                title=request.room,
                topic=request.topic,
                visibility=request.visibility,
                owner=actor.agent_id,
                members=members,
                created_at=self._now(),
            )
            await self._open(room)
        return self.view(room)

    async def direct(self, actor: Actor, peer_id: str) -> Room:
        """Return the room of two agents, opened on first use.

        Raises:
            NotFound: no such agent. InvalidRequest: it is the actor itself.
        """
        room_id = dm_room(actor.agent_id, self._identity.agent(peer_id).id)
        async with self._changing:
            if room_id not in self._rooms:
                await self._open(self._dm(room_id))
        return self._rooms[room_id]

    async def join(self, actor: Actor, room_id: str) -> Room:
        """Make the actor a member of a public room.

        Raises:
            NotFound: no such room, or a private one. Forbidden: archived, or not for joining.
        """
        async with self._changing:
            room = self._visible(actor, room_id)
            if not self.is_member(actor.agent_id, room_id):
                room = await self._admit(room, actor.agent_id)
        return self.view(room)

    async def leave(self, actor: Actor, room_id: str) -> Room:
        """Take the actor out; an owner who leaves hands the room to its longest-standing member.

        Raises:
            NotFound: no such room for this actor. Forbidden: the room can't be left.
        """
        async with self._changing:
            room = self._visible(actor, room_id)
            if room.kind is not RoomKind.ROOM:
                raise Forbidden("this room can't be left", field="room")
            if actor.agent_id in room.members:
                room = await self._dismiss(room, actor.agent_id)
        return self.view(room)

    async def invite(self, actor: Actor, request: RoomInvite) -> Room:
        """Let another agent in; members may.

        Raises:
            NotFound: no such room or agent. Forbidden: not a member.
        """
        async with self._changing:
            room = self.posting(actor, request.room)
            self._identity.agent(request.agent_id)
            if not self.is_member(request.agent_id, room.id):
                room = await self._admit(room, request.agent_id)
        return self.view(room)

    async def kick(self, actor: Actor, request: RoomKick) -> Room:
        """Put an agent out; owner and masters may.

        Raises:
            NotFound: no such room, or the agent is not in it. Forbidden: neither owner nor master.
        """
        async with self._changing:
            room = self._managed(actor, request.room)
            if request.agent_id not in room.members:
                raise NotFound("not a member", field="agent_id")
            room = await self._dismiss(room, request.agent_id)
        return self.view(room)

    async def update(self, actor: Actor, request: RoomUpdate) -> Room:
        """Change topic, visibility or archive; owner and masters may.

        Raises:
            NotFound: no such room. Forbidden: neither owner nor master.
        """
        async with self._changing:
            changes = request.model_dump(exclude={"room"}, exclude_none=True)
            room = self._managed(actor, request.room).model_copy(update=changes)
            await self._journal.write(SaveRoom(room), facts=lambda _: (RoomChanged(room),))
        return self.view(room)

    def _visible(self, actor: Actor, room_id: str) -> Room:
        room = self._rooms.get(room_id) or self._unopened_dm(actor, room_id)
        if room is None or not self._is_visible(actor, room):
            raise NotFound("no such room", field="room")
        return room

    def _is_visible(self, actor: Actor, room: Room) -> bool:
        if room.kind is RoomKind.GLOBAL or actor.agent_id in room.members:
            return True
        return room.kind is RoomKind.ROOM and room.visibility == "public"

    def _unopened_dm(self, actor: Actor, room_id: str) -> Room | None:
        try:
            is_dm = kind_of(room_id) is RoomKind.DM
        except InvalidRequest:
            return None
        parties = parties_of(room_id)
        known = is_dm and actor.agent_id in parties and all(map(self._identity.knows, parties))
        return self._dm(room_id) if known else None

    def _dm(self, room_id: str) -> Room:
        members = sorted(parties_of(room_id))
        return Room(
            id=room_id,
            kind=RoomKind.DM,
            title=room_id,
            visibility="private",
            members=members,
            created_at=self._now(),
        )

    def _managed(self, actor: Actor, room_id: str) -> Room:
        room = self._visible(actor, room_id)
        may = actor.role is Role.MASTER or room.owner == actor.agent_id
        if room.kind is not RoomKind.ROOM or not may:
            raise Forbidden("only its owner and masters manage a room", field="room")
        return room

    def _check_quota(self, actor: Actor) -> None:
        owned = sum(room.owner == actor.agent_id for room in self._rooms.values())
        if len(self._rooms) >= MAX_ROOMS or owned >= MAX_OWNED:
            raise Conflict("too many rooms", field="room")

    async def _open(self, room: Room) -> None:
        cursors = [MoveCursor(agent_id, room.id, 0) for agent_id in room.members]
        await self._journal.write(CreateRoom(room), *cursors, facts=lambda _: (RoomOpened(room),))

    async def _admit(self, room: Room, agent_id: str) -> Room:
        if room.kind is not RoomKind.ROOM:
            raise Forbidden("nobody joins this room", field="room")
        if room.archived:
            raise Forbidden("this room is archived", field="room")
        if len(room.members) >= MAX_MEMBERS:
            raise Conflict("the room is full", field="room")
        after = room.model_copy(update={"members": [*room.members, agent_id]})
        after = after.model_copy(update={"head": self._log.bounds(room.id).head})
        cursor = MoveCursor(agent_id, room.id, after.head)
        await self._journal.write(SaveRoom(after), cursor, facts=lambda _: (RoomJoined(after, agent_id),))
        return after

    async def _dismiss(self, room: Room, agent_id: str) -> Room:
        members = [member for member in room.members if member != agent_id]
        owner = room.owner
        if owner == agent_id:
            owner = members[0] if members else None
        after = room.model_copy(update={"members": members, "owner": owner})
        await self._journal.write(SaveRoom(after), facts=lambda _: (RoomLeft(after, agent_id),))
        return after

    def _learn(self, room: Room) -> None:
        self._rooms[room.id] = room
        if room.kind is not RoomKind.GLOBAL:
            for agent_id in room.members:
                self._of_agent.setdefault(agent_id, set()).add(room.id)

    def _now(self) -> str:
        return stamp(self._clock.now())
