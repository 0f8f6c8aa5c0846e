"""Everything that can be gone to by name, as data: rooms, agents, commands, tasks."""

from typing import Any

from components.pictures import commands, people, tasks
from components.render import label
from components.routes import room_path
from components.state import ConsoleState
from protocol.acks import CommandInfo
from protocol.addressing import RoomKind

Picture = dict[str, Any]
MAX_TASKS = 200  # the newest of those that are known


def everything(state: ConsoleState, known: list[CommandInfo]) -> Picture:
    """Return what the command palette looks through."""
    return {
        "rooms": [
            {"name": label(room.title), "path": room_path(room.id), "topic": label(room.topic)}
            for room in sorted(state.rooms.values(), key=lambda room: room.title)
            if room.kind in {RoomKind.GLOBAL, RoomKind.ROOM}
        ],
        "agents": [each for each in map(_agent, people.everyone(state)) if not each["you"]],
        "commands": [commands.command(each) for each in known],
        "tasks": [_task(tasks.card(task, state)) for task in state.work.newest_first()[:MAX_TASKS]],
    }


def _agent(person: people.Person) -> Picture:
    return {name: person[name] for name in ("id", "handle", "role", "status", "word", "path", "dm", "you")}


def _task(card: Picture) -> Picture:
    return {name: card[name] for name in ("id", "command", "to", "word", "glyph", "path")}
