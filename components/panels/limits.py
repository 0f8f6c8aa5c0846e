"""Limits and safety in the settings: what holds, who uses how much, and what may be changed at run time."""

from typing_extensions import override

from app.services.runtime_settings import CHANGEABLE
from app.services.tasks.policy import Policy
from components import asks
from components.panels.answers import Answer, Answers, Table, failure
from components.panels.changing import Changing
from components.panels.parts import Part
from components.pictures import rules
from components.state import ConsoleState
from components.upkeep import Upkeep
from components.views import elements
from protocol.errors import ClawNetError

RULES = tuple(name for name in CHANGEABLE if not name.endswith("_joins"))


class LimitsPart(Part):
    """The limits in force, who has used how much of them, and the rules for commands."""

    def __init__(self, upkeep: Upkeep, state: ConsoleState) -> None:
        self._upkeep = upkeep
        self._state = state
        self._changing = Changing(upkeep, state, RULES)
        table: Table = {"change": (asks.ChangeSettings, self._change), "judge": (asks.Judge, self._judge)}
        self._limits = elements.Limits(ask=Answers(upkeep, table))

    @override
    def draw(self) -> None:
        """Show what is used now."""
        try:
            uses = rules.use(self._upkeep.limits(), self._state)
            settings = self._upkeep.settings_now()
            shown: Answer = {
                "uses": uses,
                "rules": rules.settings(settings, rules.FIXED),
                "links": rules.links(self._upkeep.connections(), self._state),
                "most": settings.max_connections_per_agent,
                **self._changing.shown(),
            }
        except ClawNetError as error:
            shown = failure(error)
        self._limits.draw("show", shown)

    @override
    async def begin(self) -> None:
        """Look up who changed them last."""
        await self._changing.look()

    async def _change(self, ask: asks.ChangeSettings) -> Answer:
        answer = await self._changing.change(ask)
        self.draw()
        return answer

    async def _judge(self, ask: asks.Judge) -> Answer:
        settings = self._upkeep.settings_now()
        ruling = Policy(deny=settings.deny_commands, risky=settings.risky_commands).rule_on(ask.line)
        verdict = "blocked" if ruling.blocked else "approval" if ruling.needs_approval else "runs"
        return {"verdict": verdict, "rule": ruling.rule or ""}
