"""Facts: what has happened, in the past tense. The journal publishes, delivery and the console hear."""

from dataclasses import dataclass
from typing import NamedTuple

from protocol.agents import Agent, Presence
from protocol.messages import Message
from protocol.rooms import Room
from protocol.tasks import Task
from storage.ports import HandleRecord, TokenRecord


class MessagePosted(NamedTuple):
    """A message is stored."""

    message: Message


@dataclass(frozen=True, slots=True)
class RoomOpened:
    """A room came to be, with its first members."""

    room: Room


@dataclass(frozen=True, slots=True)
class RoomJoined:
    """An agent became a member; `room` is as it is after that."""

    room: Room
    agent_id: str


@dataclass(frozen=True, slots=True)
class RoomLeft:
    """An agent is no member any more; `room` is as it is after that."""

    room: Room
    agent_id: str


@dataclass(frozen=True, slots=True)
class RoomChanged:
    """Topic, visibility or owner of a room changed."""

    room: Room


@dataclass(frozen=True, slots=True)
class AgentEnrolled:
    """The relay knows a new agent."""

    agent: Agent


@dataclass(frozen=True, slots=True)
class AgentChanged:
    """Handle or role of an agent changed."""

    agent: Agent
    before: Agent


@dataclass(frozen=True, slots=True)
class RoomDeleted:
    """A room is gone with all that was said in it."""

    room: Room


@dataclass(frozen=True, slots=True)
class TokenKept:
    """A token was made or changed."""

    record: TokenRecord


@dataclass(frozen=True, slots=True)
class TokenClosed:
    """A token opens no door any more: revoked, or run out. What it opened must be shut."""

    token_id: str
    agent_id: str
    why: str


@dataclass(frozen=True, slots=True)
class TokenForgotten:
    """A token that had ended is not even listed any more."""

    token_id: str


@dataclass(frozen=True, slots=True)
class HandleMoved:
    """A handle was taken or released."""

    record: HandleRecord


@dataclass(frozen=True, slots=True)
class PresenceChanged:
    """An agent came, went, or fell silent. Never stored."""

    presence: Presence


@dataclass(frozen=True, slots=True)
class TypingChanged:
    """Somebody writes in a room, or has stopped. Never stored."""

    room: str
    agent_id: str
    handle: str
    typing: bool


@dataclass(frozen=True, slots=True)
class TaskMoved:
    """A task came to be, or is in another state."""

    task: Task


@dataclass(frozen=True, slots=True)
class TaskProgressed:
    """A running task says how far it is. Never stored."""

    task: Task
    text: str | None


@dataclass(frozen=True, slots=True)
class TaskCancelAsked:
    """The assignee is to stop a task. Never stored, but said again until it answers."""

    task: Task


Fact = (
    MessagePosted
    | RoomOpened
    | RoomJoined
    | RoomLeft
    | RoomChanged
    | AgentEnrolled
    | AgentChanged
    | RoomDeleted
    | TokenKept
    | TokenClosed
    | TokenForgotten
    | HandleMoved
    | PresenceChanged
    | TypingChanged
    | TaskMoved
    | TaskProgressed
    | TaskCancelAsked
)
