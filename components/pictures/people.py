"""Who is there, as data: the members of a room, and the whole fleet."""

from typing import Any

from components.render import label
from components.state import ConsoleState
from components.views.words import PRESENCE_WORDS, counted
from protocol.agents import Status
from protocol.rooms import Room

Person = dict[str, Any]
_ORDER = {status: place for place, status in enumerate(Status)}


def everyone(state: ConsoleState) -> list[Person]:
    """List all agents: who is online first, then by handle."""
    return sorted(
        (_person(state, agent_id) for agent_id in state.agents),
        key=lambda person: (_ORDER[Status(person["status"])], person["handle"]),
    )


def members(state: ConsoleState, room: Room) -> list[Person]:
    """List the agents in a room, in the same order."""
    inside = set(room.members)
    return [person for person in everyone(state) if person["id"] in inside]


def summary(people: list[Person]) -> str:
    """Say how many there are and how many of them are online."""
    online = sum(person["status"] == Status.ONLINE for person in people)
    return f"{counted(len(people), 'member')}, {online} online"


def _person(state: ConsoleState, agent_id: str) -> Person:
    agent = state.agents[agent_id]
    presence = state.presence.get(agent_id)
    status = presence.status if presence else Status.OFFLINE
    return {
        "id": agent.id,
        "you": agent.id == state.viewer,
        "handle": label(agent.handle),
        "role": agent.role.value,
        "status": status.value,
        "word": PRESENCE_WORDS[status],
        "since": presence.since if presence else agent.created_at,
        "seen": presence.last_seen if presence else None,
        "note": label(presence.note or "") if presence else "",
    }
