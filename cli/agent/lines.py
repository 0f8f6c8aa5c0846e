"""Waiting lines: what belongs to one room runs one after the other, in the order in which it came."""

import asyncio
from collections import deque


class Place:
    """A place in the line of a room; without a room there is no line and no waiting."""

    def __init__(self, lines: dict[str, deque["Place"]], room: str | None) -> None:
        self._lines = lines
        self._room = room
        self.is_next = asyncio.Event()
        if room is None:
            self.is_next.set()
            return
        line = lines.setdefault(room, deque())
        line.append(self)
        line[0].is_next.set()

    async def turn(self) -> None:
        """Wait until everybody who came before has left."""
        await self.is_next.wait()

    def leave(self) -> None:
        """Let the next one go; whoever has left may say so again."""
        if self._room is None:
            return
        line = self._lines.get(self._room, deque())
        if self not in line:
            return
        line.remove(self)
        if line:
            line[0].is_next.set()
        else:
            del self._lines[self._room]


class Lines:
    """The line of each room."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[Place]] = {}

    def enter(self, room: str | None) -> Place:
        """Take the last place in a room's line."""
        return Place(self._lines, room)
