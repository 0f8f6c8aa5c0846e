"""The way out of a Socket.IO connection: encoded once, queued without waiting, counted in bytes.

Engine.IO's queue of a connection has no limit (python-engineio issue 133), so what waits in it is counted
(see `Outgoing`) and delivery stops in time. This reaches below the public API of python-socketio; its own
test module pins what it relies on.
"""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel

from app.delivery.wire import Batch, Dialect, Frame
from app.sockets.outgoing import frame_of
from protocol.messages import Message
from protocol.pushes import Closing
from protocol.reliability import RetryPolicy
from protocol.trusted import json_of

HangUp = Callable[[Closing], None]  # ends the link, and is told why
_EVENT = b"42"  # Engine.IO's type of a message and Socket.IO's of an event


def packet_of(event: str, json: bytes) -> Frame:
    """Put an event whose body is JSON already into a packet of Socket.IO in one of Engine.IO, framed."""
    text = b'%b["%b",%b]' % (_EVENT, event.encode(), json)
    return Frame(frame_of(text), len(text) - 1)


class SecondEncoding:
    """C2CP v2: an event's body is its model as JSON."""

    def encode(self, event: str, body: BaseModel) -> Frame:
        is_message = type(body) is Message
        return packet_of(event, json_of(body) if is_message else body.model_dump_json().encode())


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
            self._queue.put_event(frame.packet)

    def send_all(self, batch: Batch) -> None:
        if not self._socket.closed:
            self._queue.put_batch(batch)

    def backlog(self) -> int:
        return 0 if self._socket.closed else int(self._queue.size)

    @property
    def is_closed(self) -> bool:
        """Tell whether nothing leaves any more."""
        return bool(self._socket.closed)

    @property
    def waiting(self) -> int:
        """Return how many packets are queued at most."""
        return int(self._queue.qsize())

    def put(self, frame: object) -> None:
        """Queue one event that is framed already."""
        self._queue.put_event(frame)

    def close(self, why: Closing) -> None:
        self.send(self.dialect.encode("error", why))
        self._hang_up(why)
