"""The parts of the settings: each owns one element and keeps it true."""

from typing_extensions import override

from app.services.permissions import Operation
from components.lists import title_of
from components.panels.answers import Answer
from components.people import People
from components.pictures import people, rules
from components.render import label
from components.state import ConsoleState
from components.upkeep import Upkeep
from components.views import elements


class Part:
    """One part of the settings."""

    def draw(self) -> None:
        """Show it as it is now; a part that the browser draws on its own has nothing to do."""

    async def begin(self) -> None:
        """Look up what is looked up once."""

    async def tick(self) -> None:
        """Look after what changes without a fact."""
        self.draw()


class AppearancePart(Part):
    """What the browser shows and how: its own affair."""

    def __init__(self) -> None:
        elements.Appearance()


class NotificationsPart(Part):
    """What is worth a sign, a notice or a sound: the browser's own affair, but for the names of rooms."""

    def __init__(self, state: ConsoleState) -> None:
        self._state = state
        self._notifications = elements.Notifications()

    @override
    def draw(self) -> None:
        """Tell what the rooms are called."""
        names = {room.id: label(title_of(room, self._state)) for room in self._state.rooms.values()}
        self._notifications.draw("show", names)


class KeyboardPart(Part):
    """Which keys do what: the browser's own affair."""

    def __init__(self) -> None:
        elements.Keyboard()


class GeneralPart(Part):
    """Which relay this is, and the settings that it was started with."""

    def __init__(self, upkeep: Upkeep, state: ConsoleState, version: str) -> None:
        self._upkeep = upkeep
        self._state = state
        self._version = version
        self._store: Answer = {"answers": True}
        self._general = elements.General()

    @override
    def draw(self) -> None:
        """Show it."""
        viewer = self._state.agents[self._state.viewer]
        who = {"handle": label(viewer.handle), "role": viewer.role.value}
        told = {
            "version": self._version,
            "begun": self._upkeep.begun(),
            "settings": rules.settings(self._upkeep.settings_now()),
        }
        self._general.draw("show", {**told, **who, "store": self._store})

    @override
    async def tick(self) -> None:
        """Ask the store whether it answers, and say when."""
        self._store = {"answers": await self._upkeep.store_answers(), "checked": self._upkeep.stamped()}
        self.draw()


class ConnectPart(Part):
    """How an agent is connected, and whether it has been."""

    def __init__(self, actions: People, state: ConsoleState) -> None:
        self._actions = actions
        self._state = state
        self._connect = elements.Connect()

    @override
    def draw(self) -> None:
        """Show who is there."""
        shown = {"people": people.everyone(self._state), "creates": self._actions.may(Operation.AGENT_CREATE)}
        self._connect.draw("show", shown)
