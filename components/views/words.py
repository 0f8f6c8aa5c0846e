"""The words and signs that the console uses for states; one table each, shared by all views."""

import zlib

from protocol.agents import Status
from protocol.tasks import TaskState

TASK_WORDS: dict[TaskState, tuple[str, str, str]] = {
    TaskState.QUEUED: ("Queued", "○", "neutral"),
    TaskState.NEEDS_APPROVAL: ("Needs approval", "!", "warn"),
    TaskState.DISPATCHED: ("Dispatched", "○", "neutral"),
    TaskState.RUNNING: ("Running", "◐", "accent"),
    TaskState.CANCELLING: ("Cancelling", "◑", "neutral"),
    TaskState.SUCCEEDED: ("Succeeded", "✓", "ok"),
    TaskState.FAILED: ("Failed", "✕", "err"),
    TaskState.TIMED_OUT: ("Timed out", "✕", "err"),
    TaskState.CANCELLED: ("Cancelled", "\N{EN DASH}", "neutral"),
    TaskState.DENIED: ("Denied", "⊘", "neutral"),
    TaskState.BLOCKED: ("Blocked by policy", "⊘", "err"),
    TaskState.LOST: ("Lost", "✕", "err"),
}

PRESENCE_WORDS: dict[Status, str] = {
    Status.ONLINE: "Online",
    Status.IDLE: "Idle",
    Status.OFFLINE: "Offline",
}


def nick_of(agent_id: str) -> int:
    """Return which of the eight name colours an agent has; by id, so that a new handle keeps it."""
    return zlib.crc32(agent_id.encode()) % 8


def counted(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
