"""What can't be taken back, in the settings: letting go of history, and beginning anew."""

from typing import Annotated

from pydantic import Field
from typing_extensions import override

from app.services.permissions import Operation
from components import asks
from components.panels.answers import Answer, Answers, Table, failure
from components.panels.parts import Part
from components.state import ConsoleState
from components.upkeep import Upkeep
from components.views import elements
from protocol.agents import Status
from protocol.errors import ClawNetError
from protocol.tasks import TaskState

_HELD = frozenset({TaskState.RUNNING, TaskState.CANCELLING})


class Purge(asks.Ask):
    """Let go of messages older than so many days."""

    days: Annotated[float, Field(ge=1, le=36_500, allow_inf_nan=False)]


class DangerPart(Part):
    """Says whom it would concern before it is done."""

    def __init__(self, upkeep: Upkeep, state: ConsoleState) -> None:
        self._upkeep = upkeep
        self._state = state
        table: Table = {"purge": (Purge, self._purge), "restart": (asks.Nothing, self._restart)}
        self._danger = elements.Danger(ask=Answers(upkeep, table))

    @override
    def draw(self) -> None:
        """Count whom a restart would concern."""
        there = [each for each in self._state.presence.values() if each.status is not Status.OFFLINE]
        running = [task for task in self._state.work.tasks.values() if task.state in _HELD]
        try:
            lasts = self._upkeep.store().durability != "memory"
        except ClawNetError as error:
            self._danger.draw("show", failure(error))
            return
        shown = {
            "agents": len(there) - sum(each.agent_id == self._state.viewer for each in there),
            "running": len(running),
            "lasts": lasts,
            "restarts": self._upkeep.can_restart(),
            "allowed": self._upkeep.may(Operation.HISTORY_PURGE),
        }
        self._danger.draw("show", shown)

    async def _purge(self, ask: Purge) -> Answer:
        return {"gone": await self._upkeep.purge(ask.days)}

    async def _restart(self, _: asks.Nothing) -> Answer:
        await self._upkeep.restart()
        return {}
