"""The store behind `sqlite:` and `postgresql:`: what is at hand in memory, everything else in tables."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from protocol.agents import Agent
from protocol.audit import AuditRecord
from protocol.errors import Unavailable
from protocol.messages import Durability, Message
from protocol.rooms import Room
from protocol.tasks import Task
from storage.planning import Ledger, page_range
from storage.ports import Bounds, HandleRecord, Outcome, TokenRecord, Write
from storage.records import CursorRecord, HeadRecord, KeyRecord, Origin, Record, Setting
from storage.sql import rows, scripts
from storage.sql.driver import Clash, Driver, Fetch, Script, T
from storage.sql.statements import Values
from storage.sql.tables import (
    AgentRow,
    AuditRow,
    CursorRow,
    HandleRow,
    HeadRow,
    KeyRow,
    MemberRow,
    MessageRow,
    RoomRow,
    SettingRow,
    TaskRow,
    TokenRow,
)
from storage.trouble import Trouble, patience

LOAD_BATCH = 500
_log = logging.getLogger("clawnet.storage")


class SqlStore:
    """Keeps everything in a database; one process writes, and it does so in one transaction a batch."""

    durability: Durability = "disk"

    def __init__(self, driver: Driver, memory: scripts.Memory) -> None:
        self._driver = driver
        self._statements = driver.statements
        self._memory = memory
        self._writing = asyncio.Lock()
        self._trouble = Trouble()
        # Set while an outcome is unknown: then the database is asked before anything else is written.
        self._is_stale = False

    @classmethod
    async def open(cls, driver: Driver) -> "SqlStore":
        """Take up what a prepared database holds."""
        if await driver.write(partial(scripts.drop_unfinished_load, driver.statements)):
            _log.warning("a load into this store was cut short; what it left is removed")
        return cls(driver, await driver.write(partial(scripts.remember, driver.statements)))

    @property
    def epoch(self) -> str:
        """Return the name of this history."""
        return self._memory.epoch

    async def commit(self, writes: Sequence[Write]) -> list[Outcome]:
        async with self._turn():
            plan = await self._write(lambda ledger: scripts.commit(self._statements, ledger, writes))
            plan.merge()
            self._is_stale = False
            return plan.outcomes

    def bounds(self, room: str) -> Bounds:
        return self._memory.ledger.bounds(room)

    async def page(
        self, room: str, *, after: int | None = None, before: int | None = None, limit: int
    ) -> list[Message]:
        span = page_range(self.bounds(room), after, before, limit)
        return await self._read(lambda: scripts.page(self._statements, room, span)) if span else []

    async def message(self, room: str, message_id: str) -> Message | None:
        found = await self._fetch(Fetch(self._statements.by_id, (room, message_id)), rows.message_of)
        return found[0] if found else None

    async def cursors(self, agent_id: str) -> dict[str, int]:
        return {row[1]: row[2] for row in await self._fetch(Fetch(self._statements.cursors_of, (agent_id,)))}

    async def audit(self, *, after: int = 0, before: int | None = None, limit: int) -> list[AuditRecord]:
        bounds = Bounds(self._memory.ledger.audit[0], self._memory.audit_oldest)
        span = page_range(bounds, after if before is None else None, before, limit)
        values = (max(span.start, after + 1), span.stop)
        return await self._fetch(Fetch(self._statements.audit_slice, values), rows.audit_of)

    async def audit_head(self) -> tuple[int, str]:
        return self._memory.ledger.audit

    async def rooms(self) -> list[Room]:
        return await self._read(partial(scripts.rooms, self._statements))

    async def agents(self) -> list[Agent]:
        return await self._fetch(Fetch(self._statements.all[AgentRow]), rows.agent_of)

    async def tokens(self) -> list[TokenRecord]:
        return await self._fetch(Fetch(self._statements.all[TokenRow]), lambda row: TokenRecord(*row))

    async def handles(self) -> list[HandleRecord]:
        return await self._fetch(Fetch(self._statements.all[HandleRow]), lambda row: HandleRecord(*row))

    async def settings(self) -> dict[str, str]:
        return {row[0]: row[1] for row in await self._fetch(Fetch(self._statements.all[SettingRow]))}

    async def tasks(self) -> list[Task]:
        return await self._fetch(Fetch(self._statements.all[TaskRow]), rows.task_of)

    async def prune(self, *, before: str, limit: int) -> int:
        async with self._turn():
            count, moved = await self._write(lambda _: scripts.prune(self._statements, before, limit))
            self._memory.ledger.heads.update(moved)
            self._is_stale = False
            return count

    async def dump(self) -> AsyncIterator[Record]:
        async with self._driver.snapshot() as moment:
            yield Origin(self.epoch)
            members = [row async for page in moment.rows(self._statements.all[MemberRow]) for row in page]
            async for page in moment.rows(self._statements.all[RoomRow]):
                for room in rows.rooms_of(page, members):
                    yield room
            for table, record_of in _RECORDS:
                async for page in moment.rows(self._statements.all[table]):
                    for row in page:
                        yield record_of(row)

    async def load(self, records: AsyncIterator[Record]) -> None:
        async with self._writing:
            await self._driver.write(partial(scripts.begin_load, self._statements))
            try:
                epoch = await self._load(records)
                await self._driver.write(partial(scripts.end_load, self._statements, epoch))
            except BaseException:
                # A loss of power would leave the same mark, and opening the store clears it the same way.
                await self._driver.write(partial(scripts.drop_unfinished_load, self._statements))
                raise
            await self._refresh()

    async def close(self) -> None:
        await self._driver.close()

    async def _load(self, records: AsyncIterator[Record]) -> str:
        epoch, batch = self.epoch, list[Record]()
        async for record in records:
            if isinstance(record, Origin):
                epoch = record.epoch
                continue
            batch.append(record)
            if len(batch) >= LOAD_BATCH:
                await self._driver.write(partial(scripts.load, self._statements, batch))
                batch = []
        await self._driver.write(partial(scripts.load, self._statements, batch))
        return epoch

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with patience(), self._writing:
                yield
        except Unavailable as error:
            self._trouble.begins(error)
            raise
        self._trouble.ends()

    async def _write(self, work: Callable[[Ledger], Script[T]]) -> T:
        if not self._is_stale:
            self._is_stale = True
            with suppress(Clash):
                return await self._driver.write(lambda: work(self._memory.ledger))
        # Somebody else wrote, or a transaction that was given up as lost came through: look, and decide anew.
        self._memory, result = await self._driver.write(lambda: scripts.looking_first(self._statements, work))
        return result

    async def _refresh(self) -> None:
        self._memory = await self._driver.write(partial(scripts.remember, self._statements))
        self._is_stale = False

    async def _read(self, work: Callable[[], Script[T]]) -> T:
        async with patience():
            return await self._driver.read(work)

    async def _fetch(self, query: Fetch, of: Callable[[Values], Any] = tuple) -> list[Any]:
        return await self._read(lambda: _fetch_all(query, of))


def _fetch_all(query: Fetch, of: Callable[[Values], Any]) -> Script[list[Any]]:
    return [of(row) for row in (yield query)]


_RECORDS: tuple[tuple[Any, Callable[[Values], Record]], ...] = (
    (AgentRow, rows.agent_of),
    (TokenRow, lambda row: TokenRecord(*row)),
    (HandleRow, lambda row: HandleRecord(*row)),
    (SettingRow, lambda row: Setting(*row)),
    (TaskRow, rows.task_of),
    (CursorRow, lambda row: CursorRecord(*row)),
    (AuditRow, rows.audit_of),
    (HeadRow, lambda row: HeadRecord(*row)),
    (KeyRow, lambda row: KeyRecord(*row)),
    (MessageRow, rows.message_of),
)
