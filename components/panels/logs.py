"""Logs: what the relay says of itself, and the audit trail with the state of its chain."""

from app.events import Fact
from components import asks
from components.panels.answers import Answer, Answers, Table, failure
from components.pictures import records
from components.routes import Place, View
from components.state import ConsoleState
from components.trail import AUTO, Filter, Trail
from components.views.elements import Audit, Logs
from protocol.errors import ClawNetError


class LogsPanel:
    """The relay's log: it keeps none of it, and says so."""

    view = View.LOGS

    def __init__(self) -> None:
        Logs()

    async def go(self, _: Place) -> None:
        """Show it; there is but one place."""

    def hear(self, _: list[Fact]) -> None:
        """Nothing of it changes."""

    async def tick(self) -> None:
        """Nothing of it changes."""


class AuditPanel:
    """Reads the trail for one tab and checks its chain."""

    view = View.LOGS

    def __init__(self, trail: Trail, state: ConsoleState) -> None:
        self._trail = trail
        self._state = state
        table: Table = {"search": (asks.Search, self._search), "verify": (asks.Nothing, self._verify)}
        self._audit = Audit(ask=Answers(trail, table))

    async def go(self, place: Place) -> None:
        """Show what passes the filter that the address names."""
        wanted = Filter.of(place.asked())
        try:
            newest = await self._trail.newest()
            found = await self._trail.search(wanted)
        except ClawNetError as error:
            self._audit.tell("show", {"filter": wanted.told(), **failure(error)})
            return
        shown = {"filter": wanted.told(), "newest": newest, "checks": newest <= AUTO}
        self._audit.tell("show", {**shown, **records.page(found, self._state)})

    def hear(self, _: list[Fact]) -> None:
        """Records come with facts and without: the clock looks for them."""

    async def tick(self) -> None:
        """Tell how far the trail has come."""
        try:
            self._audit.draw("grown", await self._trail.newest())
        except ClawNetError as error:
            self._audit.draw("grown", failure(error))

    async def _search(self, ask: asks.Search) -> Answer:
        wanted = Filter(ask.actor.strip(), ask.action.strip(), ask.target.strip(), ask.text.strip())
        return records.page(await self._trail.search(wanted, before=ask.before), self._state)

    async def _verify(self, _: asks.Nothing) -> Answer:
        return records.verdict(await self._trail.verify())
