"""Engine.IO over a WebSocket with no task a packet, and one write a turn of the event loop.

python-engineio takes two tasks and a timer for each packet that comes in and one ASGI message for each that
goes out. Where the server under it offers a direct way (see `Direct`), a link is read and written here
instead: frames are taken as they come and what is due goes out together. Everything else (the handshake,
heartbeats, polling, upgrades from polling) stays the library's. What this reaches for is pinned by its test
module; without the offer, or with another python-engineio, links are served by the library alone.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

from engineio.async_drivers.asgi import WebSocket
from engineio.exceptions import EngineIOError
from engineio.packet import Packet
from typing_extensions import override

from app.delivery.wire import Batch
from app.sockets.gate import PROTOCOL_ERROR, is_packet
from app.sockets.packets import Event, event_in

EXTENSION = "clawnet.direct"
MAX_HEARD = 64 * 1024  # bytes that may wait to be looked at; then nothing more is read
MAX_UNDER_WAY = 64  # events of a link whose answers may be outstanding at once
OVERLAPPING = frozenset({"chat_send", "chat_ack"})  # events that need not wait for the answers before them
_EVENT = "42"
_log = logging.getLogger("clawnet.sockets")

Encoded = bytes
Done = Callable[[], None]
# Begins with an event of a socket. True: it is under way, and `Done` is called once it is answered.
Serve = Callable[[Any, Event, Done], Awaitable[bool]]


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

    bytes = 0
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
            self.put_frames(getattr(item, "frame", None) or framed(item))

    def put_batch(self, batch: Batch) -> None:
        """Queue what goes out together: on a direct way as the same bytes for every reader."""
        if self._direct is None:
            for frame in batch.frames:
                super().put_nowait(frame.packet)
            return
        if batch.joined is None:
            batch.joined = b"".join([framed(frame.packet) for frame in batch.frames])
        self.put_frames(batch.joined)

    def put_frames(self, frames: "Encoded") -> None:
        """Queue whole frames; only for a link on a direct way."""
        self._frames.append(frames)
        self.bytes += len(frames)
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
            self.bytes = 0
            if self.written is not None:
                self.written()

    @override
    def _put(self, item: Any) -> None:
        self.bytes += _size(item)
        super()._put(item)

    @override
    def _get(self) -> Any:
        item = super()._get()
        self.bytes -= _size(item)
        return item


class LeanLink:
    """One Engine.IO socket on a direct way: reads frames in their order until either side ends it."""

    def __init__(self, socket: Any, direct: Direct, serve: Serve) -> None:
        self._socket = socket
        self._direct = direct
        self._serve = serve
        self._loop = asyncio.get_running_loop()
        self._heard: deque[str | bytes] = deque()
        self._bytes = 0
        self._is_over = False
        self._news: asyncio.Future[None] | None = None
        self._under_way = 0
        self._settled: asyncio.Future[None] | None = None
        self._heard_at = self._loop.time()
        self.is_silent = False
        self.farewell: dict[str, object] = {"type": "websocket.close"}

    async def run(self) -> None:
        """Serve the link until it ends."""
        outgoing: Outgoing = self._socket.queue
        self._socket.connected = self._socket.upgraded = True
        self._direct.attach(self._hear, outgoing.flush)
        outgoing.bind(self._direct, self._end)
        self._watch()
        while (frame := self._heard.popleft() if self._heard else await self._next()) is not None:
            await self._take(frame)
        outgoing.flush()

    def _hear(self, frame: str | bytes | None) -> None:
        if frame is None or self._is_over:
            self._end()
            return
        self._heard.append(frame)
        self._bytes += len(frame)
        if self._bytes > MAX_HEARD:
            self._direct.pause_reading()
        self._wake()

    def _end(self) -> None:
        self._is_over = True
        self._wake()

    def _wake(self) -> None:
        if self._news is not None:
            _done(self._news)
            self._news = None

    async def _next(self) -> str | bytes | None:
        while not self._heard:
            if self._is_over:
                return None
            self._bytes = 0
            self._direct.resume_reading()
            self._news = self._loop.create_future()
            await self._news
            self._heard_at = self._loop.time()
        return self._heard.popleft()

    async def _take(self, frame: str | bytes) -> None:
        try:
            if isinstance(frame, str) and frame.startswith(_EVENT) and (event := event_in(frame)):
                await self._event(event)
            elif isinstance(frame, str) and not is_packet(frame):
                self.farewell |= {"code": PROTOCOL_ERROR, "reason": "not an Engine.IO packet"}
                self._heard.clear()
                self._end()
            else:
                await self._socket.receive(Packet(encoded_packet=frame))
        except EngineIOError:
            self._end()
        except Exception:  # noqa: BLE001 - as the library does: the link goes on
            _log.exception("a packet failed")

    async def _event(self, event: Event) -> None:
        # A message may follow another before that is stored: each has its place in the journal's queue.
        if self._under_way and (event.incoming.name not in OVERLAPPING or self._under_way >= MAX_UNDER_WAY):
            self._settled = self._loop.create_future()
            await self._settled
        self._under_way += 1
        is_under_way = False
        try:
            is_under_way = await self._serve(self._socket, event, self._one_less)
        finally:
            if not is_under_way:
                self._one_less()

    def _one_less(self) -> None:
        self._under_way -= 1
        if not self._under_way and self._settled is not None:
            _done(self._settled)
            self._settled = None

    def _watch(self) -> None:
        """End a link whose peer has been silent for longer than a heartbeat allows."""
        if self._is_over:
            return
        server = self._socket.server
        left = self._heard_at + server.ping_interval + server.ping_timeout - self._loop.time()
        if left <= 0:
            self.is_silent = True
            self._end()
        else:
            self._loop.call_later(left, self._watch)


class LeanDriver(WebSocket):  # type: ignore[misc]  # python-engineio has no types
    """python-engineio's driver for WebSockets: takes the direct way where one is offered."""

    serve: Serve

    @override
    async def __call__(self, environ: dict[str, Any]) -> Any:
        socket = self.handler.__self__
        direct = environ["asgi.scope"].get("extensions", {}).get(EXTENSION)
        # An upgrade from polling begins with a probe, which the library answers.
        if direct is None or socket.connected:
            return await super().__call__(environ)
        self.asgi_receive, self.asgi_send = environ["asgi.receive"], environ["asgi.send"]
        await self.asgi_send({"type": "websocket.accept"})
        # Kept for as long as the link lasts; with the request in it that is a class and some thirty strings.
        for name in [name for name in environ if name.startswith(("HTTP_", "wsgi."))]:
            del environ[name]
        link = LeanLink(socket, direct, self.serve)
        await link.run()
        # Whom nobody hears any more, a farewell does not reach either.
        with suppress(Exception):
            await self.asgi_send(link.farewell)
        with suppress(EngineIOError):
            reasons = socket.server.reason
            why = reasons.PING_TIMEOUT if link.is_silent else reasons.TRANSPORT_CLOSE
            await socket.close(wait=False, abort=True, reason=why)
        return ""


def driver(serve: Serve) -> type[LeanDriver]:
    """Return a driver whose links hand their events to `serve`."""
    return type("Driver", (LeanDriver,), {"serve": staticmethod(serve)})


def framed(packet: Any) -> bytes:
    """Return a packet of Engine.IO as a WebSocket frame; a packet for many is put into one once."""
    frame: bytes | None = getattr(packet, "frame", None)
    if frame is None:
        encoded = packet.encode()
        is_text = isinstance(encoded, str)
        frame = frame_of(encoded.encode() if is_text else encoded, 0x81 if is_text else 0x82)
        packet.frame = frame
    return frame


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


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
