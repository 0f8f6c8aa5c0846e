"""Who acts behind a tab: asked anew for every step, as a session can end at any moment."""

from app.actor import Actor
from app.services.permissions import Operation, Standing, is_allowed
from components.ports import Console
from components.session import Sessions
from protocol.errors import ClawNetError, Forbidden, Unauthenticated
from protocol.events import Budget


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
