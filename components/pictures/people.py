"""Who is there, as data: the members of a room, and the whole fleet."""

from collections.abc import Mapping
from typing import Any

from components.pictures.tasks import in_chat
from components.render import label
from components.routes import agent_path, dm_path, task_path
from components.state import ConsoleState
from components.views.words import PRESENCE_WORDS, TASK_WORDS, counted, nick_of
from protocol.agents import Status
from protocol.rooms import Room
from protocol.tasks import Task

Person = dict[str, Any]
Keys = Mapping[str, Mapping[str, object]]
_ORDER = {status: place for place, status in enumerate(Status)}


def everyone(state: ConsoleState, keys: Keys | None = None) -> list[Person]:
    """List all agents: who is online first, then by handle; `keys` tells how they stand with their tokens."""
    return sorted(
        (person(state, agent_id, keys) for agent_id in state.agents),
        key=lambda person: (_ORDER[Status(person["status"])], person["handle"]),
    )


def members(state: ConsoleState, room: Room) -> list[Person]:
    """List the agents in a room, in the same order."""
    inside, held = set(room.members), state.work.held()
    return [
        {**person, "doing": _doing(held[person["id"]], state)} if person["id"] in held else person
        for person in everyone(state)
        if person["id"] in inside
    ]


def _doing(task: Task, state: ConsoleState) -> dict[str, str]:
    """Return what somebody executes now, and where that is to be seen."""
    word, glyph, _ = TASK_WORDS[task.state]
    path = in_chat(task, state) or task_path(task.id)
    return {"glyph": glyph, "word": word, "line": label(task.line), "path": path}


def summary(people: list[Person]) -> str:
    """Say how many there are and how many of them are online."""
    online = sum(person["status"] == Status.ONLINE for person in people)
    return f"{counted(len(people), 'member')}, {online} online"


def person(state: ConsoleState, agent_id: str, keys: Keys | None = None) -> Person:
    """Return one agent and whether it is there."""
    agent = state.agents[agent_id]
    presence = state.presence.get(agent_id)
    status = presence.status if presence else Status.OFFLINE
    return {
        "id": agent.id,
        "you": agent.id == state.viewer,
        "handle": label(agent.handle),
        "nick": nick_of(agent.id),
        "role": agent.role.value,
        "status": status.value,
        "word": PRESENCE_WORDS[status],
        "since": presence.since if presence else agent.created_at,
        "seen": presence.last_seen if presence else None,
        "created": agent.created_at,
        "note": label(presence.note or "") if presence else "",
        "path": agent_path(agent.id),
        "dm": dm_path(agent.handle),
        "key": _key(agent_id, keys),
    }


def _key(agent_id: str, keys: Keys | None) -> Mapping[str, object] | None:
    return None if keys is None else keys.get(agent_id, {"state": "none"})
