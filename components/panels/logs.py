"""Logs: what the relay says of itself, and the audit trail with the state of its chain."""

from app.events import Fact
from components import asks
from components.lines import Line, Lines
from components.panels.answers import Answer, Answers, Table, failure
from components.pictures import records
from components.render import label, visible
from components.routes import Place, View
from components.state import ConsoleState
from components.trail import AUTO, Filter, Trail
from components.views.elements import Audit, Logs
from protocol.errors import ClawNetError


class LogsPanel:
    """Reads the newest lines of the relay's log for one tab."""

    view = View.LOGS

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._wanted = {"level": "", "q": ""}
        self._last: Line | None = None
        self._logs = Logs()

    async def go(self, place: Place) -> None:
        """Show the lines that pass the filter that the address names."""
        asked = place.asked()
        self._wanted = {name: asked.get(name, "").strip()[:128] for name in self._wanted}
        if is_expression(self._wanted["q"]):
            self._wanted["q"] = ""  # the browser looks for it: an expression could keep the relay busy
        try:
            newest = self._newest()
        except ClawNetError as error:
            self._logs.tell("show", failure(error))
            return
        self._logs.tell("show", {"lines": [_line(each) for each in newest]})

    def hear(self, _: list[Fact]) -> None:
        """Lines come without facts: the clock looks for them."""

    async def tick(self) -> None:
        """Add what was logged since the last look."""
        before = self._last
        try:
            newest = self._newest()
        except ClawNetError as error:
            self._logs.draw("grown", failure(error))
            return
        place = next((place for place, line in enumerate(reversed(newest)) if line == before), len(newest))
        fresh = newest[len(newest) - place :]
        if fresh:
            self._logs.tell("grown", {"lines": [_line(each) for each in fresh]})

    def _newest(self) -> list[Line]:
        newest = self._lines.newest(self._wanted["level"], self._wanted["q"])
        self._last = newest[-1] if newest else None
        return newest


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
        wanted = Filter.of(ask.model_dump(exclude={"before"}))
        return records.page(await self._trail.search(wanted, before=ask.before), self._state)

    async def _verify(self, _: asks.Nothing) -> Answer:
        return records.verdict(await self._trail.verify())


def is_expression(text: str) -> bool:
    """Tell whether a filter is a regular expression between slashes."""
    return len(text) > 2 and text.startswith("/") and text.endswith("/")


def _line(line: Line) -> Answer:
    return {
        "ts": line.ts,
        "level": label(line.level),
        "source": label(line.source),
        "event": label(line.event),
        "fields": [[label(name), visible(value)] for name, value in line.fields],
    }
