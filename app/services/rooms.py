"""Rooms: what there is, who is in, and who may see it. What one may not see does not exist for one."""

import asyncio
from collections.abc import Iterable

from app.actor import Actor
from app.clock import Clock
from app.events import Fact, RoomChanged, RoomDeleted, RoomJoined, RoomLeft, RoomOpened
from app.journal import Journal
from app.services import room_shapes as shapes
from app.services.audit import AuditService
from app.services.identity import IdentityService
from app.services.permissions import Operation, Standing, check, is_allowed
from app.services.standings import SHUT_WHEN_ARCHIVED, named, standing_in
from protocol.addressing import GLOBAL, RoomKind, dm_room
from protocol.errors import Conflict, Forbidden, NotFound
from protocol.requests import RoomCreate, RoomInvite, RoomKick, RoomUpdate
from protocol.rooms import Room
from storage.ports import AppendAudit, CreateRoom, DeleteRoom, Directory, Log, MoveCursor, SaveRoom

MAX_ROOMS = 10_000
MAX_OWNED = 64
MAX_MEMBERS = 1_000


class RoomService:
    """Keeps the rooms and answers who may see, enter and change them."""

    def __init__(
        self, *, identity: IdentityService, journal: Journal, log: Log, clock: Clock, audit: AuditService
    ) -> None:
        self._identity = identity
        self._audit = audit
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
            case RoomDeleted(room):
                self._forget(room)
            case _:
                pass

    def of_agent(self, agent_id: str) -> list[Room]:
        """List the rooms that an agent is in: global, its own, its DMs and its inbox."""
        joined = sorted(self._of_agent.get(agent_id, ()))
        return [self._rooms[GLOBAL], *(self._rooms[room_id] for room_id in joined), shapes.inbox_of(agent_id)]

    def visible_to(self, actor: Actor) -> list[Room]:
        """List what an actor may see, global first: public rooms, its private ones, its DMs."""
        check(actor, Operation.ROOM_LIST)
        rooms = [room for room in self._rooms.values() if self.may_see(actor, room)]
        rooms.sort(key=lambda room: (room.kind is not RoomKind.GLOBAL, room.kind, room.id))
        return [self.view(room) for room in rooms]

    def see(self, actor: Actor, room_id: str) -> Room:
        """Return a room with its head and members.

        Raises:
            NotFound: it does not exist, or not for this actor; both read the same.
        """
        return self.view(self.permitted(actor, Operation.ROOM_SEE, room_id))

    async def listed(self, actor: Actor) -> list[Room]:
        """List the rooms for somebody who asks; a warden's look is recorded."""
        rooms = self.visible_to(actor)
        await self._audit.note_read(actor, "room.list", rooms=len(rooms))
        return rooms

    async def read(self, actor: Actor, room_id: str) -> Room:
        """Return a room to somebody who asks; a warden's look is recorded.

        Raises:
            NotFound: it does not exist, or not for this actor; both read the same.
        """
        room = self.see(actor, room_id)
        await self._audit.note_read(actor, "room.read", room.id)
        return room

    def permitted(self, actor: Actor, operation: Operation, room_id: str) -> Room:
        """Return a room in which an actor may do this.

        Raises:
            NotFound: it does not exist, or not for this actor; both read the same.
            Forbidden: not with this role or standing, or the room is archived.
        """
        room = self._rooms.get(room_id) or shapes.unopened_dm(room_id, self._identity.knows, self._now())
        standing = standing_in(actor, room) if room else Standing.OUTSIDER
        check(actor, operation, standing)
        if room is None:
            raise NotFound("no such room", field="room")
        if room.archived and operation in SHUT_WHEN_ARCHIVED:
            raise Forbidden("this room is archived", field="room")
        return room

    def room(self, room_id: str) -> Room | None:
        """Return a room as it is, whoever may see it."""
        return self._rooms.get(room_id)

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
        members = self._identity.ids() if room.kind is RoomKind.GLOBAL else room.members
        return room.model_copy(update={"head": bounds.head, "oldest": bounds.oldest, "members": members})

    async def create(self, actor: Actor, request: RoomCreate) -> Room:
        """Make a room; its maker owns it. The id of a private one is random and tells nothing.

        Raises:
            RoomExists: the name is in use. NotFound: a member is unknown. Conflict: too many rooms.
        """
        check(actor, Operation.ROOM_CREATE)
        async with self._changing:
            room = self._new_room(actor, request)
            await self._open(room, self._audit.op(actor, "room.create", room.id, visibility=room.visibility))
        return self.view(room)

    async def direct(self, actor: Actor, peer_id: str) -> Room:
        """Return the room of two agents, opened on first use.

        Raises:
            NotFound: no such agent. InvalidRequest: it is the actor itself.
        """
        room_id = dm_room(actor.agent_id, self._identity.agent(peer_id).id)
        async with self._changing:
            if room_id not in self._rooms:
                await self._open(
                    shapes.direct_room(room_id, self._now()), self._audit.op(actor, "room.create", room_id)
                )
        return self._rooms[room_id]

    async def join(self, actor: Actor, room_id: str) -> Room:
        """Make the actor a member of a public room.

        Raises:
            NotFound: no such room, or a private one. Forbidden: archived, or not for joining.
        """
        async with self._changing:
            room = self.permitted(actor, Operation.ROOM_JOIN, room_id)
            if not self.is_member(actor.agent_id, room_id):
                room = await self._admit(actor, room, actor.agent_id, "room.join")
        return self.view(room)

    async def leave(self, actor: Actor, room_id: str) -> Room:
        """Take the actor out; an owner who leaves hands the room to its longest-standing member.

        Raises:
            NotFound: no such room. Forbidden: the room can't be left.
        """
        async with self._changing:
            room = named(self.permitted(actor, Operation.ROOM_LEAVE, room_id))
            if actor.agent_id in room.members:
                room = await self._dismiss(actor, room, actor.agent_id, "room.leave")
        return self.view(room)

    async def invite(self, actor: Actor, request: RoomInvite) -> Room:
        """Let another agent in; members may.

        Raises:
            NotFound: no such room or agent. Forbidden: not a member.
        """
        async with self._changing:
            room = self.permitted(actor, Operation.ROOM_INVITE, request.room)
            self._identity.agent(request.agent_id)
            if not self.is_member(request.agent_id, room.id):
                room = await self._admit(actor, room, request.agent_id, "room.invite")
        return self.view(room)

    async def kick(self, actor: Actor, request: RoomKick) -> Room:
        """Put an agent out; owner and masters may.

        Raises:
            NotFound: no such room, or the agent is not in it. Forbidden: neither owner nor master.
        """
        async with self._changing:
            room = named(self.permitted(actor, Operation.ROOM_KICK, request.room))
            if request.agent_id not in room.members:
                raise NotFound("not a member", field="agent_id")
            room = await self._dismiss(actor, room, request.agent_id, "room.kick")
        return self.view(room)

    async def update(self, actor: Actor, request: RoomUpdate, guard: shapes.Guard = shapes.unguarded) -> Room:
        """Change title, topic, visibility or archive; owner and masters may, if `guard` does not raise.

        Raises:
            NotFound: no such room. Forbidden: neither owner nor master. RoomExists: the title is in use.
        """
        async with self._changing:
            changes = request.model_dump(exclude={"room"}, exclude_none=True)
            # What makes a room archived must also be able to open it again.
            room = named(self.permitted(actor, Operation.ROOM_UPDATE, request.room))
            guard(room)
            told = shapes.renaming(room, request.title, self._rooms.values())
            room = room.model_copy(update=changes)
            record = self._audit.op(actor, "room.update", room.id, changed=" ".join(sorted(changes)), **told)
            await self._journal.write(SaveRoom(room), record, facts=lambda _: (RoomChanged(room),))
        return self.view(room)

    async def delete(self, actor: Actor, room_id: str, guard: shapes.Guard = shapes.unguarded) -> None:
        """Delete a room with all that was said in it; masters may.

        Raises:
            NotFound: no such room. Forbidden: no master, or not a room that people made.
        """
        async with self._changing:
            room = named(self.permitted(actor, Operation.ROOM_DELETE, room_id))
            guard(room)
            bounds = self._log.bounds(room.id)
            record = self._audit.op(actor, "room.delete", room.id, messages=bounds.head - bounds.oldest + 1)
            await self._journal.write(DeleteRoom(room.id), record, facts=lambda _: (RoomDeleted(room),))

    def may_see(self, actor: Actor, room: Room | None) -> bool:
        """Tell whether an actor may see a room; nobody sees one that is gone."""
        return room is not None and is_allowed(actor.role, Operation.ROOM_SEE, standing_in(actor, room))

    def _new_room(self, actor: Actor, request: RoomCreate) -> Room:
        room_id = request.room
        if request.visibility == "private":
            room_id = f"p-{self._clock.new_id()[:20]}"
        else:
            shapes.check_free(room_id, self._rooms.values(), field="room")
        self._check_quota(actor)
        members = list(dict.fromkeys([actor.agent_id, *request.members]))
        for agent_id in members:
            self._identity.agent(agent_id)
        return shapes.new_room(room_id, request, members, self._now())

    def _check_quota(self, actor: Actor) -> None:
        # DMs are not counted: there are no more of them than pairs of agents.
        made = [room for room in self._rooms.values() if room.kind is RoomKind.ROOM]
        if len(made) >= MAX_ROOMS or sum(room.owner == actor.agent_id for room in made) >= MAX_OWNED:
            raise Conflict("too many rooms", field="room")

    async def _open(self, room: Room, *beside: AppendAudit) -> None:
        head = self._log.bounds(room.id).head  # not 0 when a room of this name was deleted
        room = room.model_copy(update={"head": head})
        cursors = [MoveCursor(agent_id, room.id, head) for agent_id in room.members]
        await self._journal.write(CreateRoom(room), *cursors, *beside, facts=lambda _: (RoomOpened(room),))

    async def _admit(self, actor: Actor, room: Room, agent_id: str, action: str) -> Room:
        named(room)
        if len(room.members) >= MAX_MEMBERS:
            raise Conflict("the room is full", field="room")
        changes = {"members": [*room.members, agent_id], "head": self._log.bounds(room.id).head}
        after = room.model_copy(update=changes)
        cursor = MoveCursor(agent_id, room.id, after.head)
        record, fact = self._audit.op(actor, action, room.id, agent=agent_id), RoomJoined(after, agent_id)
        await self._journal.write(SaveRoom(after), cursor, record, facts=lambda _: (fact,))
        return after

    async def _dismiss(self, actor: Actor, room: Room, agent_id: str, action: str) -> Room:
        after = shapes.without(room, agent_id)
        record = self._audit.op(actor, action, room.id, agent=agent_id)
        await self._journal.write(SaveRoom(after), record, facts=lambda _: (RoomLeft(after, agent_id),))
        return after

    def _forget(self, room: Room) -> None:
        self._rooms.pop(room.id, None)
        for agent_id in room.members:
            self._of_agent.get(agent_id, set()).discard(room.id)

    def _learn(self, room: Room) -> None:
        self._rooms[room.id] = room
        if room.kind is not RoomKind.GLOBAL:
            for agent_id in room.members:
                self._of_agent.setdefault(agent_id, set()).add(room.id)

    def _now(self) -> str:
        return self._clock.stamp()
