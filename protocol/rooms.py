"""A room as clients see it."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from protocol.addressing import AgentId, RoomId, RoomKind
from protocol.messages import Offset
from protocol.text import CleanText

Visibility = Literal["public", "private"]
MAX_TOPIC = 250  # characters
Topic = Annotated[CleanText, Field(max_length=MAX_TOPIC)]


class Room(BaseModel):
    """A room and who is in it; `head` is its newest offset, `oldest` the oldest that is kept."""

    model_config = ConfigDict(frozen=True)

    id: RoomId
    kind: RoomKind
    title: str
    topic: Topic = ""
    visibility: Visibility = "public"
    owner: AgentId | None = None
    members: list[AgentId] = []
    archived: bool = False
    created_at: str
    head: Offset = 0
    oldest: Offset = 1


class RoomProgress(BaseModel):
    """A room in `welcome`: where it stands and where this connection takes up."""

    model_config = ConfigDict(frozen=True)

    id: RoomId
    kind: RoomKind
    title: str
    head: Offset
    oldest: Offset
    cursor: Offset
    recovered: bool
