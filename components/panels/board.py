"""What stands beside the chat: one panel at a time, built anew when the operator goes to another view."""

from nicegui import ui

from app.events import Fact
from components.actions import Actions
from components.chronicle import Chronicle
from components.lines import Lines
from components.panels.fleet import FleetPanel
from components.panels.logs import AuditPanel, LogsPanel
from components.panels.ops import OpsPanel
from components.panels.panel import Panel, is_talk
from components.panels.settings import SettingsPanel
from components.people import People
from components.ports import Console
from components.routes import Place, View
from components.session import Sessions
from components.signs import Signs
from components.state import ConsoleState
from components.trail import Trail
from components.upkeep import Upkeep
from components.vitals import Vitals
from components.work import Work


class Board:
    """Leads one tab from panel to panel."""

    def __init__(
        self, console: Console, sessions: Sessions, vitals: Vitals, session_id: str, state: ConsoleState
    ) -> None:
        self._console = console
        self._vitals = vitals
        self._state = state
        self.people = People(console, sessions, session_id)
        self._trail = Trail(console, sessions, session_id)
        self._upkeep = Upkeep(console, sessions, session_id)
        self._chronicle = Chronicle(Lines(console, sessions, session_id), self._trail, state)
        self._work = Work(console, sessions, session_id)
        self._actions = Actions(console, sessions, session_id)
        self._root = ui.element("div").classes("page")
        self._shown: tuple[View, str] | None = None
        self._panel: Panel | None = None

    async def go(self, place: Place) -> None:
        """Show a place; a panel that is open already is led there, so that nothing of it is lost."""
        # Each part of the logs is a panel of its own; the settings lead to their parts themselves.
        key = (place.view, place.section if place.view is View.LOGS else "")
        if key != self._shown:
            self.clear()
            with self._root:
                self._shown, self._panel = key, self._build(place)
        if self._panel is not None:
            await self._panel.go(place)

    def clear(self) -> None:
        """Show nothing: the chat is open."""
        self._shown, self._panel = None, None
        self._root.clear()

    def hear(self, facts: list[Fact]) -> None:
        """Show what has happened."""
        if self._panel is not None and not is_talk(facts):
            self._panel.hear(facts)

    async def tick(self) -> None:
        """Show what changes without a fact."""
        if self._panel is not None:
            await self._panel.tick()

    def _build(self, place: Place) -> Panel | None:
        match place.view:
            case View.FLEET:
                signs = Signs(self._console, self.people, self._state, self._vitals)
                return FleetPanel(self.people, self._trail, self._state, signs)
            case View.LOGS if place.section:
                return AuditPanel(self._trail, self._state)
            case View.LOGS:
                return LogsPanel(self._chronicle, self._state)
            case View.OPS:
                return OpsPanel(self._work, self._actions, self._trail, self._state)
            case View.SETTINGS:
                return SettingsPanel(self._console, self._upkeep, self.people, self._state)
            case View.CHAT:
                return None
