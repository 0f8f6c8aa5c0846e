"""The connections that are open, found by id, by agent and by room."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.delivery.wire import Wire
from protocol.reliability import Cursor


@dataclass(slots=True, eq=False)
class Connection:
    """One reader's link: where it stands in each of its rooms."""

    id: str
    agent_id: str
    wire: Wire
    token_id: str | None = None
    cursors: dict[str, Cursor] = field(default_factory=dict)
    # Rooms with entries on their way or still to be sent: the only ones that time has to look at.
    open_rooms: set[str] = field(default_factory=set)
    # Entries that were taken out of order, above the cursor; a window bounds them.
    taken: dict[str, set[int]] = field(default_factory=dict)
    is_started: bool = False
    is_pumping: bool = False
    blocked_since: float | None = None

    def taken_up_to(self, room: str, offset: int) -> int:
        """Note one entry as taken; return the offset up to which nothing is missing."""
        taken, upto = self.taken.setdefault(room, set()), self.cursors[room].acked
        taken |= {offset} if offset > upto else set()
        while upto + 1 in taken:
            upto += 1
        self.taken[room] = {each for each in taken if each > upto}
        return upto


class Connections:
    """Every open connection, indexed by what delivery asks for."""

    def __init__(self) -> None:
        self._by_id: dict[str, Connection] = {}
        self._by_agent: dict[str, set[Connection]] = {}
        self._by_room: dict[str, set[Connection]] = {}

    def add(self, connection: Connection) -> None:
        """Register a connection with the rooms of its cursors."""
        self._by_id[connection.id] = connection
        self._by_agent.setdefault(connection.agent_id, set()).add(connection)
        for room in connection.cursors:
            self._by_room.setdefault(room, set()).add(connection)

    def remove(self, connection_id: str) -> Connection | None:
        """Forget a connection; None if it is not known (any more)."""
        connection = self._by_id.pop(connection_id, None)
        if connection is not None:
            _discard(self._by_agent, connection.agent_id, connection)
            for room in connection.cursors:
                _discard(self._by_room, room, connection)
        return connection

    def get(self, connection_id: str) -> Connection | None:
        """Return a connection by its id."""
        return self._by_id.get(connection_id)

    def of_agent(self, agent_id: str) -> Iterable[Connection]:
        """Return an agent's connections."""
        return tuple(self._by_agent.get(agent_id, ()))

    def in_room(self, room: str) -> Iterable[Connection]:
        """Return the connections that read a room."""
        return self._by_room.get(room, ())

    def all(self) -> Iterable[Connection]:
        """Return every connection."""
        return self._by_id.values()

    def enter(self, connection: Connection, room: str, cursor: Cursor) -> None:
        """Let a connection read a room from `cursor` on."""
        connection.cursors[room] = cursor
        self._by_room.setdefault(room, set()).add(connection)

    def leave(self, connection: Connection, room: str) -> None:
        """Let a connection read a room no longer."""
        connection.cursors.pop(room, None)
        connection.open_rooms.discard(room)
        _discard(self._by_room, room, connection)

    def __len__(self) -> int:
        return len(self._by_id)


def _discard(index: dict[str, set[Connection]], key: str, connection: Connection) -> None:
    if (members := index.get(key)) is not None:
        members.discard(connection)
        if not members:
            del index[key]
