"""One task in full beside the conversation in which it was asked for."""

from app.events import Fact
from components.panels.answers import Answers
from components.panels.doings import task_table
from components.panels.dossier import Dossier
from components.routes import Place
from components.state import ConsoleState
from components.trail import Trail
from components.views.elements import Beside
from components.work import Work


class TaskBeside:
    """Keeps one task's details true while they are open over the chat."""

    def __init__(self, work: Work, trail: Trail, state: ConsoleState) -> None:
        self._dossier = Dossier(Beside(ask=Answers(work, task_table(work))), trail, state)

    async def go(self, place: Place, path: str) -> None:
        """Open the task that the address names, over the conversation at `path`; close when it names none."""
        asked = place.asked()
        self._dossier.turn_to(asked.get("task", "")[:128], asked.get("tab", ""), path)
        self._dossier.draw()
        await self._dossier.draw_steps()

    def hear(self, facts: list[Fact]) -> None:
        """Show what has become of the task."""
        if self._dossier.hear(facts):
            self._dossier.draw()

    async def tick(self) -> None:
        """Read the task's steps anew once it has moved."""
        await self._dossier.draw_steps()
