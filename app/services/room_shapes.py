"""What rooms look like: as they begin, before anybody wrote in them, and when somebody has left."""

from collections.abc import Callable, Iterable

from protocol.addressing import GLOBAL, RoomKind, inbox_room, kind_of, parties_of
from protocol.errors import InvalidRequest, RoomExists
from protocol.requests import RoomCreate
from protocol.rooms import Room

Guard = Callable[[Room], None]


def unguarded(_: Room) -> None:
    """Let a room be changed whatever it is like now."""


def new_room(room_id: str, request: RoomCreate, members: list[str], created_at: str) -> Room:
    """Return the room that somebody asks for; the first of its members owns it."""
    return Room(
        id=room_id,
        kind=RoomKind.ROOM,
        title=request.room,
        topic=request.topic,
        visibility=request.visibility,
        owner=members[0],
        members=members,
        created_at=created_at,
    )


def check_free(name: str, rooms: Iterable[Room], *, field: str = "title") -> None:
    """Keep a name for one public room, be it its id or its title; private ones tell nothing of theirs.

    Raises:
        RoomExists: the name is in use.
    """
    if name == GLOBAL or any(name == room.id or _is_called(room, name) for room in rooms):
        raise RoomExists("a room of this name exists", field=field)


def renaming(room: Room, title: str | None, rooms: Iterable[Room]) -> dict[str, str]:
    """Return what the audit trail tells of a new title; nothing when it stays.

    Raises:
        RoomExists: another room bears it.
    """
    if title is None or title == room.title:
        return {}
    if room.visibility == "public":
        check_free(title, (other for other in rooms if other.id != room.id))
    return {"before": room.title, "after": title}


def _is_called(room: Room, name: str) -> bool:
    return room.visibility == "public" and room.title == name


def without(room: Room, agent_id: str) -> Room:
    """Return a room that an agent has left; if it was the owner's, the longest-standing member owns it."""
    members = [member for member in room.members if member != agent_id]
    owner = room.owner if room.owner != agent_id else next(iter(members), None)
    return room.model_copy(update={"members": members, "owner": owner})


def direct_room(room_id: str, created_at: str) -> Room:
    """Return the room of two agents as it is before anybody wrote in it."""
    members = sorted(parties_of(room_id))
    return Room(
        id=room_id,
        kind=RoomKind.DM,
        title=room_id,
        visibility="private",
        members=members,
        created_at=created_at,
    )


def unopened_dm(room_id: str, is_known: Callable[[str], bool], created_at: str) -> Room | None:
    """Return the room of two agents if the id is of one and both are known."""
    try:
        is_dm = kind_of(room_id) is RoomKind.DM
    except InvalidRequest:
        return None
    return direct_room(room_id, created_at) if is_dm and all(map(is_known, parties_of(room_id))) else None


def inbox_of(agent_id: str) -> Room:
    """Return the hidden room in which an agent finds its tasks."""
    return Room(
        id=inbox_room(agent_id), kind=RoomKind.INBOX, title="inbox", members=[agent_id], created_at=""
    )
