"""What tasks and agents did, as lines of a log: told by tasks themselves, the audit trail and the relay."""

from collections.abc import Iterable, Iterator

from components.lines import KEPT, Line, Lines
from components.state import ConsoleState
from components.trail import Filter, Trail
from protocol.audit import AuditRecord
from protocol.tasks import Task, TaskState

RECORDS = 300  # of one agent
SAID = 200  # lines of one task's output, its last
NAMED = frozenset({"agent", "agent_id", "actor", "to"})  # fields of the relay's log that name an agent
DULL = frozenset({"sha256"})  # what nobody reads in a line stands in the trail itself
_LEVELS = {
    TaskState.FAILED: "error",
    TaskState.TIMED_OUT: "error",
    TaskState.LOST: "error",
    TaskState.DENIED: "warning",
    TaskState.BLOCKED: "warning",
    TaskState.CANCELLED: "warning",
}


class Chronicle:
    """Puts lines together for one session; what it may not know is not among them."""

    def __init__(self, lines: Lines, trail: Trail, state: ConsoleState) -> None:
        self._lines = lines
        self._trail = trail
        self._state = state
        self._told = (-1, "")
        self._records: list[AuditRecord] = []

    def of_relay(self, level: str, text: str) -> list[Line]:
        """Return the newest lines of the relay's own log.

        Raises:
            Unauthenticated: the session is over. Forbidden: neither master nor warden.
        """
        return self._lines.newest(level, text)

    def of_tasks(self, level: str, text: str) -> list[Line]:
        """Return what was asked of agents and what came of it, oldest first."""
        return _newest(_of_tasks(self._state.work.tasks.values()), level, text)

    async def of_agent(self, agent_id: str, level: str, text: str) -> list[Line]:
        """Return what one agent did and what was done to it, oldest first.

        Raises:
            Unauthenticated: the session is over. Forbidden: neither master nor warden.
        """
        tasks = (task for task in self._state.work.tasks.values() if task.to == agent_id)
        records = [_of_record(each) for each in await self._records_of(agent_id)]
        logged = [line for line in self._lines.newest() if (agent_id in _names(line))]
        return _newest([*_of_tasks(tasks), *records, *logged], level, text)

    async def _records_of(self, agent_id: str) -> list[AuditRecord]:
        # The trail is read anew only when it has grown.
        newest = await self._trail.newest()
        if self._told != (newest, agent_id):
            found = await self._trail.watched(Filter(text=agent_id), limit=RECORDS)
            mine = (each for each in reversed(found.records) if agent_id in {each.actor, each.target})
            # Tasks tell of themselves, and more.
            self._records = [each for each in mine if not each.action.startswith("task.")]
            self._told = (newest, agent_id)
        return self._records


def _newest(lines: Iterable[Line], level: str, text: str) -> list[Line]:
    wanted = [line for line in lines if line.has(level, text)]
    return sorted(wanted, key=lambda line: line.ts)[-KEPT:]


def _of_tasks(tasks: Iterable[Task]) -> Iterator[Line]:
    for task in tasks:
        yield from _of_task(task)


def _of_task(task: Task) -> Iterator[Line]:
    named = (("task", task.id), ("agent", task.to))
    asked = (*named, ("room", task.room), ("by", task.requested_by))
    yield Line(task.created_at, "info", "task", f"asked: {task.line[:512]}", asked)
    if task.started_at:
        yield Line(task.started_at, "info", "task", "running", (*named, ("attempt", str(task.attempt))))
    if not task.ended_at:
        return
    for said in (task.output or "").splitlines()[-SAID:]:
        yield Line(task.ended_at, "info", "output", said, named[:1])
    told = (("exit_code", task.exit_code), ("reason", task.reason))
    fields = tuple((name, str(value)) for name, value in told if value is not None)
    level = _LEVELS.get(task.state, "info")
    yield Line(task.ended_at, level, "task", task.state.value.replace("_", " "), (*named, *fields))


def _of_record(record: AuditRecord) -> Line:
    told = {"target": record.target, "actor": record.actor, "address": record.address, **record.detail}
    fields = tuple(
        (name, str(value)) for name, value in told.items() if value not in (None, "") and name not in DULL
    )
    level = "info" if record.result == "ok" else "warning"
    event = record.action if record.result == "ok" else f"{record.action} {record.result}"
    return Line(record.ts, level, "audit", event, fields)


def _names(line: Line) -> set[str]:
    return {value for name, value in line.fields if name in NAMED}
