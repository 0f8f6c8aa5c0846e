"""The URL is the state: what a path under /dashboard asks to see."""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import parse_qsl, quote, unquote

from protocol.addressing import GLOBAL, dm_room, is_agent_id, is_handle, is_room_name

HOME = "/dashboard"
AUDIT = f"{HOME}/audit"
MAX_QUERY = 2_048
_TASK_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


class View(StrEnum):
    """The five destinations."""

    CHAT = "chat"
    FLEET = "fleet"
    OPS = "ops"
    LOGS = "logs"
    SETTINGS = "settings"


class Section(StrEnum):
    """The parts of the settings, in the order of their list."""

    GENERAL = "general"
    APPEARANCE = "appearance"
    NOTIFICATIONS = "notifications"
    KEYBOARD = "keyboard"
    ACCESS = "access"
    TOKENS = "tokens"
    PERSISTENCE = "persistence"
    LIMITS = "limits"
    CONNECT = "connect"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the operator is: a view and what in it; the query comes along as the address has it."""

    view: View
    room: str = ""
    handle: str = ""
    agent: str = ""
    task: str = ""
    section: str = ""
    query: str = ""

    def asked(self) -> dict[str, str]:
        """Return the parameters of the query; the last one of a name counts."""
        return dict(parse_qsl(self.query[:MAX_QUERY]))


def place_of(address: str) -> Place | None:
    """Read a path with its query; None when it leads nowhere."""
    path, _, query = address.partition("?")
    place = _place(path)
    return replace(place, query=query) if place and query else place


def _place(path: str) -> Place | None:
    if path != HOME and not path.startswith(HOME + "/"):
        return None
    parts = [unquote(part) for part in path.removeprefix(HOME).split("/") if part]
    return _in_chat(parts) or _beside(parts)


def _in_chat(parts: list[str]) -> Place | None:
    match parts:
        case []:
            return Place(View.CHAT, room=GLOBAL)
        case ["r", room] if room == GLOBAL or is_room_name(room):
            return Place(View.CHAT, room=room)
        case ["dm", handle] if is_handle(handle):
            return Place(View.CHAT, handle=handle)
        case _:
            return None


def _beside(parts: list[str]) -> Place | None:
    match parts:
        case ["fleet", agent] if is_agent_id(agent):
            return Place(View.FLEET, agent=agent)
        case ["ops", task] if _TASK_ID.fullmatch(task):
            return Place(View.OPS, task=task)
        case ["audit"]:
            return Place(View.LOGS, section="audit")
        case ["settings", *rest] if len(rest) < 2 and set(rest) <= set(Section):
            return Place(View.SETTINGS, section=rest[0] if rest else Section.GENERAL)
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


def agent_path(agent_id: str) -> str:
    """Return the path of an agent's details."""
    return f"{HOME}/fleet/{quote(agent_id, safe='')}"


def task_path(task_id: str) -> str:
    """Return the path of a task's details."""
    return f"{HOME}/ops/{quote(task_id, safe='')}"


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
