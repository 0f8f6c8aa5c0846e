"""What a message can carry: a tagged union on `kind`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from protocol.addressing import AgentId, MessageId
from protocol.tasks import Task
from protocol.text import MessageText, ShortText


class Payload(BaseModel):
    """What every payload has in common."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TextPayload(Payload):
    """What somebody said."""

    kind: Literal["text"] = "text"
    text: MessageText
    reply_to: MessageId | None = None
    # A default that is shared would be copied in depth with every message.
    mentions: Annotated[list[AgentId], Field(max_length=64)] = Field(
        default_factory=list, json_schema_extra={"default": []}
    )


class TaskPayload(Payload):
    """A task as it was asked for."""

    kind: Literal["task"] = "task"
    task: Task


class TaskUpdatePayload(Payload):
    """One step in the life of a task."""

    kind: Literal["task_update"] = "task_update"
    task: Task


class OrderPayload(Payload):
    """A task to execute, as it stands in the inbox of its assignee; on the wire it is `task_dispatch`."""

    kind: Literal["order"] = "order"
    task: Task
    lease: ShortText


class SystemPayload(Payload):
    """What the relay itself says in a room."""

    kind: Literal["system"] = "system"
    event: ShortText
    text: ShortText
    subject: AgentId | None = None


class RedactionPayload(Payload):
    """The removal of an earlier message, named by its id and offset."""

    kind: Literal["redaction"] = "redaction"
    target: MessageId
    target_offset: Annotated[int, Field(ge=1)]
    reason: ShortText


AnyPayload = Annotated[
    TextPayload | TaskPayload | TaskUpdatePayload | OrderPayload | SystemPayload | RedactionPayload,
    Field(discriminator="kind"),
]
