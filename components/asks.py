"""What the browser may ask of a page: checked like any other input, though it comes from our own script."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from protocol.addressing import AgentId, MessageId, RoomId, RoomName
from protocol.messages import Offset
from protocol.roles import Role
from protocol.rooms import Visibility

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


class Receipts(Ask):
    """Who has a message that `sender` has put at an offset?"""

    room: RoomId
    offset: Offset
    sender: AgentId


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


class InRoom(Ask):
    """Something about a room as a whole."""

    room: RoomId


class Find(Ask):
    """Look in a room for messages that hold all these words, before an offset."""

    room: RoomId
    text: Annotated[str, Field(min_length=1, max_length=256)]
    before: Offset | None = None


class RoomChange(Ask):
    """Change what is named of a room."""

    room: RoomId
    title: RoomName | None = None
    topic: Line | None = None
    visibility: Visibility | None = None
    archived: bool | None = None


class Guest(Ask):
    """Let somebody into a room, or put somebody out."""

    room: RoomId
    agent_id: AgentId


class Question(BaseModel):
    """What a view asks and waits for: `n` comes back with the answer, the rest belongs to `what`."""

    model_config = ConfigDict(extra="allow", frozen=True)

    n: Annotated[int, Field(ge=0)]
    what: Line


class Nothing(Ask):
    """A question without any detail."""


class NewAgent(Ask):
    """Make an agent."""

    agent_id: AgentId
    handle: Line = ""
    role: Role = Role.WORKER


class NewHandle(Ask):
    """Call an agent otherwise."""

    agent_id: AgentId
    handle: Line


class NewRole(Ask):
    """Give an agent another role."""

    agent_id: AgentId
    role: Role


class NewToken(Ask):
    """Give an agent a further token; `lifetime` in seconds, for ever if none is given."""

    agent_id: AgentId
    lifetime: Annotated[float | None, Field(ge=60, le=366 * 24 * 3600.0, allow_inf_nan=False)] = None


class Rotate(Ask):
    """Put a new token in the place of one; `overlap` in seconds."""

    token: Line
    overlap: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class Renew(Ask):
    """Put a new token in the place of an agent's newest; `overlap` in seconds."""

    agent_id: AgentId
    overlap: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class Named(Ask):
    """Something that has an id or a name."""

    id: Line


class Refuse(Named):
    """Refuse something that has an id, and say why."""

    reason: Line = ""


class Again(Named):
    """Run a task once more; `key` stays the same when it is asked for again."""

    key: MessageId


class Admit(Named):
    """Let an applicant in."""

    role: Role = Role.WORKER


class Dispatch(Ask):
    """Give a command to agents; `key` stays the same when it is asked for again."""

    key: MessageId
    to: Annotated[list[Line], Field(max_length=200)]
    line: Annotated[str, Field(max_length=16_000)]


class Keep(Ask):
    """Keep a command line under a name."""

    name: Line
    line: Annotated[str, Field(max_length=4_000)]


class KeepView(Ask):
    """Keep a query under a name."""

    name: Line
    q: Line


class Earlier(Ask):
    """Show tasks that stand before one in the list."""

    id: Line


class Search(Ask):
    """Look for records of the audit trail before a number; the newest first."""

    actor: Line = ""
    action: Line = ""
    target: Line = ""
    text: Line = ""
    result: Line = ""
    since: Line = ""
    till: Line = ""
    before: Annotated[int, Field(ge=0, le=2**53)] = 2**53


class Address(Ask):
    """Where a store is."""

    address: Annotated[str, Field(min_length=1, max_length=2048)]


class ChangeSettings(Ask):
    """Set what is to differ from the environment; `seen` is what held when the form was filled in."""

    changes: Annotated[dict[Line, Any], Field(max_length=32)]
    seen: Annotated[dict[Line, Any], Field(max_length=32)]


class Judge(Ask):
    """Would this command line run?"""

    line: Annotated[str, Field(max_length=4_000)]


class NewRoom(Ask):
    """Make a room."""

    name: Line
    topic: Line = ""
    private: bool = False
    members: Annotated[list[AgentId], Field(max_length=100)] = []
