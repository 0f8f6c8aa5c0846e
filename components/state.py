"""What one operator may know of the relay right now: a snapshot that facts keep true."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.events import (
    AgentChanged,
    AgentEnrolled,
    Fact,
    MessagePosted,
    PresenceChanged,
    RoomChanged,
    RoomDeleted,
    RoomJoined,
    RoomLeft,
    RoomOpened,
    TypingChanged,
)
from components.known_tasks import KnownTasks
from protocol.addressing import GLOBAL, RoomKind, parties_of
from protocol.agents import Agent, Presence, Status
from protocol.rooms import Room

Sees = Callable[[Room], bool]


@dataclass(slots=True)
class ConsoleState:
    """Rooms, agents and presence as `viewer` may see them; `sees` is the relay's own judgement on a room."""

    viewer: str
    sees: Sees
    rooms: dict[str, Room] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    presence: dict[str, Presence] = field(default_factory=dict)
    typing: dict[str, dict[str, str]] = field(default_factory=dict)
    work: KnownTasks = field(default_factory=KnownTasks)

    @classmethod
    def snapshot(
        cls,
        viewer: str,
        sees: Sees,
        *,
        rooms: Iterable[Room],
        agents: Iterable[Agent],
        presence: Iterable[Presence],
        work: KnownTasks | None = None,
    ) -> "ConsoleState":
        """Take the state from what the services say; nobody is writing yet."""
        state = cls(viewer, sees, work=work or KnownTasks())
        for room in rooms:
            state._put_room(room)
        state.agents = {agent.id: agent for agent in agents}
        state.presence = {entry.agent_id: entry for entry in presence}
        return state

    def apply(self, fact: Fact) -> None:
        """Move on by one fact, so that the state equals a fresh snapshot."""
        self.work.apply(fact)
        match fact:
            case MessagePosted():
                self._on_message(fact)
            case RoomOpened() | RoomJoined() | RoomLeft() | RoomChanged():
                self._put_room(fact.room)
            case RoomDeleted():
                self.rooms.pop(fact.room.id, None)
                self.typing.pop(fact.room.id, None)
            case AgentEnrolled():
                self._welcome(fact.agent)
            case AgentChanged():
                self.agents[fact.agent.id] = fact.agent
                self._rename(fact.agent)
            case PresenceChanged():
                self.presence[fact.presence.agent_id] = fact.presence
            case TypingChanged():
                self._on_typing(fact)

    def role_of(self, agent_id: str) -> str:
        """Return the role to show beside an agent's name; empty when the agent is unknown."""
        agent = self.agents.get(agent_id)
        return agent.role.value if agent else ""

    def handle_of(self, agent_id: str) -> str:
        """Return the name to show for an agent; its id when the agent is unknown."""
        agent = self.agents.get(agent_id)
        return agent.handle if agent else agent_id

    def agent_named(self, handle: str) -> Agent | None:
        """Find an agent by its handle."""
        return next((agent for agent in self.agents.values() if agent.handle == handle), None)

    def _shows(self, room: Room) -> bool:
        if room.kind is RoomKind.INBOX:
            return False
        if room.kind is RoomKind.DM:
            return self.viewer in parties_of(room.id)
        return self.sees(room)

    def _put_room(self, room: Room) -> None:
        if not self._shows(room):
            self.rooms.pop(room.id, None)
            self.typing.pop(room.id, None)
            self.work.recheck(room.id)
            return
        # A fact about members can be older than the last message: offsets never run backwards. What is
        # still kept (`oldest`) moves without a fact: each page of history tells it, this state does not.
        known = self.rooms.get(room.id)
        head = max(room.head, known.head) if known else room.head
        members = known.members if known and room.kind is RoomKind.GLOBAL else room.members
        self.rooms[room.id] = room.model_copy(update={"head": head, "oldest": 1, "members": members})

    def _on_message(self, fact: MessagePosted) -> None:
        message = fact.message
        if (room := self.rooms.get(message.room)) is None:
            return
        if message.offset > room.head:
            self.rooms[room.id] = room.model_copy(update={"head": message.offset})
        self._stop_typing(message.room, message.from_id)

    def _on_typing(self, fact: TypingChanged) -> None:
        if fact.typing and fact.room in self.rooms:
            self.typing.setdefault(fact.room, {})[fact.agent_id] = fact.handle
        else:
            self._stop_typing(fact.room, fact.agent_id)

    def _stop_typing(self, room_id: str, agent_id: str) -> None:
        writers = self.typing.get(room_id, {})
        writers.pop(agent_id, None)
        if not writers:
            self.typing.pop(room_id, None)

    def _welcome(self, agent: Agent) -> None:
        self.agents[agent.id] = agent
        self.presence[agent.id] = Presence(
            agent_id=agent.id,
            handle=agent.handle,
            role=agent.role,
            status=Status.OFFLINE,
            since=agent.created_at,
        )
        everyone = self.rooms.get(GLOBAL)
        if everyone is not None and agent.id not in everyone.members:
            self.rooms[GLOBAL] = everyone.model_copy(update={"members": [*everyone.members, agent.id]})

    def _rename(self, agent: Agent) -> None:
        if (entry := self.presence.get(agent.id)) is not None:
            self.presence[agent.id] = entry.model_copy(update={"handle": agent.handle, "role": agent.role})
