"""Settings that are changed at the console: what the forms show, and the one way to change them."""

from contextlib import suppress

from app.services.permissions import Operation
from app.services.runtime_settings import CHANGEABLE, SettingView
from components import asks
from components.panels.answers import Answer
from components.pictures import rules
from components.render import label
from components.state import ConsoleState
from components.upkeep import Upkeep
from protocol.errors import ClawNetError, Conflict


class Changing:
    """Fills in a form of some settings, changes them, and tells who did so last."""

    def __init__(self, upkeep: Upkeep, state: ConsoleState, names: tuple[str, ...]) -> None:
        self._upkeep = upkeep
        self._state = state
        self._names = names
        self._last: dict[str, str] | None = None

    async def look(self) -> None:
        """Look up who changed settings last."""
        # A form without that line is better than none.
        with suppress(ClawNetError):
            if record := await self._upkeep.last_change():
                self._last = {"by": label(self._state.handle_of(record.actor)), "at": record.ts}

    def shown(self) -> Answer:
        """Return the form: all that can be changed, as it is stored at once, and which of it to show."""
        rows = rules.form(self._upkeep.settings_now(), self._upkeep.changeable())
        return {
            "form": rows,
            "only": list(self._names),
            "writes": self._upkeep.may(Operation.SETTINGS_SET),
            "last": self._last,
        }

    async def change(self, ask: asks.ChangeSettings) -> Answer:
        """Change what differs, unless somebody else has done so meanwhile."""

        def unseen(now: list[SettingView]) -> None:
            held = {view.name: view.value for view in now if view.name in CHANGEABLE}
            if any(held.get(name) != value for name, value in ask.seen.items()):
                raise Conflict("somebody has changed them meanwhile: look at them anew")

        await self._upkeep.change_settings(ask.changes, unseen)
        await self.look()
        return {}
