"""One reader that pulls: where it stands, what passes, and whether there may be something for it."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

from app.actor import Actor
from protocol.pushes import Closing

MAX_SIGNALS = 256  # that wait for a reader; the oldest give way


@dataclass(frozen=True, slots=True)
class Due:
    """Something for a reader; after it, it stands in `room` at `offset`. A signal stands in no room."""

    event: str
    json: str
    room: str | None = None
    offset: int = 0


@dataclass(slots=True, eq=False)
class Stream:
    """A reader and where it stands in each of its rooms."""

    id: str
    actor: Actor
    live_from: dict[str, int] = field(default_factory=dict)
    offsets: dict[str, int] = field(default_factory=dict)
    closing: Closing | None = None
    hears: frozenset[str] = frozenset()  # the signals that it wants
    _signals: deque[Due] = field(default_factory=lambda: deque(maxlen=MAX_SIGNALS))
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _turn: int = 0

    @property
    def agent_id(self) -> str:
        """Return who reads."""
        return self.actor.agent_id

    def is_over(self) -> bool:
        """Tell whether it has been ended."""
        return self.closing is not None

    def passed(self, due: Due) -> None:
        """Note that something is on its way; a room that was left meanwhile stays left."""
        if due.room is not None and due.room in self.offsets:
            self.offsets[due.room] = due.offset

    def tell(self, event: str, json: str) -> None:
        """Let it hear a signal, if it wants such."""
        if event in self.hears:
            self._signals.append(Due(event, json))
            self.wake()

    def signals(self) -> list[Due]:
        """Return the signals that wait, and let go of them."""
        waiting = list(self._signals)
        self._signals.clear()
        return waiting

    def enter(self, room: str, offset: int) -> None:
        """Read a room from `offset` on."""
        self.offsets[room] = self.live_from[room] = offset
        self.wake()

    def leave(self, room: str) -> None:
        """Read a room no longer."""
        self.offsets.pop(room, None)
        self.live_from.pop(room, None)
        self.wake()

    def close(self, why: Closing) -> None:
        """End it, and say why."""
        self.closing = self.closing or why
        self.wake()

    def wake(self) -> None:
        """There is something to read."""
        self._news.set()

    async def news(self, within: float) -> bool:
        """Wait until there may be something to read, `within` seconds at most; tell whether there may be."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                await self._news.wait()
        return self._news.is_set()

    def next_rooms(self) -> list[str]:
        """List the rooms to read now; each reading begins with another, so that a loud one starves none."""
        self._news.clear()
        rooms = list(self.offsets)
        self._turn = (self._turn + 1) % max(1, len(rooms))
        return rooms[self._turn :] + rooms[: self._turn]
