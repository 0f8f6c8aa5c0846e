"""The settings: a list of parts and the one that is open."""

from collections.abc import Callable

from nicegui import ui

from app.events import Fact
from components.panels import parts
from components.panels.access import AccessPart
from components.panels.danger import DangerPart
from components.panels.limits import LimitsPart
from components.panels.persistence import PersistencePart
from components.panels.tokens import TokensPart
from components.people import People
from components.ports import Console
from components.routes import Place, Section, View
from components.state import ConsoleState
from components.upkeep import Upkeep
from components.views.elements import Sections


class SettingsPanel:
    """Opens one part at a time."""

    view = View.SETTINGS

    def __init__(self, console: Console, upkeep: Upkeep, actions: People, state: ConsoleState) -> None:
        self._builders: dict[Section, Callable[[], parts.Part]] = {
            Section.GENERAL: lambda: parts.GeneralPart(upkeep, state, console.version),
            Section.APPEARANCE: parts.AppearancePart,
            Section.KEYBOARD: parts.KeyboardPart,
            Section.TOKENS: lambda: TokensPart(upkeep, actions, state),
            Section.NOTIFICATIONS: lambda: parts.NotificationsPart(state),
            Section.ACCESS: lambda: AccessPart(upkeep, actions, state),
            Section.PERSISTENCE: lambda: PersistencePart(upkeep),
            Section.LIMITS: lambda: LimitsPart(upkeep, state),
            Section.CONNECT: lambda: parts.ConnectPart(actions, state),
            Section.DANGER: lambda: DangerPart(upkeep, state),
        }
        self._sections = Sections()
        with self._sections.part:
            self._box = ui.element("div")
        self._open: Section | None = None
        self._part: parts.Part | None = None

    async def go(self, place: Place) -> None:
        """Open a part."""
        section = Section(place.section)
        if section is self._open:
            return
        self._open = section
        self._sections.draw("show", section.value)
        self._box.clear()
        with self._box:
            self._part = self._builders[section]()
        await self._part.begin()
        await self._part.tick()

    def hear(self, _: list[Fact]) -> None:
        """Show what has changed."""
        if self._part is not None:
            self._part.draw()

    async def tick(self) -> None:
        """Show what changes without a fact."""
        if self._part is not None:
            await self._part.tick()
