"""The lists around the conversation: sidebar and members, and what in them is new."""

from components import asks
from components.actions import Actions, may_write
from components.pictures import conversations, people
from components.render import label
from components.routes import dm_path, room_path
from components.state import ConsoleState
from components.unread import Unread
from components.views.elements import Members, Shell, Sidebar
from protocol.addressing import GLOBAL, RoomKind, parties_of
from protocol.rooms import Room


def title_of(room: Room, state: ConsoleState) -> str:
    """Return what a room is called: its name, or whom one writes to."""
    if room.kind is RoomKind.DM:
        return label(state.handle_of(min(parties_of(room.id) - {state.viewer})))
    return label(room.title)


def path_of(room: Room, state: ConsoleState) -> str:
    """Return where a room is."""
    if room.kind is RoomKind.DM:
        return dm_path(state.handle_of(min(parties_of(room.id) - {state.viewer})))
    return room_path(room.id)


class Lists:
    """Draws the lists of one tab from its state."""

    def __init__(
        self,
        state: ConsoleState,
        unread: Unread,
        *,
        shell: Shell,
        sidebar: Sidebar,
        members: Members,
        keep: int,
    ) -> None:
        self._keep = keep
        self._state = state
        self._unread = unread
        self._shell = shell
        self._sidebar = sidebar
        self._members = members
        self.room: Room | None = None

    def draw(self, *, talk: bool = False) -> None:
        """Show everything that has changed; `talk` alone changes nobody's membership or presence."""
        state = self._state
        rows = {
            "rooms": conversations.rooms(state, self._unread),
            "direct": conversations.direct(state, self._unread),
            "agents": len(state.agents) - 1,
            "writes": self._writes(),
        }
        self._sidebar.draw("show", rows)
        self._shell.draw("counts", {"mentions": self._unread.mentions()})
        if self.room is not None and not talk:
            self._draw_members(state.rooms.get(self.room.id, self.room))

    async def heads(self, actions: Actions) -> dict[str, object]:
        """Return where each room ends now, to take all of them as read."""
        epoch = (await actions.history(GLOBAL, limit=1)).epoch
        return {"epoch": epoch, "rooms": {room.id: room.head for room in self._state.rooms.values()}}

    async def catch_up(self, marks: asks.Marks, actions: Actions) -> None:
        """Count what is new after the marks that this browser has kept; a mark may have been set back."""
        epoch = (await actions.history(GLOBAL, limit=1)).epoch
        rooms = list(self._state.rooms.values())
        if marks.epoch is None:
            # A browser that comes for the first time has nothing to catch up with.
            heads = {room.id: room.head for room in rooms}
            self._shell.tell("baseline", {"epoch": epoch, "rooms": heads})
            marks = asks.Marks(epoch=epoch, rooms=heads)
        for room in rooms:
            mark = marks.rooms.get(room.id, 0) if marks.epoch == epoch else 0
            self._unread.put(room.id, min(mark, room.head))
            if mark < room.head:
                self._unread.add((await actions.history(room.id, after=mark)).messages)
        self.draw()

    def read(self, read: asks.Read) -> None:
        """Take a room as read up to an offset."""
        if (room := self._state.rooms.get(read.room)) is not None:
            self._unread.mark(room.id, min(read.offset, room.head))
            self.draw()

    def _writes(self) -> bool:
        viewer = self._state.agents.get(self._state.viewer)
        return viewer is not None and may_write(viewer.role)

    def _draw_members(self, room: Room) -> None:
        inside = people.members(self._state, room)
        self._members.draw(
            "show",
            {
                "room": room.id,
                "kind": room.kind.value,
                "title": title_of(room, self._state),
                "topic": label(room.topic),
                "visibility": room.visibility,
                "created": room.created_at,
                "keep": self._keep,
                "member": self._state.viewer in room.members,
                "writes": self._writes(),
                "changes": self._may_change(room),
                "deletes": self._writes(),
                "archived": room.archived,
                "people": inside,
                "others": [
                    _name(one) for one in people.everyone(self._state) if one["id"] not in room.members
                ],
            },
        )

    def _may_change(self, room: Room) -> bool:
        """Tell whether changing a room is worth offering; the service judges again."""
        return self._writes() and room.kind is RoomKind.ROOM


def _name(person: people.Person) -> people.Person:
    return {"id": person["id"], "handle": person["handle"]}
