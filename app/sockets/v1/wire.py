"""The way out to a v1 client, which never acknowledges: an entry has arrived when it has been written.

Engine.IO's writer asks its socket for packets, writes them all, and asks again. So when it asks, everything
that it had taken before is with the operating system; for a client that polls, its next poll says that the
answer to the last one came through. This reaches below the public API of python-engineio; its test pins it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

from typing_extensions import override

from app.delivery.wire import Dialect, Frame
from app.sockets.v1.outgoing import Letters, Place
from app.sockets.wire import SocketWire

Received = Callable[[str, int], None]
Due = Callable[[Iterable[str]], None]


class FirstWire(SocketWire):
    """A socket that tells which entries were written, and which lists became due."""

    def __init__(
        self, *, dialect: Dialect, socket: Any, hang_up: Callable[[], None], received: Received, due: Due
    ) -> None:
        super().__init__(dialect=dialect, socket=socket, hang_up=hang_up)
        self._received = received
        self._due = due
        self._put = 0
        self._written = 0
        # Entries with the number of packets that must have been written until they have arrived.
        self._places: deque[tuple[int, Place]] = deque()
        self._poll = socket.poll
        socket.poll = self._polled

    @override
    def send(self, frame: Frame) -> None:
        letters = frame.packet
        if self.is_closed or not isinstance(letters, Letters):
            return
        for packet in letters.packets:
            self.put(packet.packet, packet.size)
        self._put += len(letters.packets)
        if letters.place is not None:
            self._places.append((self._put, letters.place))
            if not letters.packets:
                # Nothing is written for it, so nothing else would tell; not before delivery has counted it.
                asyncio.get_running_loop().call_soon(self._tell)
        if letters.due:
            self._due(letters.due)

    async def _polled(self) -> Any:
        self._written = self._put - self.waiting
        self._tell()
        return await self._poll()

    def _tell(self) -> None:
        arrived: dict[str, int] = {}
        while self._places and self._places[0][0] <= self._written:
            room, offset = self._places.popleft()[1]
            arrived[room] = offset
        for room, offset in arrived.items():
            self._received(room, offset)
