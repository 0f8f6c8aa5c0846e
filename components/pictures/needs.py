"""What waits for the operator, as data: agents at the door and mentions that were not read."""

from typing import Any

from components.render import label
from components.routes import HOME, dm_path, room_path
from components.state import ConsoleState
from components.unread import Unread
from components.views.words import counted
from protocol.addressing import RoomKind, parties_of
from protocol.admissions import Application
from protocol.rooms import Room

Need = dict[str, Any]


def needs(state: ConsoleState, unread: Unread, waiting: list[Application]) -> list[Need]:
    """List what waits, agents first; `kind` is the section that it stands in."""
    doors = [
        {
            "id": f"join-{each.id}",
            "kind": "Agents waiting",
            "text": label(each.agent_id),
            "detail": f"from {each.address}" if each.address else "",
            "path": f"{HOME}/fleet",
            "count": 1,
        }
        for each in waiting
    ]
    return doors + [
        _mention(room, state, count)
        for room in sorted(state.rooms.values(), key=lambda room: room.id)
        if (count := unread.of(room.id).mentions)
    ]


def _mention(room: Room, state: ConsoleState, count: int) -> Need:
    if room.kind is RoomKind.DM:
        handle = state.handle_of(min(parties_of(room.id) - {state.viewer}))
        name, path = f"@{handle}", dm_path(handle)
    else:
        name, path = f"#{room.title}", room_path(room.id)
    return {
        "id": f"mention-{room.id}",
        "kind": "Mentions",
        "text": label(name),
        "detail": counted(count, "mention"),
        "path": path,
        "count": count,
    }
