"""Who acts behind a tab: asked anew for every step, as a session can end at any moment."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.actor import Actor
from app.services.permissions import Operation, Standing, is_allowed
from components.ports import Console
from components.session import Sessions
from protocol.errors import ClawNetError, Forbidden, Unauthenticated
from protocol.events import Budget

WARNING = 120.0  # seconds before the end of a session in which its operator is told


@dataclass(frozen=True, slots=True)
class Ending:
    """When a session ends, and whether using it puts that off."""

    at: datetime
    can_stay: bool


class Authority:
    """What one session may do now."""

    def __init__(self, console: Console, sessions: Sessions, session_id: str) -> None:
        self._console = console
        self._sessions = sessions
        self._session_id = session_id

    def is_signed_in(self) -> bool:
        """Tell whether the session still stands, without keeping it awake."""
        return self.watcher() is not None

    def watcher(self) -> Actor | None:
        """Return who looks on, without keeping the session awake; None when it is over."""
        return self._sessions.actor(self._session_id)

    def watching(self) -> Actor:
        """Return who looks on, without keeping the session awake.

        Raises:
            Unauthenticated: the session is over.
        """
        if (actor := self.watcher()) is None:
            raise Unauthenticated("the session is over")
        return actor

    def ending(self) -> Ending | None:
        """Return when the session ends if that is soon, be it by rest, by age or with its token."""
        actor = self.watcher()
        if actor is None:
            return None
        rests, lasts = self._sessions.left(self._session_id)
        lasts = min(lasts, self._token_left(actor))
        left = min(rests, lasts)
        if left > WARNING:
            return None
        return Ending(self._console.now() + timedelta(seconds=left), can_stay=lasts > WARNING)

    def _token_left(self, actor: Actor) -> float:
        tokens = self._console.credentials.listed(actor, actor.agent_id)
        ends = next((token.expires_at for token in tokens if token.id == actor.token_id), None)
        return (datetime.fromisoformat(ends) - self._console.now()).total_seconds() if ends else math.inf

    def actor(self) -> Actor:
        """Return who acts.

        Raises:
            Unauthenticated: the session is over.
        """
        if (actor := self._sessions.actor(self._session_id, using=True)) is None:
            raise Unauthenticated("the session is over")
        return actor

    def acting(self, budget: Budget = Budget.CONTROL) -> Actor:
        """Return who acts, and spend of a budget for it.

        Raises:
            Unauthenticated: the session is over. RateLimited: the budget is used up.
        """
        actor = self.actor()
        self._console.limits.take(actor.agent_id, budget)
        return actor

    def record(self, what: str, error: ClawNetError) -> None:
        """Put a refusal for want of authority into the audit trail; other errors are not worth it."""
        if isinstance(error, Forbidden):
            actor = self.watcher()
            address = actor.address if actor else None
            self._console.audit.refused(actor, f"console.{what}", error, address)

    def may(self, operation: Operation, standing: Standing = Standing.ANY) -> bool:
        """Tell whether an operation is worth offering; the service decides again when it is asked for."""
        actor = self.watcher()
        return actor is not None and is_allowed(actor.role, operation, standing)
