"""Orders to v1 agents, which execute whatever they are told: so each is told once, and only while it counts.

A v1 agent has no leases. Its connection holds them for it: what was written to it is taken, and for as long
as the connection stands the agent is at work, though it says nothing before the result.
"""

import asyncio

from app.actor import Actor
from app.background import Background
from app.coordination import Coordination
from app.sockets.sessions import Session
from protocol.errors import ClawNetError, NotFound, Unavailable
from protocol.pushes import TaskDispatched
from protocol.tasks import TaskState

RENEW = 15.0  # seconds between two words for those who are at work

Held = dict[str, str]  # leases by task
_NOT_BEGUN = frozenset({TaskState.QUEUED, TaskState.DISPATCHED})


class Orders:
    """Knows which v1 connection was told to run what."""

    def __init__(self, *, work: Coordination, background: Background) -> None:
        self._work = work
        self._background = background
        self._sessions: dict[str, Session] = {}
        self._held: dict[str, Held] = {}
        self._is_renewing = False

    def open(self, session: Session) -> None:
        """Let a connection be given orders."""
        self._sessions[session.connection_id] = session
        self._held[session.connection_id] = {}

    def close(self, session: Session) -> None:
        """Forget a connection; what it held is given to the next one when its lease has run out."""
        self._sessions.pop(session.connection_id, None)
        self._held.pop(session.connection_id, None)

    def admits(self, connection_id: str, order: TaskDispatched) -> bool:
        """Tell whether this connection is to run it: nobody has begun, and no other connection has it."""
        session = self._sessions.get(connection_id)
        if session is None or not self._counts(session.actor, order):
            return False
        if any(held.get(order.task.id) == order.lease for held in self._held.values()):
            return False
        self._held[connection_id][order.task.id] = order.lease
        return True

    def written(self, connection_id: str, order: TaskDispatched) -> None:
        """Take a task for the agent that has just been told to run it."""
        if (session := self._sessions.get(connection_id)) is not None:
            self._background.spawn(self._take_silently(session, order.task.id), name="v1 order")
            if not self._is_renewing:
                self._is_renewing = True
                self._background.spawn(self._renew(), name="v1 leases")

    async def take(self, actor: Actor, task_id: str, connection_id: str) -> None:
        """Take a task on behalf of a connection, or renew its lease.

        Raises:
            NotFound: not its task. StaleLease: the task has ended. Paused: it is not to work now.
        """
        reports = self._work.reports
        lease = reports.lease_of(actor, task_id)
        await reports.acknowledge(actor, task_id, lease, holder=connection_id)

    def _counts(self, actor: Actor, order: TaskDispatched) -> bool:
        try:
            task = self._work.tasks.see(actor, order.task.id)
        except NotFound:
            return False
        return task.state in _NOT_BEGUN and task.lease == order.lease

    async def _take_silently(self, session: Session, task_id: str) -> None:
        try:
            await self.take(session.actor, task_id, session.connection_id)
        except Unavailable:
            # The store is away: the lease is renewed, and with it taken, in a while.
            return
        except ClawNetError:
            if (held := self._held.get(session.connection_id)) is not None:
                held.pop(task_id, None)

    async def _renew(self) -> None:
        try:
            while any(self._held.values()):
                await asyncio.sleep(RENEW)
                for session, task_id in self._at_work():
                    await self._take_silently(session, task_id)
        finally:
            self._is_renewing = False

    def _at_work(self) -> list[tuple[Session, str]]:
        return [(self._sessions[link], task_id) for link, held in self._held.items() for task_id in held]
