"""The URL is the state: what a path under /dashboard asks to see."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote

from protocol.addressing import GLOBAL, dm_room, is_handle, is_room_name

HOME = "/dashboard"


class View(StrEnum):
    """The five destinations."""

    CHAT = "chat"
    FLEET = "fleet"
    OPS = "ops"
    LOGS = "logs"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the operator is: a view, and in chat a room or the handle of somebody."""

    view: View
    room: str = ""
    handle: str = ""


def place_of(path: str) -> Place | None:
    """Read a path; None when it leads nowhere."""
    if path != HOME and not path.startswith(HOME + "/"):
        return None
    parts = [unquote(part) for part in path.removeprefix(HOME).split("/") if part]
    match parts:
        case []:
            return Place(View.CHAT, room=GLOBAL)
        case ["r", room] if room == GLOBAL or is_room_name(room):
            return Place(View.CHAT, room=room)
        case ["dm", handle] if is_handle(handle):
            return Place(View.CHAT, handle=handle)
        case [name] if name in set(View) - {View.CHAT}:
            return Place(View(name))
        case _:
            return None


def room_path(room: str) -> str:
    """Return the path of a room that has a name."""
    return f"{HOME}/r/{quote(room, safe='')}"


def dm_path(handle: str) -> str:
    """Return the path of the direct messages with somebody."""
    return f"{HOME}/dm/{quote(handle, safe='')}"


def dm_with(viewer: str, agent_id: str) -> str:
    """Return the room of the viewer and somebody else."""
    return dm_room(viewer, agent_id)


def is_local(target: str) -> bool:
    """Tell whether a redirect stays on this site: one slash, no backslash, nothing invisible."""
    return (
        target.startswith("/")
        and not target.startswith("//")
        and "\\" not in target
        and target.isprintable()
        and " " not in target
    )
