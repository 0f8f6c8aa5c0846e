"""What an operator may do from the console; each step asks again whether the session still allows it."""

from collections.abc import Sequence

from app.actor import Actor
from components.authority import Authority
from components.finding import Hits
from protocol.acks import Deleted, History, Sent
from protocol.addressing import RoomKind, address_of
from protocol.errors import Forbidden, InvalidRequest
from protocol.events import Budget
from protocol.payloads import TextPayload
from protocol.requests import (
    ChatDelete,
    ChatHistory,
    ChatSend,
    ChatTyping,
    RoomCreate,
    RoomInvite,
    RoomKick,
    RoomUpdate,
)
from protocol.roles import Role
from protocol.rooms import Room

MAX_RECEIPTS = 200  # agents whose cursors are read for one message


def may_write(role: Role) -> bool:
    """Tell whether a role speaks and changes things here; wardens watch."""
    return role is Role.MASTER


class Actions(Authority):
    """The doings of one session in the rooms."""

    async def send(self, room_id: str, text: str, key: str) -> Sent:
        """Say something in a room; who is not in a public room yet enters it with that.

        Raises:
            ClawNetError: what the relay refuses.
        """
        actor = self._writer(Budget.CHAT)
        room = self._console.rooms.see(actor, room_id)
        if room.kind is RoomKind.ROOM and actor.agent_id not in room.members:
            await self._console.rooms.join(actor, room_id)
        to_type, to_id = address_of(room_id, actor.agent_id)
        payload = _checked(text)
        request = ChatSend(id=key, to_type=to_type, to_id=to_id, payload=payload, dedupe_key=key)
        return await self._console.compose.send(actor, request)

    async def history(
        self,
        room_id: str,
        *,
        before: int | None = None,
        after: int | None = None,
        around: int | None = None,
        limit: int = 100,
    ) -> History:
        """Read one page of a room."""
        request = ChatHistory(room=room_id, before=before, after=after, around=around, limit=limit)
        return await self._console.chat.history(self.acting(Budget.CATCH_UP), request)

    def see(self, room_id: str) -> Room:
        """Return a room as it is now."""
        return self._console.rooms.see(self.actor(), room_id)

    async def search(self, room_id: str, text: str, *, before: int | None = None, limit: int = 30) -> Hits:
        """Find messages of a room, newest first."""
        actor = self.acting(Budget.CATCH_UP)
        return await self._console.search.search(actor, room_id, text, before=before, limit=limit)

    async def place_of(self, room_id: str, message_id: str) -> int:
        """Return the offset of a message.

        Raises:
            NotFound: it is not kept any more.
        """
        return (await self._console.chat.message(self.acting(Budget.CATCH_UP), room_id, message_id)).offset

    async def delivered(self, room_id: str, offset: int, sender: str) -> tuple[list[str], list[str]]:
        """Return which agents of a room have a message, and which do not yet, by their own acknowledgements.

        Who sits at a console acknowledges nothing and is not counted.

        Raises:
            InvalidRequest: there are too many to ask for each.
        """
        room = self._console.rooms.see(self.acting(Budget.CATCH_UP), room_id)
        others = [agent_id for agent_id in room.members if agent_id != sender]
        if len(others) > MAX_RECEIPTS:
            raise InvalidRequest(f"this is counted in rooms of up to {MAX_RECEIPTS} agents")
        got, due = [], []
        for agent_id in others:
            cursor = (await self._console.positions.of_agent(agent_id)).get(room_id, 0)
            if cursor >= offset:
                got.append(agent_id)
            elif self._console.identity.agent(agent_id).role is Role.WORKER:
                due.append(agent_id)
        return got, due

    def typing(self, room_id: str, *, typing: bool) -> None:
        """Show others that the operator writes."""
        actor = self._writer(Budget.SIGNAL)
        to_type, to_id = address_of(room_id, actor.agent_id)
        self._console.chat.typing(actor, ChatTyping(to_type=to_type, to_id=to_id, typing=typing))

    async def create_room(self, name: str, topic: str, *, private: bool, members: Sequence[str] = ()) -> Room:
        """Make a room.

        Raises:
            RoomExists: the name is in use. InvalidRequest: it can't be a name.
        """
        actor = self._writer()
        visibility = "private" if private else "public"
        request = RoomCreate.model_validate(
            {"room": name, "topic": topic, "visibility": visibility, "members": list(members)}
        )
        return await self._console.rooms.create(actor, request)

    async def join(self, room_id: str) -> Room:
        """Enter a room."""
        return await self._console.rooms.join(self._writer(), room_id)

    async def leave(self, room_id: str) -> Room:
        """Leave a room."""
        return await self._console.rooms.leave(self._writer(), room_id)

    async def change_room(self, room_id: str, **changes: object) -> Room:
        """Change what a room is called, its topic or visibility, archive it, or open it again."""
        request = RoomUpdate.model_validate({"room": room_id, **changes})
        return await self._console.rooms.update(self._writer(), request)

    async def invite(self, room_id: str, agent_id: str) -> Room:
        """Let an agent into a room."""
        request = RoomInvite(room=room_id, agent_id=agent_id)
        return await self._console.rooms.invite(self._writer(), request)

    async def kick(self, room_id: str, agent_id: str) -> Room:
        """Put an agent out of a room."""
        return await self._console.rooms.kick(self._writer(), RoomKick(room=room_id, agent_id=agent_id))

    async def delete_room(self, room_id: str) -> None:
        """Delete a room with all that was said in it."""
        await self._console.rooms.delete(self._writer(), room_id)

    async def remove(self, room_id: str, message_id: str, reason: str) -> Deleted:
        """Take a message out of sight."""
        request = ChatDelete(room=room_id, id=message_id, reason=reason)
        return await self._console.chat.delete(self._writer(), request)

    def _writer(self, budget: Budget = Budget.CONTROL) -> Actor:
        if not may_write(self.actor().role):
            raise Forbidden("wardens watch; only masters change things here")
        return self.acting(budget)


def _checked(text: str) -> TextPayload:
    try:
        return TextPayload(text=text)
    except ValueError as error:
        raise InvalidRequest("a message is 1 to 16,000 characters of plain text") from error
