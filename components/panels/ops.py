"""Ops: all tasks in a table, and one in full beside it."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.events import Fact, TaskMoved, TaskProgressed
from components import asks
from components.panels.answers import Answer, Answers, Table, failure
from components.panels.doings import task_table
from components.pictures import records, tasks
from components.routes import Place, View
from components.state import ConsoleState
from components.trail import Filter, Trail
from components.views.elements import Ops
from components.work import Work
from protocol.errors import ClawNetError
from protocol.tasks import Task, TaskState

PAGE = 100
STEPS = 50  # records of a task's life
_GROUPS = {
    "waiting": frozenset({TaskState.NEEDS_APPROVAL}),
    "running": frozenset({TaskState.RUNNING, TaskState.CANCELLING}),
    "queued": frozenset({TaskState.QUEUED, TaskState.DISPATCHED}),
    "failed": frozenset({TaskState.FAILED, TaskState.TIMED_OUT, TaskState.LOST}),
    "done": frozenset({TaskState.SUCCEEDED, TaskState.CANCELLED, TaskState.DENIED, TaskState.BLOCKED}),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tasks the address asks for; empty lets all pass."""

    state: str = ""
    agent: str = ""
    room: str = ""
    q: str = ""

    @classmethod
    def of(cls, place: Place) -> "Wanted":
        """Take it from an address; other parameters are passed over."""
        asked = place.asked()
        return cls(**{name: asked.get(name, "").strip()[:128] for name in cls.__dataclass_fields__})

    def passes(self, task: Task, state: ConsoleState) -> bool:
        """Tell whether a task is asked for; agents and rooms by name or id, states alone or as a group."""
        return (
            (not self.state or self.state == task.state or task.state in _GROUPS.get(self.state, ()))
            and (not self.agent or self.agent.removeprefix("@") in {task.to, state.handle_of(task.to)})
            and (not self.room or self.room.removeprefix("#") == task.room)
            and self.q.casefold() in f"{task.line} {task.id} {state.handle_of(task.to)}".casefold()
        )


class OpsPanel:
    """Keeps the table true, row by row, and does what is asked of it there."""

    view = View.OPS

    def __init__(self, work: Work, trail: Trail, state: ConsoleState) -> None:
        self._trail = trail
        self._state = state
        self._wanted: Wanted | None = None
        self._task = ""
        self._tab = ""
        self._steps_due = False
        table: Table = {**task_table(work), "earlier": (asks.Earlier, self._earlier)}
        self._ops = Ops(ask=Answers(work, table))

    async def go(self, place: Place) -> None:
        """Show what the address asks for, or open a task's details."""
        wanted = Wanted.of(place)
        self._task, self._tab = place.task, place.asked().get("tab", "output")
        if wanted != self._wanted:
            self._wanted = wanted
            self._ops.tell("show", self._page(self._found()))
        self._draw()
        await self._draw_steps()

    def hear(self, facts: list[Fact]) -> None:
        """Show what has changed: rows in place, new ones at the top."""
        moved = {fact.task.id for fact in facts if isinstance(fact, TaskMoved | TaskProgressed)}
        known = [task for task_id in moved if (task := self._state.work.tasks.get(task_id))]
        if known:
            known.sort(key=lambda task: (task.created_at, task.id), reverse=True)
            self._ops.tell("change", [self._changed(task) for task in known])
        self._steps_due |= self._task in moved
        self._draw()

    async def tick(self) -> None:
        """Read a task's steps anew once it has moved."""
        if self._steps_due:
            await self._draw_steps()

    def _draw(self) -> None:
        everything = self._state.work.tasks.values()
        counts = {name: sum(task.state in group for task in everything) for name, group in _GROUPS.items()}
        self._ops.draw("count", counts)
        self._ops.draw("open", self._dossier())

    def _dossier(self) -> Answer:
        task = self._state.work.tasks.get(self._task)
        if task is None:
            return {"id": self._task, "tab": self._tab, "known": False}
        return {**tasks.dossier(task, self._state), "tab": self._tab}

    async def _draw_steps(self) -> None:
        if self._tab != "events" or self._task not in self._state.work.tasks:
            return
        task_id, self._steps_due = self._task, False
        try:
            found = await self._trail.watched(Filter(action="task.", target=task_id), limit=STEPS)
            mine = [record for record in found.records if record.target == task_id]
            shown: Answer = {"rows": [records.record(record, self._state) for record in mine]}
        except ClawNetError as error:
            shown = failure(error)
        if task_id == self._task:
            self._ops.draw("steps", {"id": task_id, **shown})

    def _found(self) -> list[Task]:
        return [task for task in self._state.work.newest_first() if self._passes(task)]

    def _passes(self, task: Task) -> bool:
        return self._wanted is None or self._wanted.passes(task, self._state)

    def _page(self, found: Iterable[Task]) -> Answer:
        rest = list(found)
        return {
            "rows": [tasks.row(task, self._state) for task in rest[:PAGE]],
            "more": len(rest) > PAGE,
            "any": bool(self._state.work.tasks),
        }

    def _changed(self, task: Task) -> Answer:
        return {**tasks.row(task, self._state), "fits": self._passes(task)}

    async def _earlier(self, ask: asks.Earlier) -> Answer:
        found = self._found()
        place = next((number for number, task in enumerate(found) if task.id == ask.id), len(found))
        return self._page(found[place + 1 :])
