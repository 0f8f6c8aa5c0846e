"""The tasks that are under way or ended lately, and what is known of them beside the store."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from protocol.tasks import Task

MAX_ENDED = 2_000  # the newest are kept at hand; older ones have left the timeline's cards as well


@dataclass(slots=True, eq=False)
class Entry:
    """A task, since when it is in its state, when its assignee was heard last, and by which connection.

    Times are monotonic seconds. `offset` is the place of its order in the inbox.
    """

    task: Task
    since: float
    heard_at: float
    holder: str = ""
    offset: int = 0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class TaskBook:
    """Tasks by id; those that ended are kept up to a cap, the oldest go first."""

    def __init__(self, max_ended: int = MAX_ENDED) -> None:
        self._max_ended = max_ended
        self._open: dict[str, Entry] = {}
        self._ended: OrderedDict[str, Entry] = OrderedDict()
        self._groups: dict[str, list[str]] = {}
        self._forgotten: list[str] = []

    def put(self, task: Task, now: float) -> None:
        """Take a task up as it is now."""
        entry = self.get(task.id)
        if entry is None:
            entry = Entry(task, now, now)
            self._groups.setdefault(task.group_id or task.id, []).append(task.id)
        elif entry.task.state is not task.state or entry.task.attempt != task.attempt:
            entry.since = entry.heard_at = now
        entry.task = task
        self._shelve(entry)

    def get(self, task_id: str) -> Entry | None:
        """Return a task's entry."""
        return self._open.get(task_id) or self._ended.get(task_id)

    def of_group(self, group: str) -> list[Task]:
        """List the tasks of one dispatch."""
        entries = map(self.get, self._groups.get(group, ()))
        return [entry.task for entry in entries if entry is not None]

    def under_way(self) -> list[Entry]:
        """List the tasks that have not ended."""
        return list(self._open.values())

    def newest_first(self) -> list[Task]:
        """List every task at hand."""
        entries = (*self._open.values(), *self._ended.values())
        return sorted(
            (each.task for each in entries), key=lambda task: (task.created_at, task.id), reverse=True
        )

    def take_forgotten(self) -> list[str]:
        """Return the ids of the tasks that went since the last call: the store is to forget them too."""
        forgotten, self._forgotten = self._forgotten, []
        return forgotten

    def waiting_for(self, agent_id: str) -> int:
        """Count what an agent has still to do."""
        return sum(entry.task.to == agent_id for entry in self._open.values())

    def __len__(self) -> int:
        return len(self._open) + len(self._ended)

    def _shelve(self, entry: Entry) -> None:
        task_id = entry.task.id
        if not entry.task.state.is_terminal:
            self._open[task_id] = entry
            return
        self._open.pop(task_id, None)
        self._ended[task_id] = entry
        while len(self._ended) > self._max_ended:
            _, oldest = self._ended.popitem(last=False)
            self._leave_group(oldest.task)
            self._forgotten.append(oldest.task.id)

    def _leave_group(self, task: Task) -> None:
        group = task.group_id or task.id
        members = self._groups[group]
        members.remove(task.id)
        if not members:
            del self._groups[group]
