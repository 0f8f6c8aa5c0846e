"""The way out of a Socket.IO connection: encoded once, queued without waiting, counted in bytes.

Engine.IO's queue of a connection has no limit (python-engineio issue 133), so what waits in it is counted
here and delivery stops in time. This reaches below the public API of python-socketio; its own test module
pins what it relies on.
"""

from collections import deque
from collections.abc import Callable

from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket
from pydantic import BaseModel

from app.delivery.wire import Dialect, Frame
from protocol.pushes import Closing
from protocol.reliability import RetryPolicy

_EVENT = "2"  # Socket.IO's packet type of an event


def packet_of(event: str, json: str) -> Frame:
    """Put an event whose body is JSON already into a packet of Socket.IO in one of Engine.IO."""
    text = f'{_EVENT}["{event}",{json}]'
    size = len(text) if text.isascii() else len(text.encode())
    return Frame(EnginePacket(MESSAGE, data=text), size)


class SecondEncoding:
    """C2CP v2: an event's body is its model as JSON."""

    def encode(self, event: str, body: BaseModel) -> Frame:
        return packet_of(event, body.model_dump_json())


class SocketWire:
    """One Engine.IO socket as delivery sees it."""

    policy: RetryPolicy | None = None

    def __init__(self, *, dialect: Dialect, socket: object, hang_up: Callable[[], None]) -> None:
        self.dialect = dialect
        self._socket = socket
        self._queue = socket.queue  # type: ignore[attr-defined]  # python-engineio has no types
        self._hang_up = hang_up
        self._sizes: deque[int] = deque()
        self._bytes = 0

    def send(self, frame: Frame) -> None:
        if not self.is_closed:
            self.put(frame.packet, frame.size)

    def backlog(self) -> int:
        waiting = self._queue.qsize()
        while len(self._sizes) > waiting:
            self._bytes -= self._sizes.popleft()
        return self._bytes

    @property
    def is_closed(self) -> bool:
        """Tell whether nothing leaves any more."""
        return bool(self._socket.closed)  # type: ignore[attr-defined]

    @property
    def waiting(self) -> int:
        """Return how many packets are queued at most."""
        self.backlog()
        return len(self._sizes)

    def put(self, packet: object, size: int) -> None:
        """Queue one packet of Engine.IO; `size` in bytes."""
        self._queue.put_nowait(packet)
        self._sizes.append(size)
        self._bytes += size

    def close(self, why: Closing) -> None:
        self.send(self.dialect.encode("error", why))
        self._hang_up()
