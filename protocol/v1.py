"""What version 1 calls the states of tasks, their commands and the roles of agents, both ways."""

from typing import Any, Literal

from protocol.errors import InvalidRequest
from protocol.roles import Role
from protocol.tasks import Task, TaskState

Ending = Literal["succeeded", "failed", "cancelled", "timed_out"]

STATES: dict[TaskState, str] = {
    TaskState.QUEUED: "QUEUED",
    TaskState.NEEDS_APPROVAL: "AWAITING_APPROVAL",
    TaskState.DISPATCHED: "PENDING",
    TaskState.RUNNING: "RUNNING",
    TaskState.CANCELLING: "RUNNING",
    TaskState.SUCCEEDED: "SUCCESS",
    TaskState.FAILED: "FAIL",
    TaskState.TIMED_OUT: "FAIL",
    TaskState.CANCELLED: "FAIL",
    TaskState.LOST: "FAIL",
    TaskState.DENIED: "REJECTED",
    TaskState.BLOCKED: "REJECTED",
}

# What a client may say of a task, in any case; RUNNING and its like are no ending.
UNDER_WAY = frozenset({"RUNNING", "PENDING", "IN_PROGRESS"})
ENDINGS: dict[str, Ending] = {
    "SUCCESS": "succeeded",
    "SUCCEEDED": "succeeded",
    "COMPLETED": "succeeded",
    "DONE": "succeeded",
    "OK": "succeeded",
    "FAIL": "failed",
    "FAILED": "failed",
    "FAILURE": "failed",
    "ERROR": "failed",
    "REJECTED": "failed",
    "CANCELLED": "cancelled",
    "CANCELED": "cancelled",
    "TIMEOUT": "timed_out",
    "TIMED_OUT": "timed_out",
}


# A v1 command is free text. It is a question to the agent's model, unless it names a command that all know;
# with one of the words that the old relay held back by itself it is as risky as it looks.
PLAIN, RISKY = "ask", "do"
RISKY_WORDS = ("rm -rf", "shutdown", "reboot", "halt", "poweroff", "del /s", "format")


def text_command(text: str) -> str:
    """Return the name of the command that stands for free text."""
    return RISKY if any(word in text.lower() for word in RISKY_WORDS) else PLAIN


def cmd_of(task: Task) -> str:
    """Return what a v1 agent is told to run."""
    is_text = task.command in {PLAIN, RISKY}
    return " ".join(task.args) if is_text else task.line


def shown(task: Task) -> dict[str, Any]:
    """Return a task as v1 lists it."""
    return {
        "id": task.id,
        "agent_id": task.to,
        "cmd": cmd_of(task),
        "status": STATES[task.state],
        "trace_id": trace_of(task),
        "ts": task.created_at,
        "result": task.output or task.reason or "",
        "requested_by": task.requested_by,
        "completed_at": task.ended_at,
    }


def trace_of(task: Task) -> str:
    """Return what the tasks of one dispatch have in common."""
    return task.group_id or task.id


def ending_of(status: str) -> Ending | None:
    """Return how a task ended, or None while it is under way.

    Raises:
        InvalidRequest: no state of a task.
    """
    word = status.strip().upper()
    if word in UNDER_WAY:
        return None
    if word not in ENDINGS:
        raise InvalidRequest("not a state of a task", field="status")
    return ENDINGS[word]


def role_of(word: str) -> Role:
    """Return the role that a word names, in any case.

    Raises:
        InvalidRequest: it names none.
    """
    try:
        return Role(word.strip().lower())
    except ValueError:
        raise InvalidRequest("a role is master, warden or worker", field="role") from None


def claimed_role(word: str | None) -> Role | None:
    """Return the role of a handshake; words that version 1 never knew are workers, as they always were."""
    if not word:
        return None
    try:
        return role_of(word)
    except InvalidRequest:
        return Role.WORKER
