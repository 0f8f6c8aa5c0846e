"""The tasks that one operator may know of: a snapshot that facts keep true."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from app.clock import stamp
from app.events import Fact, RoomDeleted, TaskMoved, TaskProgressed
from protocol.tasks import Task, TaskState

KEPT = 2_000  # ended tasks, as many as the relay keeps at hand
STREAM = 16 * 1024  # characters of what a running task has said so far
_HELD = frozenset({TaskState.RUNNING, TaskState.CANCELLING})
_FAILED = frozenset({TaskState.FAILED, TaskState.TIMED_OUT, TaskState.LOST})

Sees = Callable[[Task], bool]
Ends = Callable[[str], datetime | None]


def _nothing(_: Task) -> bool:
    return False


def _never(_: str) -> None:
    return None


@dataclass(slots=True)
class KnownTasks:
    """Tasks by id, oldest first, and what those that run have said.

    `sees` is the relay's judgement, `ends` tells when an approval that nobody gives runs out.
    """

    sees: Sees = _nothing
    ends: Ends = _never
    tasks: dict[str, Task] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)

    @classmethod
    def snapshot(cls, newest_first: Iterable[Task], sees: Sees, ends: Ends = _never) -> "KnownTasks":
        """Take what the relay lists."""
        return cls(sees, ends, {task.id: task for task in reversed(list(newest_first))})

    def apply(self, fact: Fact) -> None:
        """Move on by one fact; most are none of its business."""
        match fact:
            case TaskMoved() | TaskProgressed():
                self._take(fact)
            case RoomDeleted():
                self.recheck(fact.room.id)
            case _:
                pass

    def recheck(self, room_id: str) -> None:
        """Drop the tasks of a room that is out of sight, or gone."""
        for task in [each for each in self.tasks.values() if each.room == room_id]:
            if not self.sees(task):
                self._drop(task.id)

    def expiry(self, task_id: str) -> str | None:
        """Return when a task that waits for approval is denied for want of it, to the second."""
        moment = self.ends(task_id)
        return stamp(moment.replace(microsecond=0)) if moment else None

    def newest_first(self) -> list[Task]:
        """List them all."""
        return list(reversed(self.tasks.values()))

    def under_way(self, room_id: str) -> list[Task]:
        """List what runs in a room now."""
        here = (task for task in self.tasks.values() if task.room == room_id)
        return [task for task in here if task.state in _HELD]

    def held(self) -> dict[str, Task]:
        """Return what each agent executes now; the newest, if it is several."""
        return {task.to: task for task in self.tasks.values() if task.state in _HELD}

    def waiting(self) -> list[Task]:
        """List what waits for somebody's approval, oldest first."""
        return [task for task in self.tasks.values() if task.state is TaskState.NEEDS_APPROVAL]

    def failed(self) -> list[Task]:
        """List what went wrong and was not tried again, newest first."""
        tried_again = {task.retry_of for task in self.tasks.values()}
        return [task for task in self.newest_first() if task.state in _FAILED and task.id not in tried_again]

    def _take(self, fact: TaskMoved | TaskProgressed) -> None:
        task = fact.task
        if not self.sees(task):
            self._drop(task.id)
            return
        self.tasks[task.id] = task
        if task.state.is_terminal:
            self.said.pop(task.id, None)
            self._trim()
        elif isinstance(fact, TaskProgressed) and fact.text:
            self.said[task.id] = joined(self.said.get(task.id, ""), fact.text)[-STREAM:]

    def _drop(self, task_id: str) -> None:
        self.tasks.pop(task_id, None)
        self.said.pop(task_id, None)

    def _trim(self) -> None:
        if len(self.tasks) <= KEPT:
            return
        ended = [task.id for task in self.tasks.values() if task.state.is_terminal]
        for task_id in ended[: max(0, len(ended) - KEPT)]:
            del self.tasks[task_id]


def joined(before: str, said: str) -> str:
    """Put what a task says now behind what it said before; its last words may come along again."""
    for length in range(min(len(before), len(said)), 0, -1):
        if before.endswith(said[:length]):
            return before + said[length:]
    return f"{before}\n{said}" if before and not before.endswith("\n") else before + said
