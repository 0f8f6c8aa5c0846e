"""Who sits at the console: sessions kept by the relay, found by a random id in a cookie."""

import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from nicegui import App, core
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import Scope

from app.actor import Actor, Via
from components.ports import Entry
from protocol.errors import Unauthenticated
from protocol.roles import Role

IDLE = 30 * 60.0
ABSOLUTE = 12 * 3600.0
KEPT = 30 * 24 * 3600.0
LIMIT = 1_000
OPERATORS = frozenset({Role.MASTER, Role.WARDEN})


def nicegui_app() -> App:
    """Return NiceGUI's own application; the one place that reaches for it."""
    return core.app


@dataclass(slots=True)
class Session:
    """A browser that has shown a token; times in seconds of the monotonic clock."""

    id: str
    token_id: str
    kept: bool
    opened: float
    used: float
    name: str  # what lists call it: the id itself opens the door and is shown to nobody
    address: str | None = None

    def left(self, now: float) -> float:
        """Return for how many seconds it still stands if nobody uses it."""
        return min(self.longest(now), math.inf if self.kept else self.used + IDLE - now)

    def longest(self, now: float) -> float:
        """Return for how many seconds it can stand at most, however much it is used."""
        return self.opened + (KEPT if self.kept else ABSOLUTE) - now

    def is_over(self, now: float) -> bool:
        """Tell whether it has rested or lasted too long."""
        return self.left(now) <= 0


class Sessions:
    """All sessions; at most `limit`, of which the least used gives way."""

    def __init__(self, entry: Entry, monotonic: Callable[[], float], limit: int = LIMIT) -> None:
        self._entry = entry
        self._monotonic = monotonic
        self._limit = limit
        self._sessions: dict[str, Session] = {}
        self._clients: dict[str, str] = {}

    def open(self, actor: Actor, *, keep: bool = False) -> Session:
        """Begin a session for an actor that has just authenticated.

        Raises:
            Unauthenticated: no token is behind the actor, so nothing could end the session with it.
        """
        if actor.token_id is None:
            raise Unauthenticated("a session needs a token")
        self._make_room()
        now = self._monotonic()
        session = Session(
            id=secrets.token_urlsafe(32),
            token_id=actor.token_id,
            kept=keep,
            opened=now,
            used=now,
            name=secrets.token_hex(4),
            address=actor.address,
        )
        self._sessions[session.id] = session
        return session

    def actor(self, session_id: str | None, *, using: bool = False) -> Actor | None:
        """Return the present authority of a session, or None when it is over; `using` keeps it awake."""
        session = self._sessions.get(session_id or "")
        if session is None:
            return None
        now = self._monotonic()
        actor = self._entry.actor_of(session.token_id, Via.CONSOLE, session.address)
        if session.is_over(now) or actor is None or actor.role not in OPERATORS:
            self.close(session.id)
            return None
        if using:
            session.used = now
        return actor

    def left(self, session_id: str | None) -> tuple[float, float]:
        """Return for how many seconds a session still stands, unused and at most; zeros when it is over."""
        session, now = self._sessions.get(session_id or ""), self._monotonic()
        return (session.left(now), session.longest(now)) if session else (0.0, 0.0)

    def of(self, agent_id: str) -> list[Session]:
        """List the sessions of one operator that still stand, the last opened first."""
        standing = [(session, self.actor(session.id)) for session in list(self._sessions.values())]
        own = [session for session, actor in standing if actor is not None and actor.agent_id == agent_id]
        return sorted(own, key=lambda session: session.opened, reverse=True)

    def close(self, session_id: str | None) -> None:
        """End a session."""
        self._sessions.pop(session_id or "", None)

    def bind(self, client_id: str, session_id: str) -> Callable[[], None]:
        """Let a page be reached from its own session only; call what is returned when the page is gone."""
        self._clients[client_id] = session_id

        def release() -> None:
            self._clients.pop(client_id, None)

        return release

    def owns(self, session_id: str | None, client_id: str) -> bool:
        """Tell whether a page belongs to a session; one that is gone belongs to all, so it can be told so."""
        return self._clients.get(client_id, session_id) == session_id

    def _make_room(self) -> None:
        now = self._monotonic()
        for session in [session for session in self._sessions.values() if session.is_over(now)]:
            self.close(session.id)
        while len(self._sessions) >= self._limit:
            self.close(min(self._sessions.values(), key=lambda session: session.used).id)


def cookie_name(scope: Scope) -> str:
    """Return the cookie's name; over TLS the browser itself enforces what `__Host-` promises."""
    return "__Host-clawnet" if _is_secure(scope) else "clawnet"


def session_id_of(scope: Scope) -> str | None:
    """Return the session id that a request or a socket shows."""
    header = next((value for name, value in scope["headers"] if name == b"cookie"), b"")
    return cookie_parser(header.decode("latin-1")).get(cookie_name(scope))


def give(response: Response, scope: Scope, session: Session) -> None:
    """Put a session into a response."""
    response.set_cookie(
        cookie_name(scope),
        session.id,
        max_age=int(KEPT) if session.kept else None,
        path="/",
        secure=_is_secure(scope),
        httponly=True,
        samesite="strict",
    )


def take(response: Response, scope: Scope) -> None:
    """Make the browser forget its session."""
    response.delete_cookie(
        cookie_name(scope), path="/", secure=_is_secure(scope), httponly=True, samesite="strict"
    )


def _is_secure(scope: Scope) -> bool:
    return scope.get("scheme") in {"https", "wss"}
