"""The store behind `json:`: an append-only journal of lines that a person can read."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from protocol.agents import Agent
from protocol.audit import AuditRecord
from protocol.errors import Internal, Unavailable
from protocol.messages import Durability, Message
from protocol.rooms import Room
from protocol.tasks import Task
from storage.json_file import entries
from storage.json_file.compacting import Compacting
from storage.json_file.engine import Engine
from storage.json_file.index import hash_of
from storage.json_file.lines import DamagedLine
from storage.json_file.loading import merged
from storage.json_file.moment import message_entry_at
from storage.json_file.rewriting import BATCH
from storage.planning import keys_of, page_range
from storage.ports import Bounds, HandleRecord, Outcome, TokenRecord, Write
from storage.records import Record, Setting
from storage.trouble import PATIENCE, Trouble, patience

READERS = 2
T = TypeVar("T")


class JsonStore:
    """Keeps everything in one file; a batch is one write and one fsync."""

    durability: Durability = "disk"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ledger = engine.ledger()
        self._writer = ThreadPoolExecutor(1, "clawnet-writer")
        self._readers = ThreadPoolExecutor(READERS, "clawnet-reader")
        self._writing = asyncio.Lock()
        self._trouble = Trouble()
        # Set while an outcome is unknown: then the index, which follows the file, is asked first.
        self._is_stale = False
        self._compacting = Compacting(engine, self._writer, self._readers)
        self._is_closing = False

    @property
    def epoch(self) -> str:
        """Return the name of this history."""
        return self._engine.current[1].epoch

    async def commit(self, writes: Sequence[Write]) -> list[Outcome]:
        async with self._turn():
            keys = keys_of(writes)
            plan = await self._write(lambda: self._engine.commit(self._ledger, writes, keys))
            plan.merge()
            self._is_stale = False
        self._compacting.begin_if_worth_it()
        return plan.outcomes

    def bounds(self, room: str) -> Bounds:
        return self._ledger.bounds(room)

    async def page(
        self, room: str, *, after: int | None = None, before: int | None = None, limit: int
    ) -> list[Message]:
        span = page_range(self.bounds(room), after, before, limit)
        return await self._read(partial(self._page, room, span)) if span else []

    async def message(self, room: str, message_id: str) -> Message | None:
        return await self._read(partial(self._message, room, message_id))

    async def cursors(self, agent_id: str) -> dict[str, int]:
        return dict(self._engine.current[1].cursors.get(agent_id, {}))

    async def audit(self, *, after: int = 0, before: int | None = None, limit: int) -> list[AuditRecord]:
        return await self._read(partial(self._audit, after, before, limit))

    async def audit_head(self) -> tuple[int, str]:
        return self._ledger.audit

    async def rooms(self) -> list[Room]:
        return await self._things("room")

    async def agents(self) -> list[Agent]:
        return await self._things("agent")

    async def tokens(self) -> list[TokenRecord]:
        return await self._things("token")

    async def handles(self) -> list[HandleRecord]:
        return await self._things("handle")

    async def settings(self) -> dict[str, str]:
        settings: list[Setting] = await self._things("setting")
        return {setting.key: setting.value for setting in settings}

    async def tasks(self) -> list[Task]:
        return await self._things("task")

    async def prune(self, *, before: str, limit: int) -> int:
        async with self._turn():
            count, moved = await self._write(partial(self._engine.prune, before, limit))
            self._ledger.heads.update(moved)
            self._is_stale = False
        self._compacting.begin_if_worth_it()
        return count

    async def dump(self) -> AsyncIterator[Record]:
        moment = await self._in(self._writer, self._engine.moment)
        stream = moment.entries()
        while batch := await self._in(self._readers, lambda: list(islice(stream, BATCH))):
            for entry in batch:
                for record in entries.records_of(entry):
                    yield record

    async def load(self, records: AsyncIterator[Record]) -> None:
        async with self._writing:
            new = await self._in(self._writer, self._engine.begin_load)
            self._is_stale = True
            try:
                async for batch in merged(records, self.epoch, BATCH):
                    await self._in(self._writer, partial(new.add, batch))
                await self._in(self._writer, partial(self._engine.take, new))
            except BaseException:
                new.give_up()
                raise
            self._ledger = await self._in(self._writer, self._engine.ledger)
            self._is_stale = False

    async def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._compacting.stop()
            await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._readers.shutdown()
        # A writer that hangs on a dead disk must not keep the relay from ending.
        with suppress(TimeoutError):
            self._writer.submit(self._engine.close).result(PATIENCE)
        self._writer.shutdown(wait=False)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with patience(), self._writing:
                if self._is_stale:
                    self._ledger = await self._in(self._writer, self._engine.ledger)
                yield
        except Unavailable as error:
            self._trouble.begins(error)
            raise
        self._trouble.ends()

    async def _write(self, work: Callable[[], T]) -> T:
        self._is_stale = True
        return await self._in(self._writer, work)

    async def _read(self, work: Callable[[], T]) -> T:
        async with patience():
            return await self._in(self._readers, work)

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(pool, work)
        except OSError as error:
            raise Unavailable("the store can't be reached now", retry_after=1.0) from error
        except DamagedLine as error:
            raise Internal("the store is damaged") from error

    async def _things(self, kind: str) -> list[Any]:
        return await self._read(partial(self._all, kind))

    def _all(self, kind: str) -> list[Any]:
        journal, index = self._engine.current
        with index.lock:
            lines = list(index.things[kind].values())
        return [entries.thing_of(journal.entry(line)) for line in lines]

    def _page(self, room: str, span: range) -> list[Message]:
        journal, index = self._engine.current
        found = index.span(room, span)
        return [entries.message_of(message_entry_at(journal, *lines)) for lines in found]

    def _message(self, room: str, message_id: str) -> Message | None:
        journal, index = self._engine.current
        line = index.ids.get(hash_of(room, message_id))
        if line is None:
            return None
        entry = journal.entry(line)
        if (entry["room"], entry["id"]) != (room, message_id) or not index.is_current(entry, line):
            return None
        page = self._page(room, range(entry["offset"], entry["offset"] + 1))
        return page[0] if page else None

    def _audit(self, after: int, before: int | None, limit: int) -> list[AuditRecord]:
        journal, index = self._engine.current
        with index.lock:
            oldest = index.audit_oldest
            bounds = Bounds(oldest + len(index.audit) - 1, oldest)
            span = page_range(bounds, after if before is None else None, before, limit)
            lines = index.audit[max(span.start, after + 1) - oldest : max(span.stop - oldest, 0)]
        return [entries.audit_of(journal.entry(line)) for line in lines]


async def open_json(path: Path, *, epoch: str) -> JsonStore:
    """Open the store in the journal `path`, or make it.

    Raises:
        InvalidRequest: the file is damaged, in use, not a journal, or can't be written.
    """
    return JsonStore(await asyncio.to_thread(Engine.open, path, epoch))
