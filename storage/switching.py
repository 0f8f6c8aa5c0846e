"""A store that can be exchanged while the relay runs; whoever holds it does not notice."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

from protocol.agents import Agent
from protocol.audit import AuditRecord
from protocol.messages import Durability, Message
from protocol.rooms import Room
from protocol.tasks import Task
from storage.ports import Bounds, HandleRecord, Outcome, Store, TokenRecord, Write

if TYPE_CHECKING:
    from storage.records import Record


Timing = Callable[[str], AbstractContextManager[object]]
Committed = Callable[[Sequence[Write], Sequence[Outcome]], None]


def _unseen(_: Sequence[Write], __: Sequence[Outcome]) -> None:
    """Look at nothing."""


class SwitchableStore:
    """Passes everything on to the store of the day."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # Stands around what is asked most, so that somebody may time it; and sees what was committed.
        self.timing: Timing = nullcontext
        self.committed: Committed = _unseen

    @property
    def epoch(self) -> str:
        """Return the epoch of the store of the day."""
        return self._store.epoch

    @property
    def durability(self) -> Durability:
        """Return what an ack of the store of the day is worth."""
        return self._store.durability

    async def move_to(self, other: Store) -> None:
        """Carry everything over to an empty store and go on with it; nobody may write meanwhile.

        Raises:
            Conflict: the other store is not empty. Unavailable: one of the two failed; nothing has changed.
        """
        await other.load(self._store.dump())
        former, self._store = self._store, other
        await former.close()

    async def commit(self, writes: Sequence[Write]) -> list[Outcome]:
        with self.timing("commit"):
            outcomes = await self._store.commit(writes)
        self.committed(writes, outcomes)
        return outcomes

    def bounds(self, room: str) -> Bounds:
        return self._store.bounds(room)

    async def page(
        self, room: str, *, after: int | None = None, before: int | None = None, limit: int
    ) -> list[Message]:
        with self.timing("page"):
            return await self._store.page(room, after=after, before=before, limit=limit)

    async def message(self, room: str, message_id: str) -> Message | None:
        return await self._store.message(room, message_id)

    async def cursors(self, agent_id: str) -> dict[str, int]:
        return await self._store.cursors(agent_id)

    async def rooms(self) -> list[Room]:
        return await self._store.rooms()

    async def agents(self) -> list[Agent]:
        return await self._store.agents()

    async def tokens(self) -> list[TokenRecord]:
        return await self._store.tokens()

    async def handles(self) -> list[HandleRecord]:
        return await self._store.handles()

    async def settings(self) -> dict[str, str]:
        return await self._store.settings()

    async def tasks(self) -> list[Task]:
        return await self._store.tasks()

    async def audit(self, *, after: int = 0, before: int | None = None, limit: int) -> list[AuditRecord]:
        return await self._store.audit(after=after, before=before, limit=limit)

    async def audit_head(self) -> tuple[int, str]:
        return await self._store.audit_head()

    async def prune(self, *, before: str, limit: int) -> int:
        return await self._store.prune(before=before, limit=limit)

    def dump(self) -> "AsyncIterator[Record]":
        return self._store.dump()

    async def load(self, records: "AsyncIterator[Record]") -> None:
        await self._store.load(records)

    async def close(self) -> None:
        await self._store.close()
