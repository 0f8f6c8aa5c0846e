"""One Socket.IO connection to the relay, from its handshake to its end."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiohttp
import orjson
import socketio
from pydantic import ValidationError
from socketio.exceptions import SocketIOError
from socketio.packet import Packet

from protocol.errors import ClawNetError, Unavailable, error_of
from protocol.pushes import Welcome

OPEN_TIMEOUT = 15.0  # seconds from the first byte to `welcome`
CLOSE_TIMEOUT = 2.0  # seconds; a stopped relay never answers the closing handshake
MAX_FRAME = 32 * 1024 * 1024  # bytes: a page of history is 200 messages of up to 64 KiB

Ack = Mapping[str, Any]
Answered = Callable[[Ack], None]


class Listener(Protocol):
    """Who is told what the relay says; called at once and in order, so it may neither wait nor raise."""

    def welcomed(self, welcome: Welcome) -> None: ...

    def heard(self, event: str, body: Any) -> None: ...


class Link:
    """A connection that is used once; `open` it, use it until `ended`, and `close` it in any case."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._welcome: asyncio.Future[Welcome] = self._loop.create_future()
        self._replies: set[asyncio.Future[Ack]] = set()
        self._over = asyncio.Event()
        self._watch: asyncio.Task[None] | None = None
        # Our own HTTP session: closing it cuts the transport even when the peer no longer answers.
        self._http = aiohttp.ClientSession()
        self._socket = socketio.AsyncClient(
            reconnection=False,  # the resume data must be fresh on each handshake, hence a new Link
            handle_sigint=False,
            logger=_QUIET,
            engineio_logger=_QUIET,
            serializer=_COMPACT_PACKET,
            http_session=self._http,
            websocket_extra_options={"max_msg_size": MAX_FRAME},
        )
        self._socket.on("connect_error", self._refused)
        self._socket.on("*", self._heard)

    async def open(self, url: str, auth: Mapping[str, object], transports: Sequence[str]) -> Welcome:
        """Connect and return the relay's welcome.

        Raises:
            ClawNetError: the relay refused (its own words), or could not be reached (Unavailable).
        """
        parts = urlsplit(url)
        try:
            async with asyncio.timeout(OPEN_TIMEOUT):
                await self._socket.connect(
                    f"{parts.scheme}://{parts.netloc}",
                    auth=dict(auth),
                    transports=list(transports),
                    socketio_path=f"{parts.path}/socket.io",
                    wait=False,
                )
                self._watch = asyncio.create_task(self._watch_end())
                return await asyncio.shield(self._welcome)
        except TimeoutError:
            raise Unavailable("the relay did not answer in time") from None
        except (SocketIOError, aiohttp.ClientError, OSError, ValueError) as error:
            raise self._refusal() or Unavailable(f"the relay can't be reached: {error}") from None

    async def tell(self, event: str, body: object, answered: Answered | None = None) -> None:
        """Send a request; `answered` is called with its ack, unless that is none (it has no `ok`).

        Raises:
            Unavailable: the connection has ended.
        """
        callback = None if answered is None else _only_real_acks(answered)
        try:
            await self._socket.emit(event, body, callback=callback)
        except SocketIOError:
            raise Unavailable("the connection to the relay has ended") from None

    async def ask(self, event: str, body: object, *, within: float) -> Ack:
        """Send a request and return its ack.

        Raises:
            ClawNetError: the relay refused, or did not answer within so many seconds (Unavailable).
        """
        reply: asyncio.Future[Ack] = self._loop.create_future()
        self._replies.add(reply)
        try:
            async with asyncio.timeout(within):
                await self.tell(event, body, _into(reply))
                ack = await reply
        except TimeoutError:
            raise Unavailable("the relay did not answer in time") from None
        finally:
            self._replies.discard(reply)
        if not ack["ok"]:
            raise refusal_of(ack.get("error") or {})
        return ack

    async def ended(self) -> None:
        """Wait until the connection is gone, whoever ended it."""
        await self._over.wait()

    def give_up(self) -> None:
        """Declare the connection dead; who opened it will close it."""
        self._end()

    async def close(self) -> None:
        """Say good-bye if the relay still listens, and cut the connection."""
        with suppress(Exception):
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._socket.disconnect()
        await self._http.close()
        if (transport := self._socket.eio.ws) is not None:
            # One that was cut inside a frame is still open for aiohttp, although its session is gone.
            with suppress(Exception):
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await transport.close()
        tasks = {self._socket.eio.read_loop_task, self._socket.eio.write_loop_task, self._watch} - {None}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_TIMEOUT)
        self._end()

    def _heard(self, event: str, *args: Any) -> None:
        body = args[0] if args else None
        if event != "welcome":
            self._listener.heard(event, body)
            return
        try:
            welcome = Welcome.model_validate(body)
        except ValidationError:
            self._fail(Unavailable("the relay speaks another protocol"))
            return
        self._listener.welcomed(welcome)
        if not self._welcome.done():
            self._welcome.set_result(welcome)

    def _refused(self, data: object = None) -> None:
        # python-socketio wraps the error object as `data` next to `message`; a transport error is a text.
        body = data.get("data", data) if isinstance(data, dict) else None
        if isinstance(body, dict) and "code" in body:
            self._fail(refusal_of(body))
        elif isinstance(data, dict):
            self._fail(Unavailable(f"refused: {data.get('message', 'without a reason')}"))

    def _fail(self, error: ClawNetError) -> None:
        if not self._welcome.done():
            self._welcome.set_exception(error)
            self._welcome.exception()  # retrieved: nobody may be waiting for it any more

    def _refusal(self) -> ClawNetError | None:
        if self._welcome.done() and isinstance(error := self._welcome.exception(), ClawNetError):
            return error
        return None

    async def _watch_end(self) -> None:
        # Not `eio.wait()`: cancelling that would cancel the library's read loop with it.
        await asyncio.wait({self._socket.eio.read_loop_task})
        self._end()

    def _end(self) -> None:
        self._over.set()
        self._fail(Unavailable("the relay closed the connection"))
        for reply in self._replies:
            if not reply.done():
                reply.set_exception(Unavailable("the connection was lost before the answer came"))


def refusal_of(body: Mapping[str, object]) -> ClawNetError:
    """Rebuild an error that the relay sent; its own `retryable` outranks what the code usually means."""
    error = error_of(body)
    if isinstance(told := body.get("retryable"), bool):
        error.__dict__["retryable"] = told
    return error


def _into(reply: asyncio.Future[Ack]) -> Answered:
    def answered(ack: Ack) -> None:
        if not reply.done():
            reply.set_result(ack)

    return answered


def _only_real_acks(answered: Answered) -> Callable[..., None]:
    def callback(*args: Any) -> None:
        if args and isinstance(args[0], dict) and "ok" in args[0]:
            answered(args[0])

    return callback


class _Json:
    """Compact UTF-8 JSON; the library's default escapes to ASCII and so trebles many frames."""

    @staticmethod
    def dumps(value: object, **_: object) -> str:
        return orjson.dumps(value).decode()

    loads = staticmethod(orjson.loads)


_COMPACT_PACKET = type("CompactPacket", (Packet,), {"json": _Json})
# At INFO the library writes whole packets, the token among them.
_QUIET = logging.getLogger("clawnet.socketio")
_QUIET.setLevel(logging.CRITICAL)
