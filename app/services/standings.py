"""What an actor is to a room, and what kind of room allows what."""

from app.actor import Actor
from app.services.permissions import Operation, Standing
from protocol.addressing import RoomKind
from protocol.errors import Forbidden
from protocol.rooms import Room

SHUT_WHEN_ARCHIVED = frozenset(
    {Operation.CHAT_SEND, Operation.CHAT_TYPE, Operation.ROOM_JOIN, Operation.ROOM_INVITE}
)


def standing_in(actor: Actor, room: Room) -> Standing:
    """Return what an actor is to a room."""
    if room.owner == actor.agent_id:
        return Standing.OWNER
    if room.kind is RoomKind.GLOBAL or actor.agent_id in room.members:
        return Standing.MEMBER
    is_public = room.kind is RoomKind.ROOM and room.visibility == "public"
    return Standing.VISITOR if is_public else Standing.OUTSIDER


def named(room: Room) -> Room:
    """Return a room that people made.

    Raises:
        Forbidden: it is global, a DM or an inbox.
    """
    if room.kind is not RoomKind.ROOM:
        raise Forbidden("not with this room: it is neither made nor managed by hand", field="room")
    return room
