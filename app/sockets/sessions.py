"""Who is behind a connection."""

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.actor import Actor
from app.delivery.wire import Wire

if TYPE_CHECKING:
    from app.sockets.dialects import Dialect


@dataclass(slots=True)
class Session:
    """An accepted connection: its id, who it speaks for, the way out to it, and the version it speaks.

    `ended_by` is the relay's reason, when it is the relay that ends it; `is_renewed` holds for the turn of
    the event loop in which it was looked at who speaks.
    """

    connection_id: str
    actor: Actor
    wire: Wire
    dialect: "Dialect"
    ended_by: str | None = None
    is_renewed: bool = False

    def renewed(self, actor: Actor) -> None:
        """Take this authority for the rest of the turn, in which nothing but this connection is served."""
        self.actor, self.is_renewed = actor, True
        asyncio.get_running_loop().call_soon(self._turned)

    def _turned(self) -> None:
        self.is_renewed = False


class Sessions:
    """The accepted connections, by their id."""

    def __init__(self) -> None:
        self._by_id: dict[str, Session] = {}

    def open(self, session: Session) -> None:
        """Remember a connection."""
        self._by_id[session.connection_id] = session

    def get(self, connection_id: str) -> Session | None:
        """Return a connection, if it is (still) accepted."""
        return self._by_id.get(connection_id)

    def of_agent(self, agent_id: str) -> int:
        """Return how many connections an agent has."""
        return sum(session.actor.agent_id == agent_id for session in self._by_id.values())

    def close(self, connection_id: str) -> Session | None:
        """Forget a connection; None if it was not known."""
        return self._by_id.pop(connection_id, None)
