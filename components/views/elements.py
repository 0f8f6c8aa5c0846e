"""The elements that have a script of their own: each draws what it is told and emits what was asked."""

from collections.abc import Callable
from typing import Any

from nicegui.element import Element
from nicegui.events import GenericEventArguments

Handler = Callable[[GenericEventArguments], Any]


class Speaking(Element):
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


class Shell(Speaking, component="shell.js"):
    """The frame around everything: bars, banner, sidebar, panel, dialogs; emits `navigate`, `create`."""

    def __init__(self, *, handle: str, role: str, version: str, view: str, **handlers: Handler) -> None:
        super().__init__(**handlers)
        self.props.update(handle=handle, role=role, version=version, view=view)
        self.sidebar = self.add_slot("sidebar")
        self.panel = self.add_slot("panel")


class Sidebar(Speaking, component="sidebar.js"):
    """Rooms and direct messages; emits `ask`."""


class Members(Speaking, component="members.js"):
    """Who is in the room and what it is about; emits `ask`."""


class Fleet(Speaking, component="fleet.js"):
    """All agents in a table, who waits to be let in, and one agent's details; emits `ask`."""


class Ops(Speaking, component="ops.js"):
    """All tasks in a table, and one in full beside it; emits `ask`."""


class Beside(Speaking, component="beside.js"):
    """One task in full over the conversation; emits `ask`."""


class Logs(Speaking, component="logs.js"):
    """What the relay logs, or where that is to be read."""


class Audit(Speaking, component="audit.js"):
    """The audit trail; emits `ask`."""


class Sections(Speaking, component="sections.js"):
    """The list of the settings' parts, around the one that is open."""

    def __init__(self) -> None:
        super().__init__()
        self.part = self.add_slot("part")


class General(Speaking, component="general.js"):
    """Which relay this is, how the link to it stands, and the settings in force."""


class Appearance(Speaking, component="appearance.js"):
    """Theme, density and zone; all of it lives in the browser."""


class Notifications(Speaking, component="notifications.js"):
    """What is worth a sign, a notice of the desktop, or a sound; a choice of this browser."""


class Danger(Speaking, component="danger.js"):
    """What can't be taken back; emits `ask`."""


class Herald(Speaking, component="herald.js"):
    """Tells the desktop what needs the operator, as far as this browser was told to; shows nothing."""


class Keyboard(Speaking, component="keyboard.js"):
    """Which keys do what; a choice of this browser."""


class Tokens(Speaking, component="tokens.js"):
    """The tokens of all agents; emits `ask`."""


class Access(Speaking, component="access.js"):
    """Where the operator is signed in, and with which tokens; emits `ask`."""


class Persistence(Speaking, component="persistence.js"):
    """Where everything is kept, and the way to another store; emits `ask`."""


class Limits(Speaking, component="limits.js"):
    """The limits in force and who is near them."""


class Connect(Speaking, component="connect.js"):
    """How an agent is connected, and whether it has been; emits `ask`."""


class Timeline(Speaking, component="timeline.js"):
    """A room's messages and the field to write in."""

    def __init__(self, *, viewer: str, handle: str, nick: int, **handlers: Handler) -> None:
        super().__init__(**handlers)
        self.props.update(viewer=viewer, handle=handle, nick=nick)
