"""What version 1 calls the states of tasks and the roles of agents, both ways."""

from typing import Literal

from protocol.errors import InvalidRequest
from protocol.roles import Role
from protocol.tasks import TaskState

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
