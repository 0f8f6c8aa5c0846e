"""A WebSocket of uvicorn with a short way in and out, beside the one of ASGI.

ASGI carries one message at a time: a task wakes for each, and reading stops after each. Who finds this object
among a scope's extensions may instead be told of frames as they come, and write frames that are encoded
already, many at once. This reaches below uvicorn's public interface; its test module pins what it relies on,
and `websocket_class` falls back to ASGI alone where that is not there.
"""

import logging
from collections.abc import Callable
from typing import Any, Literal

from typing_extensions import override
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import Protocol, State

from app.edge.frames import WHOLE_TEXT, FrameReader, NotTold, body_of
from app.edge.slowness import MortalWebSocket

EXTENSION = "clawnet.direct"
Hear = Callable[[str | bytes | None], None]
_METHODS = (
    "connection_lost",
    "data_received",
    "handle_close",
    "handle_parser_exception",
    "resume_writing",
    "run_asgi",
    "send_receive_event_to_app",
)
_STATE = (
    "close_sent",
    "config",
    "conn",
    "curr_msg_data_type",
    "disconnected",
    "frames",
    "handshake_initiated",
    "read_paused",
    "writable",
)
_log = logging.getLogger("clawnet.edge")


class DirectWebSocket(MortalWebSocket):
    """Offers itself to the application; nothing changes until `attach`."""

    _hear: Hear | None = None
    _resumed: Callable[[], None] | None = None
    _reader: FrameReader | None = None

    def attach(self, hear: Hear, resumed: Callable[[], None]) -> None:
        """Tell `hear` of every message from now on, of the end with None; and when more may go out."""
        self._hear, self._resumed = hear, resumed
        self.resume_reading()

    @property
    def is_writable(self) -> bool:
        """Tell whether the peer takes what is written."""
        return self.writable.is_set()

    def write(self, frames: bytes) -> None:
        """Write whole frames; after a farewell nothing is written."""
        if not self.close_sent and not self.disconnected and not self.transport.is_closing():
            self.transport.write(frames)

    def pause_reading(self) -> None:
        """Take nothing more off the wire for now."""
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        if self.read_paused and not self.transport.is_closing():
            self.read_paused = False
            self.transport.resume_reading()

    @override
    async def run_asgi(self) -> None:
        extensions: Any = self.scope["extensions"]
        extensions[EXTENSION] = self
        await super().run_asgi()

    @override
    def data_received(self, data: bytes) -> None:
        if not self.handshake_initiated:
            # A request, and nothing behind it: a client may say nothing before it is answered.
            super().data_received(data)
            self._reader = FrameReader(self.config.ws_max_size)
        elif self._reader is None:
            super().data_received(data)
        else:
            self._cut(self._reader, data)

    def _cut(self, reader: FrameReader, data: bytes) -> None:
        try:
            for frame, begin in reader.cut(data):
                is_plain = frame[0] == WHOLE_TEXT and self.conn.current_size is None
                if is_plain and self._hear is not None and self.conn.state is State.OPEN:
                    self._text(self._hear, body_of(frame, begin))
                else:
                    super().data_received(frame)
        except NotTold as untold:
            self._reader = None
            super().data_received(untold.rest)

    @override
    def send_receive_event_to_app(self) -> None:
        if self._hear is None:
            super().send_receive_event_to_app()
            return
        data: Any = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if self.curr_msg_data_type == "text":
            self._text(self._hear, data)
        elif not self.close_sent:
            self._hear(bytes(data))

    def _text(self, hear: Hear, data: bytes) -> None:
        if self.close_sent:
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            self.conn.fail(1007)
            self.handle_parser_exception()
        else:
            hear(text)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._end()

    @override
    def handle_close(self, event: Any) -> None:
        super().handle_close(event)
        self._end()

    @override
    def handle_parser_exception(self) -> None:
        super().handle_parser_exception()
        self._end()

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        if self._resumed is not None:
            self._resumed()

    def _end(self) -> None:
        if self._hear is not None:
            self._hear(None)


def websocket_class(transport: Literal["direct", "plain"] = "direct") -> type[WebSocketsSansIOProtocol]:
    """Return the short way if it is wanted and uvicorn is as we know it, else the way of ASGI."""
    library = vars(WebSocketsSansIOProtocol)
    set_up = WebSocketsSansIOProtocol.__init__.__code__.co_names
    is_known = (
        all(name in library for name in _METHODS)
        and all(name in set_up for name in _STATE)
        and "current_size" in Protocol.__init__.__code__.co_names
    )
    if transport == "direct" and not is_known:
        _log.warning("uvicorn is not as we know it: sockets are served without the direct way")
    return DirectWebSocket if transport == "direct" and is_known else MortalWebSocket
