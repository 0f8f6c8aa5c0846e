"""Receipts: tells the relay what is processed, cumulatively and few at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

Tell = Callable[[str, int], Awaitable[None]]

EVERY = 0.1  # seconds between two receipts of a room
BATCH = 64  # entries of a room that are worth a receipt at once: a quarter of the relay's window


class Receipts:
    """How far each room is processed, and which of that the relay has not been told."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._untold: dict[str, int] = {}
        self._some = asyncio.Event()
        self._many = asyncio.Event()
        self.offsets: dict[str, int] = {}

    def begin(self, offsets: dict[str, int]) -> None:
        """Start from what the relay knows; nothing else of earlier connections counts."""
        self.offsets = dict(offsets)
        self._untold.clear()

    def processed(self, room: str, offset: int) -> None:
        """Note that everything of `room` up to `offset` is done with."""
        self.offsets[room] = max(self.offsets.get(room, 0), offset)
        self.repeat(room)

    def repeat(self, room: str) -> None:
        """Tell the relay once more where `room` stands: its entry came again, so it does not know."""
        self._untold[room] = self._untold.get(room, 0) + 1
        self._some.set()
        if self._untold[room] >= BATCH:
            self._many.set()

    async def run(self) -> None:
        """Send receipts, for ever."""
        while True:
            await self._some.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY):
                    await self._many.wait()
            await self.flush()

    async def flush(self) -> None:
        """Send what is untold now."""
        rooms, self._untold = self._untold, {}
        self._some.clear()
        self._many.clear()
        for room in rooms:
            await self._tell(room, self.offsets.get(room, 0))
