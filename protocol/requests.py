"""What a client may ask, one model an event; unknown fields are refused (OWASP API3)."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from protocol.addressing import AgentId, Handle, MessageId, RoomId, RoomName, ToType
from protocol.messages import Offset
from protocol.payloads import TextPayload
from protocol.rooms import Topic, Visibility
from protocol.tasks import MAX_ARG, MAX_OUTPUT
from protocol.text import CleanText, ShortText, Word

MAX_PAGE = 200


class Request(BaseModel):
    """What every request has in common: nothing unknown, nothing coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class ChatSend(Request):
    """Say something; `to_id` of a dm is an agent id or `@handle`."""

    id: MessageId | None = None
    to_type: ToType
    to_id: Word
    payload: TextPayload
    dedupe_key: MessageId | None = None


class ChatAck(Request):
    """I have everything of this room up to `offset`."""

    room: RoomId
    offset: Offset


class ChatHistory(Request):
    """One page of a room, oldest first; at most one of before, after and around."""

    room: RoomId
    before: Offset | None = None
    after: Offset | None = None
    around: Offset | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50

    @model_validator(mode="after")
    def one_anchor(self) -> Self:
        """Refuse two anchors: no page can serve both."""
        if sum(anchor is not None for anchor in (self.before, self.after, self.around)) > 1:
            raise ValueError("use one of before, after and around")
        return self


class ChatDelete(Request):
    """Take a message out of sight; the entry stays as a tombstone."""

    room: RoomId
    id: MessageId
    reason: Word


class ChatTyping(Request):
    """I am writing, or have stopped."""

    to_type: ToType
    to_id: Word
    typing: bool


class RoomCreate(Request):
    """Make a room; its maker owns it."""

    room: RoomName
    topic: Topic = ""
    visibility: Visibility = "public"
    members: Annotated[list[AgentId], Field(max_length=256)] = []


class RoomRef(Request):
    """Name a room that is there."""

    room: RoomId


class RoomJoin(RoomRef):
    """Become a member."""


class RoomLeave(RoomRef):
    """Stop being a member; the last owner hands the room on."""


class RoomInvite(RoomRef):
    """Let an agent in."""

    agent_id: AgentId


class RoomKick(RoomRef):
    """Put an agent out."""

    agent_id: AgentId
    reason: ShortText = ""


class RoomUpdate(RoomRef):
    """Change what a room is like; what is not named stays. Its id never changes, whatever its title."""

    title: RoomName | None = None
    topic: Topic | None = None
    visibility: Visibility | None = None
    archived: bool | None = None


class RoomList(Request):
    """List the rooms that I may see."""


class PresenceSet(Request):
    """Say whether I am at work."""

    status: Literal["online", "idle"]
    note: ShortText | None = None


class HandleSet(Request):
    """Ask for another handle."""

    handle: Handle


class Report(Request):
    """Heartbeat and telemetry of an agent; free-form, bounded by the frame."""

    specs: dict[str, Any] = {}
    cron: list[Any] = []
    sessions: list[Any] = []
    openclaw: dict[str, Any] | None = None
    running: list[ShortText] | None = None


Target = Word
Args = Annotated[list[Annotated[CleanText, Field(max_length=MAX_ARG)]], Field(max_length=64)]


class TaskDispatch(Request):
    """Ask agents to run a command; `to` holds ids, `@online` or `@all`, `timeout` is in seconds."""

    id: MessageId | None = None
    to: Annotated[list[Target], Field(min_length=1, max_length=256)]
    command: Word
    args: Args = []
    room: RoomId | None = None
    timeout: Annotated[float, Field(gt=0, le=86_400)] | None = None


class TaskRef(Request):
    """Name a task."""

    task_id: ShortText
    reason: ShortText = ""


class TaskLease(Request):
    """Name a task and the lease under which I hold it."""

    task_id: ShortText
    lease: ShortText


class TaskAck(TaskLease):
    """I took it."""


class TaskProgress(TaskLease):
    """How far it is; never stored, renews the lease."""

    text: Annotated[CleanText, Field(max_length=4096)] | None = None
    percent: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None


class TaskResult(TaskLease):
    """How it ended."""

    state: Literal["succeeded", "failed", "cancelled", "timed_out"]
    output: Annotated[CleanText, Field(max_length=MAX_OUTPUT)] = ""
    exit_code: int | None = None
    truncated: bool = False


class TaskCancel(TaskRef):
    """Ask the agent to stop."""


class TaskApprove(TaskRef):
    """Let a risky command run, once."""


class TaskDeny(TaskRef):
    """Refuse a risky command."""


class CommandsList(Request):
    """List the slash commands that I may use."""

    room: RoomId | None = None


class Resume(Request):
    """Where a client left off."""

    epoch: ShortText
    offsets: Annotated[dict[RoomId, Offset], Field(max_length=10_000)] = {}


class ClientInfo(Request):
    """What software connects."""

    name: ShortText = ""
    version: ShortText = ""


class Handshake(BaseModel):
    """The `auth` of a Socket.IO connect; identity and role come from the token alone."""

    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)

    protocol: Literal[1, 2] = 1
    token: Annotated[CleanText, Field(max_length=512)] = ""
    specs: dict[str, Any] = {}
    client: ClientInfo = ClientInfo()
    resume: Resume | None = None
