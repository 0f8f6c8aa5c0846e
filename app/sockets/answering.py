"""Answers: what a connection asks for is begun at once, and told once what it takes is done."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from app.services.limits import LimitsService
from app.services.posting import Posting
from app.services.presence import PresenceService
from app.sockets.dispatch import BEGUN, Outcome
from app.sockets.lean import Begun, Done
from app.sockets.packets import Incoming
from app.sockets.sessions import Session, Sessions
from app.sockets.transport import answer
from app.tally import Tally
from protocol.errors import ClawNetError, InvalidRequest, RateLimited, Unauthenticated
from protocol.events import Budget
from protocol.pushes import Closing

CONGESTED = 0.05  # seconds between two looks whether a client has taken its answers


class Answering:
    """Runs the events of connections; `buffer` is how many bytes a client may leave unread."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        presence: PresenceService,
        limits: LimitsService,
        tally: Tally,
        buffer: int,
    ) -> None:
        self._sessions = sessions
        self._presence = presence
        self._limits = limits
        self._tally = tally
        self._buffer = buffer

    async def answered(self, connection_id: str, incoming: Incoming) -> dict[str, object] | None:
        """Answer an event that the library brings; one after the other."""
        session = self._sessions.get(connection_id)
        if session is None:
            return None
        await self._read(session)
        outcome = self._renewed(session) or await session.dialect.dispatcher.outcome(session, incoming)
        if isinstance(outcome, ClawNetError):
            self._mind_refusal(session, outcome, wants_ack=incoming.wants_ack)
        return session.dialect.dispatcher.ack(outcome)

    def begin(self, connection_id: str, socket: Any, incoming: Incoming, done: Done) -> Begun:
        """Answer an event of a link on a direct way; True if `done` will tell when it is answered."""
        session = self._sessions.get(connection_id)
        if session is None:
            return False
        if session.wire.backlog() > self._buffer:
            return self._begin_later(session, socket, incoming, done)
        begun = self._renewed(session) or session.dialect.dispatcher.begin(session, incoming)
        exchange = _Exchange(self, session, socket, incoming, done)
        return exchange.go_on(begun) if isinstance(begun, BEGUN) else exchange.begun(begun)

    def tell(self, exchange: "_Exchange", outcome: Outcome) -> None:
        """Answer what was asked, if an answer is wanted."""
        session, number = exchange.session, exchange.number
        if isinstance(outcome, ClawNetError):
            self._mind_refusal(session, outcome, wants_ack=bool(number))
        if number:
            answer(exchange.socket, number, session.dialect.dispatcher.ack(outcome))

    async def _begin_later(self, session: Session, socket: Any, incoming: Incoming, done: Done) -> bool:
        await self._read(session)
        begun = self.begin(session.connection_id, socket, incoming, done)
        return begun if isinstance(begun, bool) else await begun

    async def _read(self, session: Session) -> None:
        # Who asks and does not read has to wait, or its answers would pile up here without limit.
        while session.wire.backlog() > self._buffer:  # noqa: ASYNC110 - a queue tells nobody
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

    def _mind_refusal(self, session: Session, error: ClawNetError, *, wants_ack: bool) -> None:
        self._tally.refused(error.code)
        if isinstance(error, Unauthenticated):
            return  # the link is about to end, and its farewell says why
        why = Closing(code=error.code, message=error.message, retryable=error.retryable)
        if not wants_ack:
            session.wire.send(session.wire.dialect.encode("error", why))
        if why.code != InvalidRequest.code:
            return
        try:
            self._limits.take(session.connection_id, Budget.MISTAKE)
        except RateLimited:
            session.wire.close(why.model_copy(update={"reason": "too_many_errors"}))


class _Exchange:
    """An event that is being answered; it keeps nothing of the event's body."""

    __slots__ = ("_answering", "_done", "_name", "_posting", "number", "session", "socket")

    def __init__(
        self, answering: Answering, session: Session, socket: Any, incoming: Incoming, done: Done
    ) -> None:
        self._answering = answering
        self._done = done
        self._name = incoming.name
        self.number = incoming.number
        self.session = session
        self.socket = socket

    def go_on(self, begun: Outcome | Posting) -> bool:
        """Answer, or wait for a message that is on its way; tell whether it is."""
        if not isinstance(begun, Posting):
            self._answering.tell(self, begun)
            return False
        self._posting = begun
        begun.when_settled(self._conclude)
        return True

    async def begun(self, begun: Awaitable[Outcome | Posting]) -> bool:
        """Wait for what is more than a message on its way, and go on."""
        return self.go_on(await begun)

    def _conclude(self) -> None:
        outcome = self.session.dialect.dispatcher.concluded(self.session, self._name, self._posting)
        self._answering.tell(self, outcome)
        self._done()
