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
from typing import Any

from engineio.async_drivers.asgi import WebSocket
from engineio.exceptions import EngineIOError
from engineio.packet import Packet
from typing_extensions import override

from app.sockets.gate import PROTOCOL_ERROR, is_packet
from app.sockets.outgoing import Direct, Outgoing
from app.sockets.packets import Incoming, event_in

EXTENSION = "clawnet.direct"
MAX_HEARD = 64 * 1024  # bytes that may wait to be looked at; then nothing more is read
MAX_UNDER_WAY = 64  # events of a link whose answers may be outstanding at once
OVERLAPPING = frozenset({"chat_send", "chat_ack"})  # events that need not wait for the answers before them
_EVENT = "42"
_log = logging.getLogger("clawnet.sockets")

Done = Callable[[], None]
# What became of an event. True: it is under way, and `Done` is called once it is answered.
Begun = bool | Awaitable[bool]
Serve = Callable[[Any, Incoming, Done], Begun]


class LeanLink:
    """One Engine.IO socket on a direct way: reads frames in their order until either side ends it.

    A frame is served as it comes, without a turn of the event loop in between; one that has to wait for
    something holds up those behind it.
    """

    def __init__(self, socket: Any, direct: Direct, serve: Serve) -> None:
        self._socket = socket
        self._direct = direct
        self._serve = serve
        self._loop = asyncio.get_running_loop()
        self._heard: deque[str | bytes] = deque()
        self._bytes = 0
        self._waiting: Awaitable[None] | None = None
        self._is_held_up = False
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
        while (waiting := await self._next()) is not None:
            await waiting
            while self._heard:
                if (waiting := self._take(self._heard.popleft())) is not None:
                    await waiting
            self._is_held_up = False
            self._bytes = 0
            self._direct.resume_reading()
        outgoing.flush()

    def _hear(self, frame: str | bytes | None) -> None:
        if frame is None or self._is_over:
            self._end()
            return
        self._heard_at = self._loop.time()
        if self._is_held_up:
            self._heard.append(frame)
            self._bytes += len(frame)
            if self._bytes > MAX_HEARD:
                self._direct.pause_reading()
        elif (waiting := self._take(frame)) is not None:
            self._waiting = waiting
            self._is_held_up = True
            self._wake()

    def _end(self) -> None:
        self._is_over = True
        self._wake()

    def _wake(self) -> None:
        if self._news is not None:
            _done(self._news)
            self._news = None

    async def _next(self) -> Awaitable[None] | None:
        """Return what has to be waited for, as soon as there is something; None at the end."""
        while self._waiting is None:
            if self._is_over:
                return None
            self._news = self._loop.create_future()
            await self._news
        waiting, self._waiting = self._waiting, None
        return waiting

    def _take(self, frame: str | bytes) -> Awaitable[None] | None:
        """Serve a frame; return what is left to wait for before the next one."""
        if isinstance(frame, str):
            if frame.startswith(_EVENT) and (event := event_in(frame)) is not None:
                return self._in_turn(event) if self._has_to_wait(event) else self._event(event)
            if not is_packet(frame):
                self.farewell |= {"code": PROTOCOL_ERROR, "reason": "not an Engine.IO packet"}
                self._heard.clear()
                self._end()
                return None
        return self._received(frame)

    async def _received(self, frame: str | bytes) -> None:
        try:
            await self._socket.receive(Packet(encoded_packet=frame))
        except EngineIOError:
            self._end()
        except Exception:  # noqa: BLE001 - as the library does: the link goes on
            _log.exception("a packet failed")

    def _event(self, event: Incoming) -> Awaitable[None] | None:
        self._under_way += 1
        begun: Begun = False
        try:
            begun = self._serve(self._socket, event, self._one_less)
        except Exception:  # noqa: BLE001 - as the library does: the link goes on
            _log.exception("an event failed")
        if begun is True:
            return None
        if begun is False:
            self._one_less()
            return None
        return self._begun(begun)

    async def _begun(self, begun: Awaitable[bool]) -> None:
        is_under_way = False
        try:
            is_under_way = await begun
        except Exception:  # noqa: BLE001 - as the library does: the link goes on
            _log.exception("an event failed")
        finally:
            if not is_under_way:
                self._one_less()

    def _has_to_wait(self, event: Incoming) -> bool:
        # A message may follow another before that is stored: each has its place in the journal's queue.
        under_way = self._under_way
        return under_way > 0 and (event.name not in OVERLAPPING or under_way >= MAX_UNDER_WAY)

    async def _in_turn(self, event: Incoming) -> None:
        # Looked at again: what was under way may have been settled before this began to run.
        if self._has_to_wait(event):
            self._settled = self._loop.create_future()
            await self._settled
        if (waiting := self._event(event)) is not None:
            await waiting

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


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
