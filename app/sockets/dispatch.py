"""The dispatcher: every event passes here. It parses, authorises, limits, calls the handler, and answers."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from pydantic import ValidationError

from app.clock import Clock, stamp
from app.services.audit import AuditService
from app.services.limits import LimitsService
from app.services.posting import Posting
from app.sockets.packets import Incoming
from app.sockets.sessions import Session
from protocol import acks
from protocol.acks import Answer
from protocol.errors import ClawNetError, Forbidden, Internal, InvalidRequest
from protocol.events import CLIENT_EVENTS, ClientEvent
from protocol.requests import Request

Handler = Callable[[Session, Any], Awaitable[Answer | Posting]]
Outcome = Answer | ClawNetError
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
        return acks.ok(answer, server_time=stamp(self._clock.now()))

    def refusal(self, error: ClawNetError) -> dict[str, object]:
        """Return the ack's body of a refusal."""
        return acks.refusal(error, server_time=stamp(self._clock.now()))


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

    async def begin(self, session: Session, incoming: Incoming) -> Outcome | Posting:
        """Return answer or refusal, or a message on its way; whatever the client sent, there is one."""
        try:
            event, request = self._admitted(session, incoming)
            return await self._handlers[event.name](session, request)
        except Exception as error:  # noqa: BLE001 - a bug is logged and nothing of it is shown
            return self._failed(session, incoming, error)

    async def outcome(self, session: Session, incoming: Incoming) -> Outcome:
        """Return the answer or the refusal, once what it takes is done."""
        begun = await self.begin(session, incoming)
        return await self.awaited(session, incoming, begun) if isinstance(begun, Posting) else begun

    async def awaited(self, session: Session, incoming: Incoming, posting: Posting) -> Outcome:
        """Wait for a message that is on its way, and return what came of it."""
        try:
            return await posting.sent()
        except Exception as error:  # noqa: BLE001 - a bug is logged and nothing of it is shown
            return self._failed(session, incoming, error)

    def concluded(self, session: Session, incoming: Incoming, posting: Posting) -> Outcome:
        """Return what came of a message that is not on its way any more."""
        try:
            return posting.result()
        except Exception as error:  # noqa: BLE001 - a bug is logged and nothing of it is shown
            return self._failed(session, incoming, error)

    def ack(self, outcome: Outcome) -> dict[str, object]:
        """Return the ack's body."""
        return self._acks.ok(outcome) if isinstance(outcome, Answer) else self._acks.refusal(outcome)

    async def answer(self, session: Session, incoming: Incoming) -> dict[str, object]:
        """Run an event and return its ack's body."""
        return self.ack(await self.outcome(session, incoming))

    def _failed(self, session: Session, incoming: Incoming, error: Exception) -> ClawNetError:
        if isinstance(error, Forbidden):
            self._audit.refused(session.actor, str(incoming.name), error, session.actor.address)
        if isinstance(error, ClawNetError):
            return error
        _log.error("an event failed", extra={"request": str(incoming.name)[:64]}, exc_info=error)
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
        return event.request.model_validate(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or None
        raise InvalidRequest(f"{first['msg']}", field=field) from None
