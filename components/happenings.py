"""Who came and went while one tab looks on: lines that are told once and stand in no history."""

from collections.abc import Iterable

from app.events import Fact, PresenceChanged, RoomJoined, RoomLeft
from components.render import label
from components.state import ConsoleState
from protocol.agents import Status
from protocol.rooms import Room

Happening = dict[str, str]
CROWD = 50  # members from which on nobody is told who comes online


class Happenings:
    """Turns facts about a room's members into words; being idle is no news."""

    def __init__(self, state: ConsoleState) -> None:
        self._state = state
        self._there: set[str] = set()

    def begin(self) -> None:
        """Take what is now as known."""
        self._there = {each.agent_id for each in self._state.presence.values() if _is_there(each.status)}

    def of(self, facts: Iterable[Fact], room: Room) -> list[Happening]:
        """Return what of this has happened in a room."""
        return [told for fact in facts if (told := self._one(fact, room))]

    def _one(self, fact: Fact, room: Room) -> Happening | None:
        match fact:
            case RoomJoined(joined, agent_id) if joined.id == room.id:
                return self._told(agent_id, "joined")
            case RoomLeft(left, agent_id) if left.id == room.id:
                return self._told(agent_id, "left")
            case PresenceChanged(presence):
                return self._presence(presence.agent_id, presence.status, room)
            case _:
                return None

    def _presence(self, agent_id: str, status: Status, room: Room) -> Happening | None:
        was, there = agent_id in self._there, _is_there(status)
        if was == there:
            return None
        self._there ^= {agent_id}
        if len(room.members) > CROWD or agent_id not in room.members:
            return None
        return self._told(agent_id, "came online" if there else "went offline")

    def _told(self, agent_id: str, what: str) -> Happening | None:
        if agent_id == self._state.viewer:
            return None
        return {"id": agent_id, "who": label(self._state.handle_of(agent_id)), "what": what}


def _is_there(status: Status) -> bool:
    return status is not Status.OFFLINE
