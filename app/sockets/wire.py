"""The way out of a Socket.IO connection: encoded once, queued without waiting, counted in bytes.

Engine.IO's queue of a connection has no limit (python-engineio issue 133), so what waits in it is counted
(see `Outgoing`) and delivery stops in time. This reaches below the public API of python-socketio; its own
test module pins what it relies on.
"""

from collections.abc import Callable
from typing import Any

from engineio.packet import MESSAGE
from engineio.packet import Packet as EnginePacket
from pydantic import BaseModel

from app.delivery.wire import Batch, Dialect, Frame
from protocol.pushes import Closing
from protocol.reliability import RetryPolicy

HangUp = Callable[[Closing], None]  # ends the link, and is told why
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

    def __init__(self, *, dialect: Dialect, socket: Any, hang_up: HangUp) -> None:
        self.dialect = dialect
        self._socket = socket
        self._queue = socket.queue
        self._hang_up = hang_up

    def send(self, frame: Frame) -> None:
        if not self._socket.closed:
            self._queue.put_nowait(frame.packet)

    def send_all(self, batch: Batch) -> None:
        if not self._socket.closed:
            self._queue.put_batch(batch)

    def backlog(self) -> int:
        return 0 if self._socket.closed else int(self._queue.bytes)

    @property
    def is_closed(self) -> bool:
        """Tell whether nothing leaves any more."""
        return bool(self._socket.closed)

    @property
    def waiting(self) -> int:
        """Return how many packets are queued at most."""
        return int(self._queue.qsize())

    def put(self, packet: object) -> None:
        """Queue one packet of Engine.IO."""
        self._queue.put_nowait(packet)

    def close(self, why: Closing) -> None:
        self.send(self.dialect.encode("error", why))
        self._hang_up(why)
