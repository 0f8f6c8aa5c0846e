"""The simple model of a relay: lists and numbers that say what each reader must have been sent."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from protocol.errors import ClawNetError, DedupeMismatch, Forbidden, NotFound
from protocol.requests import Resume
from protocol.rooms import RoomProgress
from tests.fakes import Reader

AGENTS = ("ann", "bob", "cas")
ALPHA, DIRECT = "alpha", "dm:ann:bob"
ROOMS = ("global", ALPHA, DIRECT)
WINDOW = 4
KEEP = 8
TRIES = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as its sender meant it."""

    sender: str
    key: str
    text: str


@dataclass(slots=True)
class ModelRoom:
    """A room: all that was ever said, who is in, and how far each agent has read."""

    id: str
    members: set[str] = field(default_factory=set)
    entries: list[Entry] = field(default_factory=list)
    kept: dict[str, int] = field(default_factory=dict)

    @property
    def head(self) -> int:
        """Return the newest offset."""
        return len(self.entries)

    @property
    def oldest(self) -> int:
        """Return the oldest offset that is kept."""
        return max(1, self.head - KEEP + 1)

    def read_to(self, agent: str, offset: int) -> None:
        """Move an agent's cursor on."""
        self.kept[agent] = max(self.kept.get(agent, 0), offset)


@dataclass(slots=True)
class Place:
    """Where one connection stands in one room."""

    acked: int
    live_from: int
    sent: int = field(init=False)
    highest: int = field(init=False)
    attempts: int = 0

    def __post_init__(self) -> None:
        self.sent = self.highest = self.acked

    def acknowledge(self, offset: int) -> bool:
        """Move on as an acknowledgement says."""
        offset = min(offset, self.highest)
        if offset <= self.acked:
            return False
        self.acked, self.sent, self.attempts = offset, max(self.sent, offset), 0
        return True

    def hear(self, offset: int, *, replay: bool) -> None:
        """Take an entry: the next one, flagged if it is late or was sent before."""
        assert offset == self.sent + 1, f"entry {offset} after {self.sent}"
        assert replay == (offset <= self.live_from or offset <= self.highest), f"flag of entry {offset}"
        self.sent, self.highest = offset, max(offset, self.highest)

    def miss(self, since: int, oldest: int) -> None:
        """Take the word that entries are gone."""
        assert since == self.sent + 1 < oldest, f"gap from {since} to {oldest} after {self.sent}"
        self.acked = self.sent = oldest - 1
        self.highest = max(self.highest, self.sent)


@dataclass(slots=True)
class Link:
    """One connection of an agent."""

    agent: str
    reader: Reader
    places: dict[str, Place]

    def expire(self) -> bool:
        """Let all acknowledgements become overdue; False when that was the last try of one."""
        overdue = [place for place in self.places.values() if place.acked < place.sent]
        for place in overdue:
            place.attempts += 1
        if any(place.attempts >= TRIES for place in overdue):
            return False
        for place in overdue:
            place.sent = place.acked
        return True


@dataclass(slots=True)
class Device:
    """What an agent's client remembers over connections and restarts of the relay."""

    epoch: str = "never"
    offsets: dict[str, int] = field(default_factory=dict)

    def greet(self, epoch: str, rooms: Iterable[RoomProgress]) -> None:
        """Take up what a welcome says; another epoch makes all that was known void."""
        if epoch != self.epoch:
            self.epoch, self.offsets = epoch, {}
        for room in rooms:
            self.offsets.setdefault(room.id, room.cursor)

    def hear(self, room: str, offset: int) -> None:
        """Remember how far a room was heard."""
        self.offsets[room] = max(offset, self.offsets.get(room, 0))


@dataclass(slots=True)
class Model:
    """A relay with the history `epoch`."""

    epoch: str
    rooms: dict[str, ModelRoom] = field(default_factory=dict)
    places: dict[tuple[str, str], tuple[str, str, int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        everybody = {*AGENTS, "operator"}
        self.rooms["global"] = ModelRoom("global", everybody, kept=dict.fromkeys(everybody, 0))
        self.rooms[ALPHA] = ModelRoom(ALPHA, {"operator"})
        self.rooms[DIRECT] = ModelRoom(DIRECT)

    def outcome(self, sender: str, room: str, key: str, text: str) -> int | type[ClawNetError]:
        """Return the offset that a message must get, or the refusal that it must meet."""
        if room == DIRECT and sender not in {"ann", "bob"}:
            return NotFound
        if room == ALPHA and sender not in self.rooms[ALPHA].members:
            return Forbidden
        known = self.places.get((sender, key))
        if known is None:
            return self.rooms[room].head + 1
        return known[2] if known[:2] == (room, text) else DedupeMismatch

    def knows(self, sender: str, key: str) -> bool:
        """Tell whether a sender's key is taken."""
        return (sender, key) in self.places

    def store(self, sender: str, room: str, key: str, text: str) -> None:
        """Keep a message; the first direct one makes its room."""
        entries = self.rooms[room].entries
        entries.append(Entry(sender, key, text))
        self.places[sender, key] = (room, text, len(entries))

    def open_direct(self) -> bool:
        """Make the room of ann and bob; False if it is there already."""
        room = self.rooms[DIRECT]
        if room.members:
            return False
        room.members = {"ann", "bob"}
        room.kept = {"ann": 0, "bob": 0}
        return True

    def rooms_of(self, agent: str) -> list[ModelRoom]:
        """Return the rooms of an agent in the order of its welcome."""
        return [self.rooms[room] for room in ("global", ALPHA, DIRECT) if agent in self.rooms[room].members]

    def taken_up(self, agent: str, resume: Resume | None) -> dict[str, tuple[int, int, int, bool]]:
        """Return head, oldest, cursor and `recovered` of each room that a welcome must name."""
        return {room.id: self._taken_up(room, agent, resume) for room in self.rooms_of(agent)} | {
            f"inbox:{agent}": (0, 1, 0, resume is None or resume.epoch == self.epoch)
        }

    def _taken_up(self, room: ModelRoom, agent: str, resume: Resume | None) -> tuple[int, int, int, bool]:
        if resume is not None and resume.epoch != self.epoch:
            return room.head, room.oldest, room.oldest - 1, False
        known = room.kept.get(agent, 0)
        if resume is not None:
            known = resume.offsets.get(room.id, known)
        cursor = min(known, room.head)
        return room.head, room.oldest, cursor, room.oldest - 1 <= known <= room.head

    def check(self, room: str, body: dict[str, Any]) -> None:
        """Compare an entry on the wire with what was said."""
        offset = body["offset"]
        assert offset <= self.rooms[room].head, f"entry {offset} of {room} was never said"
        said = self.rooms[room].entries[offset - 1]
        heard = Entry(body["from_id"], body["id"], body["payload"]["text"])
        assert heard == said, f"entry {offset} of {room} is another one"
