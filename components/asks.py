"""What the browser may ask of a page: checked like any other input, though it comes from our own script."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from protocol.addressing import MessageId, RoomId
from protocol.messages import Offset

Line = Annotated[str, Field(max_length=256)]


class Ask(BaseModel):
    """What every ask has in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Send(Ask):
    """Say this in that room; `key` stays the same through all retries."""

    key: MessageId
    room: RoomId
    text: Annotated[str, Field(max_length=16_000)]


class Older(Ask):
    """Show what stands before an offset."""

    room: RoomId
    before: Offset


class Newer(Ask):
    """Show what stands after an offset: something is missing."""

    room: RoomId
    after: Offset


class Read(Ask):
    """I have read a room up to an offset."""

    room: RoomId
    offset: Offset


class Marks(Ask):
    """How far this browser has read, and in which epoch; None on its first visit."""

    epoch: Line | None = None
    rooms: Annotated[dict[RoomId, Offset], Field(max_length=10_000)] = {}


class Typing(Ask):
    """I am writing in a room, or have stopped."""

    room: RoomId
    typing: bool


class Remove(Ask):
    """Take a message away."""

    room: RoomId
    id: MessageId
    reason: Line


class NewRoom(Ask):
    """Make a room."""

    name: Line
    topic: Line = ""
    private: bool = False
