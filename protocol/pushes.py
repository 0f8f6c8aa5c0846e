"""What the relay sends without being asked, one model an event."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from protocol.addressing import AgentId, RoomId
from protocol.agents import Status
from protocol.messages import Offset
from protocol.roles import Role
from protocol.rooms import Room, RoomProgress
from protocol.tasks import Task


class Push(BaseModel):
    """What every push has in common."""

    model_config = ConfigDict(frozen=True)


class ServerInfo(Push):
    """Which relay this is; the `epoch` changes when its history was lost."""

    version: str
    time: str
    epoch: str


class Identity(Push):
    """Who the relay takes the client for."""

    id: AgentId
    handle: str
    role: Role


class Limits(Push):
    """What a client must keep to; times in seconds, sizes in bytes, `max_text` in characters."""

    max_text: int
    max_payload: int
    send_rate: float
    window: int
    ack_timeout: float
    heartbeat: float


class Welcome(Push):
    """The first event of an accepted connection."""

    protocol: int = 2
    server: ServerInfo
    session: str
    agent: Identity
    rooms: list[RoomProgress]
    limits: Limits


class ChatGap(Push):
    """History that is gone: entries from `from` up to `oldest` - 1 will never come."""

    model_config = ConfigDict(frozen=True, validate_by_name=True, serialize_by_alias=True)

    room: RoomId
    since: Annotated[Offset, Field(alias="from")]
    oldest: Offset


class PresenceUpdate(Push):
    """An agent came, went or fell silent."""

    agent_id: AgentId
    handle: str
    role: Role
    status: Status
    since: str


class TypingUpdate(Push):
    """Somebody is writing, or has stopped."""

    room: RoomId
    agent_id: AgentId
    handle: str
    typing: bool


class RoomUpdated(Push):
    """A room changed, or the reader's place in it (`action` says which)."""

    action: str
    room: Room
    agent_id: AgentId | None = None


class TaskDispatched(Push):
    """An order to execute, from the assignee's inbox."""

    task: Task
    lease: str
    attempt: int
    room: RoomId
    offset: Offset
    replay: bool = False


class TaskCancelled(Push):
    """Stop this task, please."""

    task_id: str


class TaskUpdated(Push):
    """A task that the reader may see has moved on; `text` is what it says while it runs, and never stored."""

    task: Task
    text: str | None = None


class Closing(Push):
    """Why the relay is about to close the connection."""

    code: str
    message: str
    retryable: bool = True
    reason: str | None = None
