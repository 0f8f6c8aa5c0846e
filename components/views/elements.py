"""The elements that have a script of their own: each draws what it is told and emits what was asked."""

from collections.abc import Callable
from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments

Handler = Callable[[GenericEventArguments], Any]


class _Speaking(Element):
    """An element whose events have handlers and whose pictures are sent only when they differ."""

    def __init__(self, **handlers: Handler) -> None:
        super().__init__()
        self._shown: dict[str, object] = {}
        for event, handler in handlers.items():
            self.on(event, handler)

    def draw(self, method: str, picture: object) -> None:
        """Show a picture unless it is shown already."""
        if self._shown.get(method) != picture:
            self._shown[method] = picture
            self.tell(method, picture)

    def tell(self, method: str, *args: object) -> None:
        """Call a method of the element's script; nobody waits for an answer."""
        _ = self.run_method(method, *args)


class Shell(_Speaking, component="shell.js"):
    """The frame around everything: bars, banner, sidebar, panel, dialogs; emits `navigate`, `create`."""

    def __init__(self, *, handle: str, role: str, version: str, view: str, **handlers: Handler) -> None:
        super().__init__(**handlers)
        self.props.update(handle=handle, role=role, version=version, view=view)
        self.sidebar = self.add_slot("sidebar")
        self.panel = self.add_slot("panel")


class Sidebar(_Speaking, component="sidebar.js"):
    """Rooms and direct messages."""


class Members(_Speaking, component="members.js"):
    """Who is in the room and what it is about; emits `leave` and `join`."""


class Fleet(_Speaking, component="fleet.js"):
    """All agents in a table."""


class Settings(_Speaking, component="settings.js"):
    """Appearance and the state of the link; all of it lives in the browser."""

    def __init__(self, *, handle: str, role: str, version: str) -> None:
        super().__init__()
        self.props.update(handle=handle, role=role, version=version)


class Timeline(_Speaking, component="timeline.js"):
    """A room's messages and the field to write in."""

    def __init__(self, *, viewer: str, handle: str, nick: int, **handlers: Handler) -> None:
        super().__init__(**handlers)
        self.props.update(viewer=viewer, handle=handle, nick=nick)
