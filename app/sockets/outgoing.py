"""What leaves on a link: framed once for all who read it, and written once a turn of the event loop."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from engineio.packet import MESSAGE, Packet
from typing_extensions import override

from app.delivery.wire import Batch


class Direct(Protocol):
    """A WebSocket's short way, as the server under the application offers it."""

    @property
    def is_writable(self) -> bool: ...

    def attach(self, hear: Callable[[str | bytes | None], None], resumed: Callable[[], None]) -> None: ...

    def write(self, frames: bytes) -> None: ...

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Outgoing(asyncio.Queue[Any]):
    """What waits to leave on a link, counted in bytes; bound to a direct way it leaves once a turn."""

    size = 0
    written: Callable[[], None] | None = None
    _direct: Direct | None = None
    _ended: Callable[[], None]

    def __init__(self) -> None:
        super().__init__()
        self._frames: list[bytes] = []
        self._is_due = False

    def bind(self, direct: Direct, ended: Callable[[], None]) -> None:
        """Write directly from now on; `ended` is called for what stands for the end of a link."""
        waiting = [self.get_nowait() for _ in range(super().qsize())]
        self._direct, self._ended = direct, ended
        for packet in waiting:
            self.put_nowait(packet)

    @override
    def put_nowait(self, item: Any) -> None:
        if self._direct is None:
            super().put_nowait(item)
        elif item is None:
            self._ended()
        else:
            self.put_frames(framed(item))

    def put_event(self, frame: bytes) -> None:
        """Queue an event that is framed already."""
        if self._direct is None:
            super().put_nowait(EventPacket(frame))
        else:
            self.put_frames(frame)

    def put_batch(self, batch: Batch) -> None:
        """Queue what goes out together: on a direct way as the same bytes for every reader."""
        if self._direct is None:
            for frame in batch.packets:
                super().put_nowait(EventPacket(frame))
            return
        if batch.joined is None:
            batch.joined = b"".join(batch.packets)
        self.put_frames(batch.joined)

    def put_frames(self, frames: bytes) -> None:
        """Queue whole frames; only for a link on a direct way."""
        self._frames.append(frames)
        self.size += len(frames)
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_soon(self.flush)

    @override
    def qsize(self) -> int:
        return super().qsize() + len(self._frames)

    def flush(self) -> None:
        """Write what is due, if the peer takes it; if not, it waits here, where it is counted."""
        self._is_due = False
        if self._frames and self._direct is not None and self._direct.is_writable:
            self._direct.write(b"".join(self._frames))
            self._frames.clear()
            self.size = 0
            if self.written is not None:
                self.written()

    @override
    def _put(self, item: Any) -> None:
        self.size += _size(item)
        super()._put(item)

    @override
    def _get(self) -> Any:
        item = super()._get()
        self.size -= _size(item)
        return item


class EventPacket(Packet):  # type: ignore[misc]  # python-engineio has no types
    """What is framed for the direct way, as a packet for a link that the library serves."""

    packet_type = MESSAGE
    binary = False

    def __init__(self, frame: bytes) -> None:
        self._frame = frame

    @property
    def data(self) -> str:
        """Return what it carries."""
        return self.encode()[1:]

    @override
    def encode(self, b64: bool = False) -> str:
        return self._frame[_HEADS.get(self._frame[1], 2) :].decode()


_HEADS = {126: 4, 127: 10}  # bytes of a head whose length does not fit into its second


def framed(packet: Any) -> bytes:
    """Return a packet of Engine.IO as a WebSocket frame."""
    encoded = packet.encode()
    is_text = isinstance(encoded, str)
    return frame_of(encoded.encode() if is_text else encoded, 0x81 if is_text else 0x82)


def frame_of(body: bytes, kind: int = 0x81) -> bytes:
    """Return a server's whole WebSocket frame (RFC 6455, 5.2): unmasked, so the same for every reader."""
    size = len(body)
    if size < 126:
        return bytes((kind, size)) + body
    if size < 1 << 16:
        return bytes((kind, 126)) + size.to_bytes(2, "big") + body
    return bytes((kind, 127)) + size.to_bytes(8, "big") + body


def _size(packet: Any) -> int:
    return len(packet.data) if packet and packet.data else 0
