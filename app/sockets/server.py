"""The Socket.IO server: lets agents in, hands their events to the dispatcher, and sees them off."""

import asyncio
from typing import Any

import socketio
from engineio.payload import Payload
from pydantic import ValidationError
from socketio.exceptions import ConnectionRefusedError as Refused
from socketio.packet import CONNECT_ERROR
from starlette.types import ASGIApp
from typing_extensions import override

from app.actor import Via
from app.background import Background
from app.clock import Clock, stamp
from app.delivery.engine import Delivery, Pace
from app.services.identity import IdentityService
from app.services.limits import LimitsService
from app.services.presence import PresenceService
from app.sockets.dispatch import Dispatcher
from app.sockets.gate import Gate
from app.sockets.packets import EVENT_NAME, Incoming, StrictPacket
from app.sockets.sessions import Session, Sessions
from app.sockets.wire import SecondDialect, SocketWire
from protocol.errors import ClawNetError, InvalidRequest, NotFound, RateLimited
from protocol.events import Budget
from protocol.pushes import Closing, Identity, Limits, ServerInfo, Welcome
from protocol.requests import Handshake
from protocol.rooms import RoomProgress
from protocol.text import MAX_PAYLOAD, MAX_TEXT

AUTH_DEADLINE = 5.0  # seconds in which a socket must say who it is (Centrifugo gives 10)
CONGESTED = 0.05  # seconds between two looks whether a client has taken its answers
MAX_PACKETS = 1024  # in one POST of the polling transport; a client that polls sends all it has at once


class StrictServer(socketio.AsyncServer):  # type: ignore[misc]  # python-socketio has no types
    """An AsyncServer on which a link says who it is once, and soon."""

    def __init__(self, background: Background, **options: Any) -> None:
        super().__init__(**options)
        self._background = background

    @override
    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> Any:
        self._background.spawn(self._expect_connect(eio_sid), name="authentication deadline")
        return await super()._handle_eio_connect(eio_sid, environ)

    def waiting(self, connection_id: str) -> int:
        """Return how many bytes are queued for a connection, answers included; 0 if it is over."""
        link = self.eio.sockets.get(self.manager.eio_sid_from_sid(connection_id, "/"))
        if link is None or link.closed or link.queue.empty():
            return 0
        queued = link.queue._queue  # noqa: SLF001 - asyncio offers no other look into a queue
        return sum(len(packet.data) for packet in queued if packet and packet.data)

    async def hang_up(self, connection_id: str) -> None:
        """End a connection and the link under it, whatever the client makes of that."""
        eio_sid = self.manager.eio_sid_from_sid(connection_id, "/")
        await self.disconnect(connection_id)
        await self._end(eio_sid)

    async def _end(self, eio_sid: str | None) -> None:
        if (link := self.eio.sockets.get(eio_sid)) is not None:
            # Not `eio.disconnect`: that waits until a client that has stopped reading has taken everything.
            await link.close(wait=False)

    @override
    async def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        await super()._handle_eio_disconnect(eio_sid, reason)
        if (link := self.eio.sockets.get(eio_sid)) is not None:
            # Engine.IO asks the client to leave and trusts that it does; the end of the writer ends the link.
            link.queue.put_nowait(None)

    async def _expect_connect(self, eio_sid: str) -> None:
        await asyncio.sleep(AUTH_DEADLINE)
        if self.manager.sid_from_eio_sid(eio_sid, "/") is None:
            await self._end(eio_sid)

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


class AgentServer:
    """The agents' door."""

    def __init__(
        self,
        *,
        identity: IdentityService,
        presence: PresenceService,
        delivery: Delivery,
        dispatcher: Dispatcher,
        limits: LimitsService,
        clock: Clock,
        background: Background,
        pace: Pace,
        server_info: ServerInfo,
        send_rate: float,
        heartbeat: float,
        origins: list[str],
    ) -> None:
        self._identity = identity
        self._presence = presence
        self._delivery = delivery
        self._dispatcher = dispatcher
        self._limits = limits
        self._clock = clock
        self._background = background
        self._server_info = server_info
        self._buffer = pace.buffer
        self._sessions = Sessions()
        self._dialect = SecondDialect()
        self._allowances = Limits(
            max_text=MAX_TEXT,
            max_payload=MAX_PAYLOAD,
            send_rate=send_rate,
            window=pace.window,
            ack_timeout=pace.ack_timeout,
            heartbeat=heartbeat,
        )
        Payload.max_decode_packets = MAX_PACKETS
        self._sio = StrictServer(
            background,
            async_mode="asgi",
            # One event of a connection after the other: order and back-pressure (reliability finding 8).
            async_handlers=False,
            serializer=StrictPacket,
            # None means same origin; an empty list would switch the check off (reliability finding 9).
            cors_allowed_origins=origins or None,
            max_http_buffer_size=MAX_PAYLOAD,
            ping_interval=heartbeat,
            ping_timeout=heartbeat,
            http_compression=False,
            transports=["websocket", "polling"],
        )
        self._sio.on("connect", self._on_connect)
        self._sio.on("disconnect", self._on_disconnect)
        self._sio.on(EVENT_NAME, self._on_event)

    def asgi(self) -> ASGIApp:
        """Return the application to mount at `/socket.io`."""
        return Gate(socketio.ASGIApp(self._sio, socketio_path=None), max_packets=MAX_PACKETS)

    async def close(self) -> None:
        """Close every connection."""
        await self._sio.shutdown()

    async def _on_connect(self, connection_id: str, _: dict[str, Any], auth: object) -> None:
        try:
            handshake = _handshake(auth)
            actor = await self._identity.authenticate(handshake.token, Via.SOCKET)
        except ClawNetError as error:
            raise Refused(str(error), error.body()) from None
        session = Session(connection_id, actor, self._wire(connection_id))
        self._sessions.open(session)
        # The CONNECT answer goes out when this returns; `welcome` must come after it.
        self._background.spawn(self._welcome(session, handshake), name="welcome")

    async def _welcome(self, session: Session, handshake: Handshake) -> None:
        agent_id = session.actor.agent_id
        rooms = await self._delivery.attach(session.connection_id, agent_id, session.wire, handshake.resume)
        if self._sessions.get(session.connection_id) is not session:
            self._delivery.detach(session.connection_id)
            return
        session.wire.send(self._dialect.encode("welcome", self._greeting(session, rooms)))
        self._delivery.begin(session.connection_id)
        self._presence.attach(agent_id, session.connection_id)

    async def _on_event(self, connection_id: str, incoming: Incoming) -> dict[str, object] | None:
        session = self._sessions.get(connection_id)
        if session is None:
            return None
        self._presence.hear(session.actor.agent_id)
        # Who asks and does not read has to wait, or its answers would pile up here without limit.
        while self._sio.waiting(connection_id) > self._buffer:  # noqa: ASYNC110 - Engine.IO's queue tells nobody
            await asyncio.sleep(CONGESTED)
        # Handle and role are those of this moment, not those of the connect.
        if present := self._identity.actor_of(session.actor.token_id or "", Via.SOCKET):
            session.actor = present
        answer = await self._dispatcher.answer(session, incoming)
        if not answer["ok"]:
            self._mind_refusal(session, incoming, answer)
        return answer

    async def _on_disconnect(self, connection_id: str, _reason: str) -> None:
        if session := self._sessions.close(connection_id):
            self._delivery.detach(connection_id)
            self._presence.detach(session.actor.agent_id, connection_id)

    def _mind_refusal(self, session: Session, incoming: Incoming, answer: dict[str, Any]) -> None:
        told = {key: answer["error"][key] for key in ("code", "message", "retryable")}
        why = Closing.model_validate(told)
        if not incoming.wants_ack:
            session.wire.send(self._dialect.encode("error", why))
        if why.code != InvalidRequest.code:
            return
        try:
            self._limits.take(session.connection_id, Budget.MISTAKE)
        except RateLimited:
            session.wire.close(why.model_copy(update={"reason": "too_many_errors"}))

    def _wire(self, connection_id: str) -> SocketWire:
        socket = self._sio.eio.sockets[self._sio.manager.eio_sid_from_sid(connection_id, "/")]
        return SocketWire(
            dialect=self._dialect,
            socket=socket,
            hang_up=lambda: self._background.spawn(self._sio.hang_up(connection_id), name="hang up"),
        )

    def _greeting(self, session: Session, rooms: list[RoomProgress]) -> Welcome:
        actor = session.actor
        return Welcome(
            server=self._server_info.model_copy(update={"time": stamp(self._clock.now())}),
            session=session.connection_id,
            agent=Identity(id=actor.agent_id, handle=actor.handle, role=actor.role),
            rooms=rooms,
            limits=self._allowances,
        )


def _handshake(auth: object) -> Handshake:
    if isinstance(auth, Incoming):
        raise auth.refusal or InvalidRequest("the handshake can't be read")
    try:
        return Handshake.model_validate(auth if auth is not None else {})
    except ValidationError:
        raise InvalidRequest("the handshake's auth is malformed", field="auth") from None
