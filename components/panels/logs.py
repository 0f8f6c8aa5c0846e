"""Logs: what the relay says of itself, and the audit trail with the state of its chain."""

from app.events import Fact
from components import asks
from components.chronicle import Chronicle
from components.lines import Line
from components.panels.answers import Answer, Answers, Table, failure
from components.pictures import records
from components.render import label, visible
from components.routes import Place, View
from components.state import ConsoleState
from components.trail import AUTO, Filter, Trail
from components.views.elements import Audit, Logs
from protocol.errors import ClawNetError

ASKED = ("of", "agent", "level", "q")


class LogsPanel:
    """Shows lines to one tab: of the relay, of all tasks, or of one agent."""

    view = View.LOGS

    def __init__(self, chronicle: Chronicle, state: ConsoleState) -> None:
        self._chronicle = chronicle
        self._state = state
        self._wanted = dict.fromkeys(ASKED, "")
        self._shown: list[Line] = []
        self._logs = Logs()

    async def go(self, place: Place) -> None:
        """Show the lines that pass the filter that the address names."""
        asked = place.asked()
        self._wanted = {name: asked.get(name, "").strip()[:128] for name in ASKED}
        if is_expression(self._wanted["q"]):
            self._wanted["q"] = ""  # the browser looks for it: an expression could keep the relay busy
        self._logs.draw("choose", [label(agent_id) for agent_id in sorted(self._state.agents)])
        await self._show()

    def hear(self, _: list[Fact]) -> None:
        """Lines come without facts: the clock looks for them."""

    async def tick(self) -> None:
        """Add what has come since the last look; what came between older lines is shown anew with them."""
        try:
            newest = await self._newest()
        except ClawNetError as error:
            self._logs.draw("grown", failure(error))
            return
        before, self._shown = self._shown, newest
        if newest == before:
            return
        fresh = added(before, newest)
        how = "show" if fresh is None else "grown"
        lines = newest if fresh is None else fresh
        self._logs.tell(how, {"lines": [_line(each) for each in lines]})

    async def _show(self) -> None:
        try:
            self._shown = await self._newest()
        except ClawNetError as error:
            self._logs.tell("show", failure(error))
            return
        self._logs.tell("show", {"lines": [_line(each) for each in self._shown]})

    async def _newest(self) -> list[Line]:
        level, text, agent = (self._wanted[name] for name in ("level", "q", "agent"))
        match self._wanted["of"]:
            case "tasks":
                return self._chronicle.of_tasks(level, text)
            case "agent":
                return await self._chronicle.of_agent(agent, level, text) if agent else []
            case _:
                return self._chronicle.of_relay(level, text)


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


def added(before: list[Line], now: list[Line]) -> list[Line] | None:
    """Return what stands behind all that was there before; None when it does not stand behind it."""
    if not before:
        return None
    # The oldest may have given way meanwhile.
    first = next((place for place, line in enumerate(before) if now and line == now[0]), len(before))
    kept = before[first:]
    return now[len(kept) :] if kept and now[: len(kept)] == kept else None


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
