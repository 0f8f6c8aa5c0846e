"""What a query bar asks for: `status:failed agent:atlas since:1h words`. Every part must fit a task."""

import re
import shlex
from dataclasses import dataclass
from datetime import datetime, timedelta

from components.state import ConsoleState
from protocol.tasks import Task, TaskState

GROUPS = {
    "waiting": frozenset({TaskState.NEEDS_APPROVAL}),
    "running": frozenset({TaskState.RUNNING, TaskState.CANCELLING}),
    "queued": frozenset({TaskState.QUEUED, TaskState.DISPATCHED}),
    "failed": frozenset({TaskState.FAILED, TaskState.TIMED_OUT, TaskState.LOST}),
    "done": frozenset({TaskState.SUCCEEDED, TaskState.CANCELLED, TaskState.DENIED, TaskState.BLOCKED}),
}
MAX_QUERY = 512
MAX_PARTS = 24
ME = "me"
_KEYS = ("status", "agent", "room", "by", "cmd", "since")
_SPAN = re.compile(r"(\d{1,4})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class Query:
    """Parts as (key, alternatives); the key of plain words is empty."""

    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @classmethod
    def of(cls, text: str) -> "Query":
        """Read what was typed; a key that is not known is a word like any other."""
        return cls(tuple(_part(word) for word in _words(text[:MAX_QUERY].casefold())[:MAX_PARTS]))

    def passes(self, task: Task, state: ConsoleState, now: datetime) -> bool:
        """Tell whether a task is asked for."""
        return all(any(_fits(key, value, task, state, now) for value in values) for key, values in self.parts)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # a quote that is still open, while somebody types
        return text.split()


def _part(word: str) -> tuple[str, tuple[str, ...]]:
    key, colon, rest = word.partition(":")
    values = tuple(value for value in rest.split(",") if value)
    return (key, values) if colon and key in _KEYS and values else ("", (word,))


def _fits(key: str, value: str, task: Task, state: ConsoleState, now: datetime) -> bool:  # noqa: PLR0911
    match key:
        case "status":
            return value == task.state or task.state in GROUPS.get(value, ())
        case "agent":
            return value.removeprefix("@") in {task.to.casefold(), state.handle_of(task.to)}
        case "room":
            return value.removeprefix("#") == task.room.casefold()
        case "by":
            asker = task.requested_by
            me = value == ME and asker == state.viewer
            return me or value.removeprefix("@") in {asker.casefold(), state.handle_of(asker)}
        case "cmd":
            return f"/{task.command}".casefold().startswith("/" + value.removeprefix("/"))
        case "since":
            return _is_since(value, task, now)
        case _:
            return value in f"{task.line} {task.id} {state.handle_of(task.to)}".casefold()


def _is_since(value: str, task: Task, now: datetime) -> bool:
    found = _SPAN.fullmatch(value)
    if found is None:
        return True  # half typed, it takes nothing away
    span = timedelta(**{_UNITS[found[2]]: int(found[1])})
    return datetime.fromisoformat(task.created_at) >= now - span
