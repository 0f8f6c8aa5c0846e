"""What can be asked about rooms and what is said in them, beside saying something."""

from components import asks
from components.actions import Actions
from components.panels.answers import Answer, Table
from components.pictures.hits import hit
from components.pictures.records import record
from components.render import label
from components.state import ConsoleState
from components.trail import Filter, Trail

LATELY = 20  # records of a room that its details show


class Talk:
    """Answers what one tab asks about rooms."""

    def __init__(self, actions: Actions, trail: Trail, state: ConsoleState) -> None:
        self._actions = actions
        self._trail = trail
        self._state = state

    def table(self) -> Table:
        """Return who answers which question."""
        return {
            "find": (asks.Find, self.find),
            "receipts": (asks.Receipts, self.receipts),
            "remove": (asks.Remove, self.remove),
            "change": (asks.RoomChange, self.change),
            "invite": (asks.Guest, self.invite),
            "kick": (asks.Guest, self.kick),
            "join": (asks.InRoom, self.join),
            "leave": (asks.InRoom, self.leave),
            "size": (asks.InRoom, self.size),
            "delete": (asks.InRoom, self.delete),
            "lately": (asks.InRoom, self.lately),
        }

    async def find(self, ask: asks.Find) -> Answer:
        """Look for messages."""
        found = await self._actions.search(ask.room, ask.text, before=ask.before)
        return {
            "hits": [hit(message, ask.text, self._state) for message in found.messages],
            "next": found.next,
        }

    async def receipts(self, ask: asks.Receipts) -> Answer:
        """Tell to which agents a message was delivered."""
        got, due = await self._actions.delivered(ask.room, ask.offset, ask.sender)
        return {"got": self._handles(got), "due": self._handles(due)}

    async def remove(self, ask: asks.Remove) -> Answer:
        """Take a message out of sight."""
        return {"o": (await self._actions.remove(ask.room, ask.id, ask.reason)).offset}

    async def change(self, ask: asks.RoomChange) -> Answer:
        """Change a room."""
        changes = ask.model_dump(exclude={"room"}, exclude_none=True)
        return {"room": (await self._actions.change_room(ask.room, **changes)).id}

    async def invite(self, ask: asks.Guest) -> Answer:
        """Let somebody in."""
        return {"room": (await self._actions.invite(ask.room, ask.agent_id)).id}

    async def kick(self, ask: asks.Guest) -> Answer:
        """Put somebody out."""
        return {"room": (await self._actions.kick(ask.room, ask.agent_id)).id}

    async def join(self, ask: asks.InRoom) -> Answer:
        """Enter a room."""
        return {"room": (await self._actions.join(ask.room)).id}

    async def leave(self, ask: asks.InRoom) -> Answer:
        """Leave a room."""
        return {"room": (await self._actions.leave(ask.room)).id}

    async def size(self, ask: asks.InRoom) -> Answer:
        """Count what a room holds, before anybody opens or deletes it."""
        room = self._actions.see(ask.room)
        return {"count": room.head - room.oldest + 1}

    async def delete(self, ask: asks.InRoom) -> Answer:
        """Delete a room."""
        await self._actions.delete_room(ask.room)
        return {"room": ask.room}

    def _handles(self, agents: list[str]) -> list[str]:
        return sorted(label(self._state.handle_of(agent_id)) for agent_id in agents)

    async def lately(self, ask: asks.InRoom) -> Answer:
        """Tell what was done with a room; the trail is not for everybody."""
        found = await self._trail.search(Filter(action="room.", target=ask.room), limit=LATELY)
        records = [each for each in found.records if each.target == ask.room]
        return {"rows": [record(each, self._state) for each in records]}
