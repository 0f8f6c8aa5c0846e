"""What rooms look like: as they begin, before anybody wrote in them, and when somebody has left."""

from collections.abc import Callable

from protocol.addressing import RoomKind, inbox_room, kind_of, parties_of
from protocol.errors import InvalidRequest
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
