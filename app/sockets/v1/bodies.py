"""What v1 clients send, one model an event: lenient as their relay was, null is the same as nothing."""

from typing import Annotated, Any

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from protocol.acks import Answer
from protocol.requests import Request
from protocol.text import CleanText, MessageText, ShortText, Word, dumps


def _without_nulls(value: object) -> object:
    given = {} if value is None else value
    return (
        {key: each for key, each in given.items() if each is not None} if isinstance(given, dict) else given
    )


def _object(value: object) -> object:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> object:
    return value if isinstance(value, list) else []


def _written(value: object) -> object:
    return value if isinstance(value, str) else dumps(value)


Anything = Annotated[dict[str, Any], BeforeValidator(_object)]
Things = Annotated[list[Any], BeforeValidator(_list)]


class Body(Request):
    """What every body has in common: fields that nobody knows are passed over, numbers may be text."""

    model_config = ConfigDict(extra="ignore", strict=False, frozen=True, coerce_numbers_to_str=True)

    @model_validator(mode="before")
    @classmethod
    def nulls_are_nothing(cls, value: object) -> object:
        """Take null for nothing, as JavaScript does."""
        return _without_nulls(value)


class Nothing(Body):
    """An event whose body does not matter."""

    @model_validator(mode="before")
    @classmethod
    def whatever(cls, _: object) -> object:
        """Look at nothing."""
        return {}


class Report(Body):
    """Heartbeat and telemetry."""

    specs: Anything = {}
    cron: Things = []
    sessions: Things = []


class Chat(Body):
    """Say something to `all`, to an agent or to a `#room`."""

    msg: Annotated[MessageText, Field(validation_alias=AliasChoices("msg", "message"))]
    to: Word = "all"
    local_id: Annotated[ShortText, Field(alias="localId")] = ""


class Dispatch(Body):
    """Ask an agent, or `all`, to run a command."""

    to: Word
    cmd: MessageText


class TaskRef(Body):
    """Name a task."""

    id: Word


class TaskResult(TaskRef):
    """How far a task is, or how it ended."""

    status: Word
    output: Annotated[CleanText, BeforeValidator(_written)] = ""


class Reassignment(Body):
    """Another role for an agent."""

    agent_id: Word
    role: Word


class RoomRef(Body):
    """Name a room, with or without its `#`."""

    room: Word


class Handshake(BaseModel):
    """The `auth` of a v1 client."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True)

    token: Annotated[CleanText, Field(max_length=512)] = ""
    agent_id: CleanText | None = None
    role: CleanText | None = None
    specs: Anything = {}

    @model_validator(mode="before")
    @classmethod
    def nulls_are_nothing(cls, value: object) -> object:
        """Take null for nothing, as JavaScript does."""
        return _without_nulls(value)


class Taken(Answer):
    """A message was taken; `deduped` when it had been before."""

    deduped: bool | None = None


class Pong(Answer):
    """When the relay answered."""

    server_ts: str
