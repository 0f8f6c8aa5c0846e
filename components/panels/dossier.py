"""One task in full, in whatever element shows it."""

from app.events import Fact, TaskMoved, TaskProgressed
from components.panels.answers import Answer, failure
from components.pictures import records, tasks
from components.state import ConsoleState
from components.trail import Filter, Trail
from components.views.elements import Speaking
from protocol.errors import ClawNetError

STEPS = 50  # records of a task's life


class Dossier:
    """Keeps one task's details true: what is known of it, and the steps of its life."""

    def __init__(self, element: Speaking, trail: Trail, state: ConsoleState) -> None:
        self._element = element
        self._trail = trail
        self._state = state
        self._task = self._tab = self._path = ""
        self._steps_due = False

    def turn_to(self, task_id: str, tab: str, path: str = "") -> None:
        """Choose the task, or none, and the tab, over what is at `path` if anything; nothing is drawn yet."""
        self._task, self._tab, self._path = task_id, tab, path
        self._steps_due = True

    def hear(self, facts: list[Fact]) -> bool:
        """Tell whether the task is among what has moved; if so its steps are read anew."""
        moved = {fact.task.id for fact in facts if isinstance(fact, TaskMoved | TaskProgressed)}
        self._steps_due |= self._task in moved
        return self._task in moved

    def draw(self) -> None:
        """Show what is known of the task."""
        self._element.draw("open", self._shown())

    async def draw_steps(self) -> None:
        """Show the steps if they are looked at and may be others by now."""
        if not self._steps_due or self._tab != "events" or self._task not in self._state.work.tasks:
            return
        task_id, self._steps_due = self._task, False
        steps = await self._steps(task_id)
        if task_id == self._task:
            self._element.draw("steps", {"id": task_id, **steps})

    def _shown(self) -> Answer:
        if not self._task:
            return {"id": ""}
        task = self._state.work.tasks.get(self._task)
        known = tasks.dossier(task, self._state) if task else {"id": self._task, "known": False}
        where = {"tab": self._tab, **({"path": self._path} if self._path else {})}
        raw = {"raw": tasks.raw(task)} if task and self._tab == "raw" else {}
        return {**known, **where, **raw}

    async def _steps(self, task_id: str) -> Answer:
        try:
            found = await self._trail.watched(Filter(action="task.", target=task_id), limit=STEPS)
        except ClawNetError as error:
            return failure(error)
        mine = [record for record in found.records if record.target == task_id]
        return {"rows": [records.record(record, self._state) for record in mine]}
