"""What the relay answers: the ack of every request.

An ack without `ok` is no ack (a cancelled handler of python-socketio acks with no arguments): retry.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from protocol.addressing import RoomId
from protocol.errors import ClawNetError
from protocol.messages import Durability, Message, Offset
from protocol.rooms import Room
from protocol.tasks import Task


class Answer(BaseModel):
    """What an ack adds to `ok` and `server_time`."""

    model_config = ConfigDict(frozen=True)


class Done(Answer):
    """Nothing but the yes."""


class Sent(Answer):
    """The message is stored; `unreachable` lists who will get it only on return.

    For a slash command: `task_ids` of the tasks that it made, `unknown` targets that nobody answers to, and
    a `notice` to the sender alone. A command that the relay itself carries out stores nothing: offset 0.
    """

    id: str
    room: RoomId
    offset: Offset
    ts: str
    duplicate: bool = False
    unreachable: list[str] = []
    task_ids: list[str] = []
    unknown: list[str] = []
    notice: str | None = None
    durability: Durability = "memory"


class History(Answer):
    """One page of a room, oldest first, at most 1 MiB of it; `more` tells whether the page's side goes on."""

    messages: list[Message]
    head: Offset
    oldest: Offset
    more: bool
    epoch: str


class Deleted(Answer):
    """Where the removal stands in the room."""

    offset: Offset


class RoomAnswer(Answer):
    """The room as it is now."""

    room: Room


class RoomsAnswer(Answer):
    """The rooms that the asker may see."""

    rooms: list[Room]


class HandleAnswer(Answer):
    """The handle as it is now."""

    handle: str


class TaskPlaced(Answer):
    """One task of a dispatch."""

    id: str
    to: str
    state: str


class Dispatched(Answer):
    """The tasks that a dispatch made, one an agent."""

    tasks: list[TaskPlaced]
    unknown: list[str] = []
    duplicate: bool = False


class TaskAnswer(Answer):
    """The task as it is now."""

    task: Task


class ResultTaken(Answer):
    """The result is recorded."""

    duplicate: bool = False


class CommandInfo(Answer):
    """A slash command; risk 0 reads, 1 changes, 2 destroys; it runs at the relay or at agents."""

    name: str
    args: list[dict[str, Any]] = []
    help: str
    risk: Literal[0, 1, 2]
    category: str
    runs_at: Literal["relay", "agent"] = "agent"


class Commands(Answer):
    """The slash commands that the asker may use."""

    commands: list[CommandInfo]


def ok(answer: Answer, *, server_time: str) -> dict[str, object]:
    """Encode an answer as the ack's body."""
    # What a message is answered with holds nothing but strings, numbers and lists of them.
    fields = answer.__dict__ if isinstance(answer, Sent) else answer.model_dump(mode="json")
    return {"ok": True, **fields, "server_time": server_time}


def refusal(error: ClawNetError, *, server_time: str) -> dict[str, object]:
    """Encode an error as the ack's body."""
    return {"ok": False, "error": error.body(), "server_time": server_time}
