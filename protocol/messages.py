"""The envelope: a message as it is stored, sent, and shown."""

from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from protocol.addressing import AgentId, MessageId, RoomId, ToType
from protocol.payloads import AnyPayload

Offset = Annotated[int, Field(ge=0, le=2**53)]


class Draft(NamedTuple):
    """A message before the store gave it a place: everything but the offset, checked at the door already."""

    id: str
    room: str
    ts: str
    from_id: str
    from_handle: str
    to_type: ToType
    to_id: str
    payload: AnyPayload
    dedupe_key: str


class Message(BaseModel):
    """A stored message; `offset` is its place in the room, `ts` the relay's clock (RFC 3339, UTC, ms)."""

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
    offset: Annotated[int, Field(ge=1)]
    replay: bool = False


Durability = Literal["memory", "disk"]
