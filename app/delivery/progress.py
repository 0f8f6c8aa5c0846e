"""How far agents have read: noted at once, stored in bundles, because a cursor moves with every message."""

import asyncio

from app.background import Background
from app.journal import Journal
from protocol.errors import ClawNetError
from storage.ports import Cursors, MoveCursor

FLUSH_EVERY = 1.0  # seconds


class Progress:
    """Agents' cursors; what is lost with the process is sent again, never skipped."""

    def __init__(self, *, cursors: Cursors, journal: Journal, background: Background) -> None:
        self._cursors = cursors
        self._journal = journal
        self._background = background
        self._moved: dict[tuple[str, str], int] = {}

    def start(self) -> None:
        """Begin to store what was noted, once a second."""
        self._background.spawn(self._run(), name="progress")

    async def of_agent(self, agent_id: str) -> dict[str, int]:
        """Return an agent's cursors, room by room."""
        kept = await self._cursors.cursors(agent_id)
        noted = {room: offset for (agent, room), offset in self._moved.items() if agent == agent_id}
        # A second, slower connection may note what is behind the stored cursor.
        return kept | {room: max(offset, kept.get(room, 0)) for room, offset in noted.items()}

    def note(self, agent_id: str, room: str, offset: int) -> None:
        """Remember that an agent has everything of a room up to `offset`."""
        key = (agent_id, room)
        self._moved[key] = max(offset, self._moved.get(key, 0))

    def forget(self, room: str) -> None:
        """Let go of what was noted of a room that is gone; another of its name begins anew."""
        self._moved = {key: offset for key, offset in self._moved.items() if key[1] != room}

    async def flush(self) -> None:
        """Store what was noted.

        Raises:
            ClawNetError: the store is away or failed; the notes are kept.
        """
        moved, self._moved = self._moved, {}
        if not moved:
            return
        try:
            await self._journal.write(*(MoveCursor(agent, room, at) for (agent, room), at in moved.items()))
        except ClawNetError:
            for (agent_id, room), offset in moved.items():
                self.note(agent_id, room, offset)
            raise

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY)
            try:
                await self.flush()
            except ClawNetError:
                continue
