"""The way out to a v1 client, which never acknowledges: an entry has arrived when it has been written.

Engine.IO's writer asks its socket for packets, writes them all, and asks again. So when it asks, everything
that it had taken before is with the operating system; for a client that polls, its next poll says that the
answer to the last one came through. This reaches below the public API of python-engineio; its test pins it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from typing_extensions import override

from app.delivery.wire import Batch, Dialect, Frame
from app.sockets.v1.outgoing import Letters
from app.sockets.wire import HangUp, SocketWire
from protocol.pushes import TaskDispatched
from protocol.reliability import RetryPolicy

PATIENCE = 30.0  # seconds in which something must get out; on one socket nothing is sent twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """What else happens on the way: lists become due, orders are let through, entries and orders arrive."""

    due: Callable[[Iterable[str]], None]
    admits: Callable[[TaskDispatched], bool]
    received: Callable[[str, int], None]
    ordered: Callable[[TaskDispatched], None]


class FirstWire(SocketWire):
    """A socket that tells which entries were written, and which lists became due."""

    policy = RetryPolicy(first=PATIENCE, jitter=0.0, tries=1)

    def __init__(self, *, dialect: Dialect, socket: Any, hang_up: HangUp, turns: Turns) -> None:
        super().__init__(dialect=dialect, socket=socket, hang_up=hang_up)
        self._turns = turns
        self._put = 0
        self._written = 0
        # What is on its way, with the number of packets that must have been written until it has arrived.
        self._under_way: deque[tuple[int, Letters]] = deque()
        self._poll = socket.poll
        socket.poll = self._polled
        # A link on a direct way is not polled: it says when everything is written.
        self._queue.written = self._arrived

    @override
    def send(self, frame: Frame) -> None:
        letters = frame.packet
        if self.is_closed or not isinstance(letters, Letters):
            return
        if letters.order is not None and not self._turns.admits(letters.order):
            letters = replace(letters, packets=(), order=None)
        for packet in letters.packets:
            self.put(packet.packet)
        self._put += len(letters.packets)
        if letters.place is not None:
            self._under_way.append((self._put, letters))
            if not letters.packets:
                # Nothing is written for it, so nothing else would tell; not before delivery has counted it.
                asyncio.get_running_loop().call_soon(self._tell)
        if letters.due:
            self._turns.due(letters.due)

    @override
    def send_all(self, batch: Batch) -> None:
        for frame in batch.frames:
            self.send(frame)

    async def _polled(self) -> Any:
        self._arrived()
        return await self._poll()

    def _arrived(self) -> None:
        self._written = self._put - self.waiting
        self._tell()

    def _tell(self) -> None:
        arrived: dict[str, int] = {}
        while self._under_way and self._under_way[0][0] <= self._written:
            letters = self._under_way.popleft()[1]
            if letters.place is not None:
                arrived[letters.place[0]] = letters.place[1]
            if letters.order is not None:
                self._turns.ordered(letters.order)
        for room, offset in arrived.items():
            self._turns.received(room, offset)
