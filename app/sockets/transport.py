"""python-socketio as ClawNet runs it: a link says who it is once, and soon, and ends when it should."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import engineio
import socketio
from engineio.async_drivers.asgi import WebSocket
from engineio.payload import Payload
from socketio.packet import CONNECT_ERROR
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from app.background import Background
from app.sockets.lean import Begun, Done, Serve, driver
from app.sockets.outgoing import Outgoing, frame_of
from app.sockets.packets import Incoming, StrictPacket
from app.sockets.quota import LinkQuota
from protocol.errors import NotFound, RateLimited
from protocol.text import MAX_PAYLOAD, encoded

Begin = Callable[[str, Any, Incoming, Done], Begun]

AUTH_DEADLINE = 5.0  # seconds in which a link must say who it is (Centrifugo gives 10)
MAX_PACKETS = 1024  # in one POST of the polling transport; a client that polls sends all it has at once


class StrictEngine(engineio.AsyncServer):  # type: ignore[misc]  # python-engineio has no types
    """An Engine.IO server to which a link that has ended is as unknown as one that never was."""

    @override
    def create_queue(self, *args: Any, **kwargs: Any) -> Outgoing:
        return Outgoing()

    def serve_lean(self, serve: Serve) -> None:
        """Let `serve` answer the events of links that are on a direct way."""
        # With another python-engineio every link is the library's.
        if self._async_modes().get("websocket") is WebSocket:
            self._async = self._async_modes() | {"websocket": driver(serve)}

    def _async_modes(self) -> dict[str, Any]:
        modes: dict[str, Any] = vars(self)["_async"]
        return modes

    @override
    async def handle_request(self, scope: Scope, receive: Receive, send: Send) -> Any:
        for link_id in parse_qs(scope["query_string"].decode("latin-1")).get("sid", []):
            # A POST to it would end in a KeyError.
            self.forget(link_id)
        return await super().handle_request(scope, receive, send)

    def forget(self, link_id: str) -> None:
        """Let go of a link if it has ended."""
        if (link := self.sockets.get(link_id)) is not None and link.closed:
            del self.sockets[link_id]


class StrictServer(socketio.AsyncServer):  # type: ignore[misc]  # python-socketio has no types
    """An AsyncServer whose links are counted, watched and, when it must be, cut."""

    def __init__(self, *, quota: LinkQuota, background: Background, heartbeat: float) -> None:
        Payload.max_decode_packets = MAX_PACKETS
        super().__init__(
            async_mode="asgi",
            # One event of a connection after the other: order and back-pressure (reliability finding 8).
            async_handlers=False,
            serializer=StrictPacket,
            # Host and Origin are checked at the edge, where no forwarding header can mislead.
            cors_allowed_origins="*",
            cors_credentials=False,
            max_http_buffer_size=MAX_PAYLOAD,
            ping_interval=heartbeat,
            ping_timeout=heartbeat,
            http_compression=False,
            transports=["websocket", "polling"],
        )
        # What strangers do wrong is no fault of ours, and their words are not for our log.
        self.eio._log_error_once = lambda _message, _key: None  # noqa: SLF001 - it has no switch
        # By link; the library takes two look-ups of its own for it.
        self._connections: dict[str, str] = {}
        self._quota = quota
        self._background = background

    def serve_lean(self, begin: Begin) -> None:
        """Hand events of links that are on a direct way to `begin`, without the library in between."""

        def serve(socket: Any, event: Incoming, done: Done) -> Begun:
            return begin(self._connections.get(socket.sid, ""), socket, event, done)

        self.eio.serve_lean(serve)

    async def hang_up(self, connection_id: str) -> None:
        """End a connection and the link under it, whatever the client makes of that."""
        eio_sid = self.manager.eio_sid_from_sid(connection_id, "/")
        await self.disconnect(connection_id)
        await self._end(eio_sid)

    @override
    def _engineio_server_class(self) -> type[StrictEngine]:
        return StrictEngine

    @override
    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> Any:
        client = environ["asgi.scope"].get("client")
        try:
            self._quota.enter(eio_sid, client[0] if client else "unknown")
        except RateLimited as refusal:
            # Engine.IO answers 401 with this body and forgets the link.
            return refusal.message
        # No task: thousands may come at once.
        asyncio.get_running_loop().call_later(AUTH_DEADLINE, self._expect_connect, eio_sid)
        return await super()._handle_eio_connect(eio_sid, environ)

    @override
    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        self._quota.leave(eio_sid)
        self._connections.pop(eio_sid, None)
        await super()._handle_eio_disconnect(eio_sid, reason)
        if (link := self.eio.sockets.get(eio_sid)) is not None:
            # Engine.IO asks the client to leave and trusts that it does; the end of the writer ends the link.
            link.queue.put_nowait(None)
            # Left to itself it keeps what has ended until its rounds come by, however much that is.
            asyncio.get_running_loop().call_soon(self.eio.forget, eio_sid)

    @override
    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        if namespace not in {None, "/"}:
            error = NotFound("there is no such namespace")
            reason = {"message": str(error), "data": error.body()}
            packet = self.packet_class(CONNECT_ERROR, data=reason, namespace=namespace)
            await self._send_packet(eio_sid, packet)
        elif self.manager.sid_from_eio_sid(eio_sid, "/") is None:
            # A second CONNECT would blur who is behind the link.
            await super()._handle_connect(eio_sid, namespace, data)
            if connection_id := self.manager.sid_from_eio_sid(eio_sid, "/"):
                self._connections[eio_sid] = connection_id

    async def _end(self, eio_sid: str | None) -> None:
        if (link := self.eio.sockets.get(eio_sid)) is not None:
            # Not `eio.disconnect`: that waits until a client that has stopped reading has taken everything.
            await link.close(wait=False)

    def _expect_connect(self, eio_sid: str) -> None:
        if self.manager.sid_from_eio_sid(eio_sid, "/") is None and eio_sid in self.eio.sockets:
            self._background.spawn(self._end(eio_sid), name="authentication deadline")


def answer(socket: Any, number: str, body: dict[str, object]) -> None:
    """Queue the ack of this number, for a link on a direct way."""
    if not socket.closed:
        socket.queue.put_frames(frame_of(b"43%b[%b]" % (number.encode(), encoded(body))))
