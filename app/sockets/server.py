"""The Socket.IO server: lets agents in, hands their events to the dispatcher, and sees them off."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import socketio
from socketio.exceptions import ConnectionRefusedError as Refused
from starlette.types import ASGIApp

from app.background import Background
from app.clock import Clock, stamp
from app.delivery.engine import Delivery
from app.delivery.pace import Pace
from app.services.audit import AuditService
from app.services.limits import LimitsService
from app.services.posting import Posting
from app.services.presence import PresenceService
from app.sockets.dialects import Admitted, Auth, Dialect, Dialects
from app.sockets.dispatch import Outcome
from app.sockets.gate import Gate
from app.sockets.packets import EVENT_NAME, Incoming
from app.sockets.quota import LinkQuota
from app.sockets.sessions import Session, Sessions
from app.sockets.transport import MAX_PACKETS, Answer, StrictServer
from app.sockets.wire import HangUp
from app.tally import Tally
from protocol.errors import ClawNetError, InvalidRequest, RateLimited, Unauthenticated
from protocol.events import Budget
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
CONGESTED = 0.05  # seconds between two looks whether a client has taken its answers


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
        self._limits = limits
        self._audit = audit
        self._quota = quota
        self._clock = clock
        self._background = background
        self._house = house
        self._tally = tally
        self._sessions = Sessions()
        self._sio = StrictServer(quota=quota, background=background, heartbeat=house.heartbeat)
        self._sio.on("connect", self._on_connect)
        self._sio.on("disconnect", self._on_disconnect)
        self._sio.on(EVENT_NAME, self._on_event)
        self._sio.serve_lean(self._begin)

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

    async def _on_event(self, connection_id: str, incoming: Incoming) -> dict[str, object] | None:
        """Answer an event that the library brings; one after the other."""
        session = self._sessions.get(connection_id)
        if session is None:
            return None
        begun = await self._outcome(session, incoming)
        if isinstance(begun, Posting):
            begun = await session.dialect.dispatcher.awaited(session, incoming, begun)
        return self._ack(session, incoming, begun)

    async def _begin(
        self, connection_id: str, incoming: Incoming, answer: Answer, done: Callable[[], None]
    ) -> bool:
        """Answer an event of a link on a direct way; True if `done` will tell when it is answered."""
        session = self._sessions.get(connection_id)
        if session is None:
            return False
        # As `_outcome` does it, with no task or coroutine that is not needed: each message comes this way.
        if session.wire.backlog() > self._house.pace.buffer:
            await self._read(session)
        begun = self._renewed(session) or await session.dialect.dispatcher.begin(session, incoming)
        if not isinstance(begun, Posting):
            self._tell(session, incoming, begun, answer)
            return False

        def conclude() -> None:
            outcome = session.dialect.dispatcher.concluded(session, incoming, begun)
            self._tell(session, incoming, outcome, answer)
            done()

        begun.when_settled(conclude)
        return True

    def _tell(self, session: Session, incoming: Incoming, outcome: Outcome, answer: Answer) -> None:
        if incoming.wants_ack:
            answer(self._ack(session, incoming, outcome))
        elif isinstance(outcome, ClawNetError):
            self._mind_refusal(session, incoming, outcome)

    async def _outcome(self, session: Session, incoming: Incoming) -> Outcome | Posting:
        await self._read(session)
        if (refusal := self._renewed(session)) is not None:
            return refusal
        return await session.dialect.dispatcher.begin(session, incoming)

    async def _read(self, session: Session) -> None:
        # Who asks and does not read has to wait, or its answers would pile up here without limit.
        while session.wire.backlog() > self._house.pace.buffer:  # noqa: ASYNC110 - a queue tells nobody
            await asyncio.sleep(CONGESTED)

    def _renewed(self, session: Session) -> Unauthenticated | None:
        if session.is_renewed:
            return None
        self._presence.hear(session.actor.agent_id)
        # Role and handle are those of this moment, not those of the connect.
        fresh = session.dialect.renewed(session.actor)
        if fresh is None:
            return Unauthenticated("the token is not valid any more")
        session.renewed(fresh)
        return None

    def _ack(self, session: Session, incoming: Incoming, outcome: Outcome) -> dict[str, object]:
        if isinstance(outcome, ClawNetError):
            self._mind_refusal(session, incoming, outcome)
        return session.dialect.dispatcher.ack(outcome)

    async def _on_disconnect(self, connection_id: str, reason: str) -> None:
        if session := self._sessions.close(connection_id):
            self._tally.disconnects[session.ended_by or _REASONS.get(reason, "other")] += 1
            session.dialect.closed(session)
            self._delivery.detach(connection_id)
            self._presence.detach(session.actor.agent_id, connection_id)

    def _mind_refusal(self, session: Session, incoming: Incoming, error: ClawNetError) -> None:
        self._tally.refused(error.code)
        if isinstance(error, Unauthenticated):
            return  # the link is about to end, and its farewell says why
        why = Closing(code=error.code, message=error.message, retryable=error.retryable)
        if not incoming.wants_ack:
            session.wire.send(session.wire.dialect.encode("error", why))
        if why.code != InvalidRequest.code:
            return
        try:
            self._limits.take(session.connection_id, Budget.MISTAKE)
        except RateLimited:
            session.wire.close(why.model_copy(update={"reason": "too_many_errors"}))

    def _cutter(self, connection_id: str) -> HangUp:
        def hang_up(why: Closing) -> None:
            if session := self._sessions.get(connection_id):
                session.ended_by = why.reason or why.code
            self._background.spawn(self._sio.hang_up(connection_id), name="hang up")

        return hang_up

    def _greeting(self, session: Session, rooms: list[RoomProgress]) -> Welcome:
        actor = session.actor
        return Welcome(
            server=self._house.server.model_copy(update={"time": stamp(self._clock.now())}),
            session=session.connection_id,
            agent=Identity(id=actor.agent_id, handle=actor.handle, role=actor.role),
            rooms=rooms,
            limits=self._house.limits(),
        )
