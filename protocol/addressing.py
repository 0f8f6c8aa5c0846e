"""Who and where: agent ids, handles and the names of rooms.

A room is `global`, a named room, `dm:<a>:<b>` with its two ids sorted, or `inbox:<agent>`. Ids never hold
the separator `:`, so a name can be taken apart in one way only.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from protocol.errors import InvalidRequest
from protocol.text import clean

GLOBAL = "global"
AGENT_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
HANDLE = r"^[a-z0-9](?:[a-z0-9_-]{0,30}[a-z0-9])?$"
ROOM_NAME = r"^[a-z0-9](?:[a-z0-9_-]{0,62}[a-z0-9])?$"
MESSAGE_ID = r"^[A-Za-z0-9][A-Za-z0-9._:~-]{0,127}$"

AgentId = Annotated[str, Field(pattern=AGENT_ID)]
Handle = Annotated[str, Field(pattern=HANDLE)]
RoomName = Annotated[str, Field(pattern=ROOM_NAME)]
RoomId = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(clean)]
MessageId = Annotated[str, Field(pattern=MESSAGE_ID)]
ToType = Literal["global", "room", "dm"]

# Words that would read as somebody else's voice or as a group (reliability checklist S24).
RESERVED_HANDLES = frozenset(
    {
        "all",
        "everyone",
        "here",
        "channel",
        "global",
        "online",
        "system",
        "server",
        "relay",
        "root",
        "admin",
        "administrator",
        "master",
        "warden",
        "worker",
        "owner",
        "me",
        "null",
        "none",
        "undefined",
        "anonymous",
        "clawnet",
        "clownet",
        "openclaw",
        "master-ui",
    }
)


class RoomKind(StrEnum):
    """What a room is for."""

    GLOBAL = "global"
    ROOM = "room"
    DM = "dm"
    INBOX = "inbox"


@lru_cache(maxsize=4096)
def dm_room(one: str, other: str) -> str:
    """Name the room of two agents; the order of the two does not matter.

    Raises:
        InvalidRequest: both are the same agent, or one of them is no agent id.
    """
    for agent_id in (one, other):
        if not is_agent_id(agent_id):
            raise InvalidRequest("not an agent id", field="to_id")
    if one == other:
        raise InvalidRequest("a direct message needs somebody else", field="to_id")
    first, second = sorted((one, other))
    return f"dm:{first}:{second}"


def inbox_room(agent_id: str) -> str:
    """Name the hidden room in which an agent finds its tasks."""
    return f"inbox:{agent_id}"


@lru_cache(maxsize=4096)
def kind_of(room: str) -> RoomKind:
    """Tell what kind of room bears this name.

    Raises:
        InvalidRequest: no room can bear it.
    """
    if room == GLOBAL:
        return RoomKind.GLOBAL
    if is_room_name(room):
        return RoomKind.ROOM
    prefix, *ids = room.split(":")
    if all(is_agent_id(part) for part in ids):
        if prefix == "dm" and len(ids) == 2 and ids == sorted(set(ids)):
            return RoomKind.DM
        if prefix == "inbox" and len(ids) == 1:
            return RoomKind.INBOX
    raise InvalidRequest("not the name of a room", field="room")


def parties_of(room: str) -> frozenset[str]:
    """Return the ids that a DM or inbox is made of; other rooms have none in their name."""
    return frozenset(room.split(":")[1:])


@lru_cache(maxsize=4096)
def address_of(room: str, viewer: str) -> tuple[ToType, str]:
    """Return `(to_type, to_id)` as `viewer` would address this room."""
    match kind_of(room):
        case RoomKind.GLOBAL:
            return "global", GLOBAL
        case RoomKind.DM:
            others = parties_of(room) - {viewer}
            return "dm", min(others)
        case _:
            return "room", room


def is_agent_id(text: str) -> bool:
    """Tell whether `text` can be an agent's id."""
    return _AGENT_ID.fullmatch(text) is not None


def is_handle(text: str) -> bool:
    """Tell whether `text` is shaped like a handle; reserved words are another question."""
    return _HANDLE.fullmatch(text) is not None


def is_room_name(text: str) -> bool:
    """Tell whether `text` can name a room that people make."""
    return text != GLOBAL and _ROOM_NAME.fullmatch(text) is not None


_AGENT_ID = re.compile(AGENT_ID)
_HANDLE = re.compile(HANDLE)
_ROOM_NAME = re.compile(ROOM_NAME)
