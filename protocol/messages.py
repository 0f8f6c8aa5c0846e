"""The envelope: a message as it is stored, sent, and shown."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from protocol.addressing import AgentId, MessageId, RoomId, ToType
from protocol.payloads import AnyPayload

Offset = Annotated[int, Field(ge=0, le=2**53)]


class Draft(BaseModel):
    """A message before the store gave it a place: everything but the offset."""

    model_config = ConfigDict(frozen=True)

    id: MessageId
    room: RoomId
    ts: str
    from_id: AgentId
    from_handle: str
    to_type: ToType
    to_id: str
    payload: AnyPayload
    dedupe_key: MessageId


class Message(Draft):
    """A stored message; `offset` is its place in the room, `ts` the relay's clock (RFC 3339, UTC, ms)."""

    offset: Annotated[int, Field(ge=1)]
    replay: bool = False


Durability = Literal["memory", "disk"]
