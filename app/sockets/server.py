"""The Socket.IO server: lets agents in, hands their events to the dispatcher, and sees them off."""

from dataclasses import dataclass
from typing import Any

import socketio
from socketio.exceptions import ConnectionRefusedError as Refused
from starlette.types import ASGIApp

from app.background import Background
from app.clock import Clock
from app.delivery.engine import Delivery
from app.delivery.pace import Pace
from app.services.audit import AuditService
from app.services.limits import LimitsService
from app.services.presence import PresenceService
from app.sockets.answering import Answering
from app.sockets.dialects import Admitted, Auth, Dialect, Dialects
from app.sockets.gate import Gate
from app.sockets.packets import EVENT_NAME
from app.sockets.quota import LinkQuota
from app.sockets.sessions import Session, Sessions
from app.sockets.transport import MAX_PACKETS, StrictServer
from app.sockets.wire import HangUp
from app.tally import Tally
from protocol.errors import ClawNetError, RateLimited
from protocol.pushes import Closing, Identity, Limits, ServerInfo, Welcome
from protocol.requests import Resume
from protocol.rooms import RoomProgress
from protocol.text import MAX_PAYLOAD, MAX_TEXT

# What the library says of an end that is not the relay's doing.
_REASONS = {
    StrictServer.reason.CLIENT_DISCONNECT: "client",
    StrictServer.reason.SERVER_DISCONNECT: "server",
    StrictServer.reason.PING_TIMEOUT: "silent",
    StrictServer.reason.TRANSPORT_CLOSE: "closed",
    StrictServer.reason.TRANSPORT_ERROR: "broken",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What the door tells those who come in, and how many it lets in; `heartbeat` in seconds."""

    server: ServerInfo
    pace: Pace
    send_rate: float
    heartbeat: float
    connections_per_agent: int

    def limits(self) -> Limits:
        """Return what a client must keep to."""
        return Limits(
            max_text=MAX_TEXT,
            max_payload=MAX_PAYLOAD,
            send_rate=self.send_rate,
            window=self.pace.window,
            ack_timeout=self.pace.ack_timeout,
            heartbeat=self.heartbeat,
        )


class AgentServer:
    """The agents' door."""

    def __init__(
        self,
        *,
        dialects: Dialects,
        presence: PresenceService,
        delivery: Delivery,
        limits: LimitsService,
        audit: AuditService,
        quota: LinkQuota,
        clock: Clock,
        background: Background,
        house: House,
        tally: Tally,
    ) -> None:
        self._dialects = dialects
        self._presence = presence
        self._delivery = delivery
        self._audit = audit
        self._quota = quota
        self._clock = clock
        self._background = background
        self._house = house
        self._tally = tally
        self._sessions = Sessions()
        self._answering = Answering(
            sessions=self._sessions,
            presence=presence,
            limits=limits,
            tally=tally,
            buffer=house.pace.buffer,
        )
        self._sio = StrictServer(quota=quota, background=background, heartbeat=house.heartbeat)
        self._sio.on("connect", self._on_connect)
        self._sio.on("disconnect", self._on_disconnect)
        self._sio.on(EVENT_NAME, self._answering.answered)
        self._sio.serve_lean(self._answering.begin)

    def asgi(self) -> ASGIApp:
        """Return the application to mount at `/socket.io`."""
        return Gate(socketio.ASGIApp(self._sio, socketio_path=None), max_packets=MAX_PACKETS)

    async def close(self) -> None:
        """Close every connection."""
        await self._sio.shutdown()

    async def _on_connect(self, connection_id: str, _: dict[str, Any], auth: object) -> None:
        link = self._sio.manager.eio_sid_from_sid(connection_id, "/")
        address = self._quota.address_of(link)
        try:
            dialect, said = self._dialects.choose(auth)
            admitted = await self._admit(dialect, said, address)
        except ClawNetError as error:
            self._audit.refused(None, "agent.connect", error, address)
            raise Refused(str(error), error.body()) from None
        self._quota.identify(link)
        wire = dialect.wire(connection_id, self._sio.eio.sockets[link], self._cutter(connection_id))
        session = Session(connection_id, admitted.actor, wire, dialect)
        self._sessions.open(session)
        # The CONNECT answer goes out when this returns; `welcome` must come after it.
        self._background.spawn(self._welcome(session, admitted.resume), name="welcome")

    async def _admit(self, dialect: Dialect, said: Auth, address: str | None) -> Admitted:
        admitted = await dialect.admit(said, address)
        if self._sessions.of_agent(admitted.actor.agent_id) >= self._house.connections_per_agent:
            raise RateLimited("this agent has too many connections", retry_after=5.0)
        return admitted

    async def _welcome(self, session: Session, resume: Resume | None) -> None:
        connection_id, actor, wire = session.connection_id, session.actor, session.wire
        rooms = await self._delivery.attach(connection_id, actor, wire, resume)
        if resume is not None:
            self._tally.resumed(rooms)
        if self._sessions.get(connection_id) is not session:
            self._delivery.detach(connection_id)
            return
        session.dialect.opened(session)
        wire.send(wire.dialect.encode("welcome", self._greeting(session, rooms)))
        self._delivery.begin(connection_id)
        self._presence.attach(actor.agent_id, connection_id)
        await self._audit.note(actor, "agent.connect", actor.agent_id)

    async def _on_disconnect(self, connection_id: str, reason: str) -> None:
        if session := self._sessions.close(connection_id):
            self._tally.disconnects[session.ended_by or _REASONS.get(reason, "other")] += 1
            session.dialect.closed(session)
            self._delivery.detach(connection_id)
            self._presence.detach(session.actor.agent_id, connection_id)

    def _cutter(self, connection_id: str) -> HangUp:
        def hang_up(why: Closing) -> None:
            if session := self._sessions.get(connection_id):
                session.ended_by = why.reason or why.code
            self._background.spawn(self._sio.hang_up(connection_id), name="hang up")

        return hang_up

    def _greeting(self, session: Session, rooms: list[RoomProgress]) -> Welcome:
        actor = session.actor
        return Welcome(
            server=self._house.server.model_copy(update={"time": self._clock.stamp()}),
            session=session.connection_id,
            agent=Identity(id=actor.agent_id, handle=actor.handle, role=actor.role),
            rooms=rooms,
            limits=self._house.limits(),
        )
