"""The dispatcher: every event passes here. It parses, authorises, limits, calls the handler, and answers."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from pydantic import ValidationError

from app.clock import Clock
from app.services.audit import AuditService
from app.services.limits import LimitsService
from app.services.posting import Posting
from app.sockets.packets import Incoming
from app.sockets.sessions import Session
from protocol import acks
from protocol.acks import Answer
from protocol.errors import ClawNetError, Forbidden, Internal, InvalidRequest
from protocol.events import CLIENT_EVENTS, ClientEvent
from protocol.mistakes import refusal_of
from protocol.requests import Request
from protocol.trusted import validated

Outcome = Answer | ClawNetError
Begun = Outcome | Posting | Awaitable[Outcome | Posting]
# A handler that has nothing to wait for answers at once: what a fleet says most comes that way.
Handler = Callable[[Session, Any], Answer | Posting | Awaitable[Answer | Posting]]
BEGUN = (Posting, Answer, ClawNetError)
_log = logging.getLogger("clawnet.dispatch")


class Acks(Protocol):
    """What the ack of an event looks like."""

    def ok(self, answer: Answer) -> dict[str, object]: ...

    def refusal(self, error: ClawNetError) -> dict[str, object]: ...


class SecondAcks:
    """The acks of C2CP v2."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def ok(self, answer: Answer) -> dict[str, object]:
        """Return the ack's body of an answer."""
        return acks.ok(answer, server_time=self._clock.stamp())

    def refusal(self, error: ClawNetError) -> dict[str, object]:
        """Return the ack's body of a refusal."""
        return acks.refusal(error, server_time=self._clock.stamp())


class Dispatcher:
    """Runs a client's events against a table; refuses to start if one of them has no handler.

    `other` is the row for events that stand in no row; without it they are refused.
    """

    def __init__(
        self,
        *,
        handlers: Mapping[str, Handler],
        limits: LimitsService,
        audit: AuditService,
        acks: Acks,
        events: Mapping[str, ClientEvent] = CLIENT_EVENTS,
        other: ClientEvent | None = None,
    ) -> None:
        if missing := events.keys() ^ handlers.keys():
            raise ValueError(f"events and handlers differ: {sorted(missing)}")
        self._handlers = handlers
        self._limits = limits
        self._audit = audit
        self._acks = acks
        self._events = events
        self._other = other

    def begin(self, session: Session, incoming: Incoming) -> Begun:
        """Return answer or refusal, or a message on its way; or, if there is more to wait for, that."""
        try:
            event, request = self._admitted(session, incoming)
            begun = self._handlers[event.name](session, request)
        except Exception as error:  # noqa: BLE001 - a bug is logged and nothing of it is shown
            return self._failed(session, incoming.name, error)
        return begun if isinstance(begun, BEGUN) else self._handled(session, incoming, begun)

    async def outcome(self, session: Session, incoming: Incoming) -> Outcome:
        """Return the answer or the refusal, once what it takes is done; there is always one."""
        begun = self.begin(session, incoming)
        if not isinstance(begun, BEGUN):
            begun = await begun
        if not isinstance(begun, Posting):
            return begun
        await begun.stored()
        return self.concluded(session, incoming.name, begun)

    def concluded(self, session: Session, name: object, posting: Posting) -> Outcome:
        """Return what came of a message that is not on its way any more."""
        try:
            return posting.result()
        except Exception as error:  # noqa: BLE001 - a bug is logged and nothing of it is shown
            return self._failed(session, name, error)

    def ack(self, outcome: Outcome) -> dict[str, object]:
        """Return the ack's body."""
        return self._acks.ok(outcome) if isinstance(outcome, Answer) else self._acks.refusal(outcome)

    async def answer(self, session: Session, incoming: Incoming) -> dict[str, object]:
        """Run an event and return its ack's body."""
        return self.ack(await self.outcome(session, incoming))

    async def _handled(
        self, session: Session, incoming: Incoming, begun: Awaitable[Answer | Posting]
    ) -> Outcome | Posting:
        try:
            return await begun
        except Exception as error:  # noqa: BLE001 - a bug is logged and nothing of it is shown
            return self._failed(session, incoming.name, error)

    def _failed(self, session: Session, name: object, error: Exception) -> ClawNetError:
        if isinstance(error, Forbidden):
            self._audit.refused(session.actor, str(name), error, session.actor.address)
        if isinstance(error, ClawNetError):
            return error
        _log.error("an event failed", extra={"request": str(name)[:64]}, exc_info=error)
        return Internal("the relay failed on this event")

    def _admitted(self, session: Session, incoming: Incoming) -> tuple[ClientEvent, Request]:
        event = self._event(incoming)
        if session.actor.role not in event.roles:
            raise Forbidden(f"{event.name} is not for the role {session.actor.role}")
        self._limits.take(session.actor.agent_id, event.budget)
        return event, _request(event, incoming)

    def _event(self, incoming: Incoming) -> ClientEvent:
        if incoming.refusal is not None:
            raise incoming.refusal
        event = self._events.get(incoming.name, self._other) if isinstance(incoming.name, str) else None
        if event is None:
            raise InvalidRequest("unknown event")
        return event


def _request(event: ClientEvent, incoming: Incoming) -> Request:
    if len(incoming.args) > 1:
        raise InvalidRequest("an event has one body")
    body = incoming.args[0] if incoming.args else {}
    try:
        return validated(event.request, body)
    except ValidationError as error:
        raise refusal_of(error) from None
