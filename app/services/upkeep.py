"""Upkeep: what masters do to the relay itself: cut an agent's links, let go of history, count, begin anew."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from app.actor import Actor
from app.clock import Clock, stamp
from app.services.audit import AuditService
from app.services.identity import IdentityService
from app.services.permissions import Operation, check
from app.services.retention import RetentionService
from app.services.tasks.book import TaskBook
from protocol.addressing import GLOBAL, RoomKind, inbox_room
from protocol.errors import Conflict, InvalidRequest, Unavailable
from protocol.pushes import Closing
from protocol.rooms import Room
from storage.ports import Bounds

LEAST_DAYS = 1.0  # what is younger may still be on its way to somebody
DISCONNECTED = Closing(
    code=Unavailable.code,
    message="an operator has closed this connection; come back",
    reason="disconnected",
)


class Closable(Protocol):
    """The wire of a connection."""

    def close(self, why: Closing) -> None: ...


class Link(Protocol):
    """A connection of an agent."""

    @property
    def agent_id(self) -> str: ...

    @property
    def wire(self) -> Closable: ...


class Links(Protocol):
    """Who is connected."""

    def of_agent(self, agent_id: str) -> Iterable[Link]: ...

    def all(self) -> Iterable[Link]: ...


class Counted(Protocol):
    """What a store can be asked about its size."""

    def bounds(self, room: str) -> Bounds: ...

    async def rooms(self) -> list[Room]: ...

    async def audit_head(self) -> tuple[int, str]: ...


@dataclass(frozen=True)
class Counts:
    """How much is kept; messages include those of direct messages and inboxes."""

    messages: int
    rooms: int
    dms: int
    agents: int
    tasks: int
    audit_records: int


@dataclass(slots=True)
class Restart:
    """How the process begins anew: `end` ends it; without one it can't."""

    end: Callable[[], None] | None = None
    is_asked: bool = False


class UpkeepService:
    """Does what no agent may; all of it is recorded."""

    def __init__(
        self,
        *,
        identity: IdentityService,
        book: TaskBook,
        links: Links,
        store: Counted,
        retention: RetentionService,
        audit: AuditService,
        clock: Clock,
        restart: Restart,
    ) -> None:
        self._identity = identity
        self._book = book
        self._links = links
        self._store = store
        self._retention = retention
        self._audit = audit
        self._clock = clock
        self._restart = restart

    @property
    def can_restart(self) -> bool:
        """Tell whether this process can begin anew by itself."""
        return self._restart.end is not None

    async def disconnect(self, actor: Actor, agent_id: str) -> int:
        """Close an agent's connections; it may come back at once. Return how many there were.

        Raises:
            Forbidden: no master. NotFound: no such agent.
        """
        check(actor, Operation.AGENT_DISCONNECT)
        agent = self._identity.agent(agent_id)
        links = list(self._links.of_agent(agent.id))
        await self._audit.note(actor, "agent.disconnect", agent.id, connections=len(links))
        for link in links:
            link.wire.close(DISCONNECTED)
        return len(links)

    def connections(self, actor: Actor) -> dict[str, int]:
        """Count the connections that are open, by agent.

        Raises:
            Forbidden: neither master nor warden.
        """
        check(actor, Operation.LIMITS_READ)
        return dict(Counter(link.agent_id for link in self._links.all()))

    async def purge(self, actor: Actor, days: float) -> int:
        """Let go of all messages older than so many days; return how many went.

        Raises:
            Forbidden: no master. InvalidRequest: less than a day. Unavailable: the store is away.
        """
        check(actor, Operation.HISTORY_PURGE)
        if not days >= LEAST_DAYS:
            raise InvalidRequest("what is younger than a day stays", field="older_than_days")
        before = stamp(self._clock.now() - timedelta(days=days))
        return await self._retention.let_go(before, actor, "history.purge")

    async def restart(self, actor: Actor) -> None:
        """End the process, which then begins anew with the settings that it was started with.

        Raises:
            Forbidden: no master. Conflict: it was not started in a way that allows it.
        """
        check(actor, Operation.RELAY_RESTART)
        if self._restart.end is None:
            raise Conflict(
                "this relay would not come back at the same address: restart it where it was started"
            )
        await self._audit.note(actor, "relay.restart")
        self._restart.is_asked = True
        self._restart.end()

    async def counts(self, actor: Actor) -> Counts:
        """Count what is kept.

        Raises:
            Forbidden: neither master nor warden. Unavailable: the store is away.
        """
        check(actor, Operation.PERSISTENCE_READ)
        rooms = await self._store.rooms()
        seq, _ = await self._store.audit_head()
        places = {GLOBAL, *(room.id for room in rooms), *map(inbox_room, self._identity.ids())}
        return Counts(
            messages=sum(self._kept(place) for place in places),
            rooms=sum(room.kind in {RoomKind.GLOBAL, RoomKind.ROOM} for room in rooms),
            dms=sum(room.kind is RoomKind.DM for room in rooms),
            agents=len(self._identity.ids()),
            tasks=len(self._book),
            audit_records=seq,
        )

    def _kept(self, room: str) -> int:
        bounds = self._store.bounds(room)
        return max(0, bounds.head - bounds.oldest + 1)
