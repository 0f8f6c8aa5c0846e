"""A task: one command for one agent, and the states of its life."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from protocol.addressing import AgentId, RoomId
from protocol.text import CleanText, ShortText

MAX_OUTPUT = 16 * 1024  # characters of a task's output: with its JSON it fits one frame
MAX_ARG = 16_000  # characters of one argument, as many as a message has


class TaskState(StrEnum):
    """Where a task stands; the console shows these words and no others."""

    QUEUED = "queued"
    NEEDS_APPROVAL = "needs_approval"
    DISPATCHED = "dispatched"
    RUNNING = "running"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    DENIED = "denied"
    BLOCKED = "blocked"
    LOST = "lost"

    @property
    def is_terminal(self) -> bool:
        """Tell whether nothing can follow."""
        return self in TERMINAL


TERMINAL = frozenset(
    {
        TaskState.SUCCEEDED,
        TaskState.FAILED,
        TaskState.TIMED_OUT,
        TaskState.CANCELLED,
        TaskState.DENIED,
        TaskState.BLOCKED,
        TaskState.LOST,
    }
)


class Task(BaseModel):
    """One command for one agent; times are RFC 3339 in UTC, `timeout` is in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: ShortText
    group_id: ShortText | None = None
    retry_of: ShortText | None = None
    room: RoomId
    command: Annotated[CleanText, Field(max_length=256)]
    args: Annotated[list[Annotated[CleanText, Field(max_length=MAX_ARG)]], Field(max_length=64)] = []
    risk: Annotated[int, Field(ge=0, le=2)] = 0
    rule: ShortText | None = None
    to: AgentId
    requested_by: AgentId
    approved_by: AgentId | None = None
    state: TaskState
    reason: ShortText | None = None
    attempt: Annotated[int, Field(ge=0)] = 0
    timeout: Annotated[float, Field(gt=0, le=86_400)] = 600
    created_at: str
    started_at: str | None = None
    ended_at: str | None = None
    percent: Annotated[float, Field(ge=0, le=100)] | None = None
    output: Annotated[CleanText, Field(max_length=MAX_OUTPUT)] | None = None
    exit_code: int | None = None
    truncated: bool = False

    @property
    def line(self) -> str:
        """Return the command as it would be typed, without its targets."""
        return " ".join((f"/{self.command}", *self.args))

    @property
    def lease(self) -> str:
        """Return the lease of the present attempt, which fences off the former ones; empty before the first.

        It is no secret: only the assignee may report, whoever else knows it.
        """
        return f"{self.id}.{self.attempt}" if self.attempt else ""
