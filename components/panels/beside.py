"""One task in full beside the conversation in which it was asked for."""

from app.events import Fact, TaskMoved, TaskProgressed
from components.panels.answers import Answer, Answers, failure
from components.panels.doings import task_table
from components.pictures import records, tasks
from components.routes import Place
from components.state import ConsoleState
from components.trail import Filter, Trail
from components.views.elements import Beside
from components.work import Work
from protocol.errors import ClawNetError

STEPS = 50  # records of a task's life


class TaskBeside:
    """Keeps one task's details true while they are open over the chat."""

    def __init__(self, work: Work, trail: Trail, state: ConsoleState) -> None:
        self._trail = trail
        self._state = state
        self._task = self._tab = self._path = ""
        self._steps_due = False
        self._view = Beside(ask=Answers(work, task_table(work)))

    async def go(self, place: Place, path: str) -> None:
        """Open the task that the address names, over the conversation at `path`; close when it names none."""
        asked = place.asked()
        self._task, self._tab, self._path = asked.get("task", "")[:128], asked.get("tab", ""), path
        self._draw()
        await self._draw_steps()

    def hear(self, facts: list[Fact]) -> None:
        """Show what has become of the task."""
        if any(isinstance(fact, TaskMoved | TaskProgressed) and fact.task.id == self._task for fact in facts):
            self._steps_due = True
            self._draw()

    async def tick(self) -> None:
        """Read the task's steps anew once it has moved."""
        if self._steps_due:
            await self._draw_steps()

    def _draw(self) -> None:
        self._view.draw("open", self._dossier() if self._task else {"id": ""})

    def _dossier(self) -> Answer:
        task, where = self._state.work.tasks.get(self._task), {"tab": self._tab, "path": self._path}
        if task is None:
            return {"id": self._task, "known": False, **where}
        shown = {**tasks.dossier(task, self._state), **where}
        return {**shown, "raw": tasks.raw(task)} if self._tab == "raw" else shown

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
            self._view.draw("steps", {"id": task_id, **shown})
