"""The journal: the single writer. It commits what is queued in one go, then tells, then answers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.background import Background
from app.bus import Bus
from app.events import Fact, PresenceChanged, TaskCancelAsked, TaskProgressed, TypingChanged
from protocol.errors import ClawNetError, Internal, Unavailable
from storage.ports import Committer, Op, Outcome, Receipt, Write

Facts = Callable[[Receipt], tuple[Fact, ...]]
MAX_BATCH = 512
MAX_QUEUE = 20_000
_log = logging.getLogger("clawnet.journal")


@dataclass(slots=True)
class _Entry:
    write: Write
    facts: Facts
    answer: asyncio.Future[Receipt]


class Journal:
    """Group commit: everything that queues while a commit runs goes into the next one.

    Facts are published after the commit and in its order, before the callers are answered. So nothing is
    announced that is not stored, and nothing is stored that is not announced.
    """

    def __init__(self, *, store: Committer, bus: Bus, background: Background) -> None:
        self._store = store
        self._bus = bus
        self._background = background
        self._queue: list[_Entry] = []
        self._queued = asyncio.Event()
        self._stopped = asyncio.Event()
        self._committing = asyncio.Lock()
        self.is_writable = True
        self._closed = False

    def start(self) -> None:
        """Begin to write."""
        self._background.spawn(self._run(), name="journal")

    async def close(self) -> None:
        """Take nothing new, write what is queued, and stop."""
        self._closed = True
        self._queued.set()
        await self._stopped.wait()

    async def write(self, *ops: Op, facts: Facts = lambda _: ()) -> Receipt:
        """Store `ops` together; return once they are stored and `facts` are published.

        Raises:
            ClawNetError: the store refused this write, or is away (`unavailable`); nothing of it is stored.
        """
        # A caller that is cancelled (its link broke) must not take a stored message's announcement with it.
        return await asyncio.shield(self.submit(*ops, facts=facts))

    def submit(self, *ops: Op, facts: Facts = lambda _: ()) -> asyncio.Future[Receipt]:
        """Queue `ops` and return what `write` waits for; writes are stored in the order of their queueing.

        Raises:
            Unavailable: the relay stops, or too much is queued.
        """
        if self._closed:
            raise Unavailable("the relay is stopping")
        if len(self._queue) >= MAX_QUEUE:
            raise Unavailable("the store can't keep up", retry_after=1.0)
        entry = _Entry(ops, facts, asyncio.get_running_loop().create_future())
        self._queue.append(entry)
        self._queued.set()
        return entry.answer

    @asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """Keep the store to oneself: what is queued meanwhile waits."""
        async with self._committing:
            yield

    async def probe(self) -> None:
        """Ask a store that has failed whether it is back; without this nobody would, when nobody writes.

        Raises:
            Unavailable: it is still away.
        """
        if not self.is_writable:
            await self.write()

    def announce(self, fact: PresenceChanged | TypingChanged | TaskProgressed | TaskCancelAsked) -> None:
        """Publish what is never stored."""
        self._bus.publish(fact)

    async def _run(self) -> None:
        while not (self._closed and not self._queue):
            await self._queued.wait()
            self._queued.clear()
            while self._queue:
                batch, self._queue = self._queue[:MAX_BATCH], self._queue[MAX_BATCH:]
                await self._commit(batch)
        self._stopped.set()

    async def _commit(self, batch: list[_Entry]) -> None:
        for entry, outcome in zip(batch, await self._outcomes(batch), strict=True):
            if isinstance(outcome, ClawNetError):
                _refuse(entry, outcome)
            else:
                self._tell(entry, outcome)

    def _tell(self, entry: _Entry, receipt: Receipt) -> None:
        try:
            for fact in entry.facts(receipt):
                self._bus.publish(fact)
        except Exception:  # noqa: BLE001 - a caller's bug must not stop the only writer
            _log.exception("a stored write could not be announced")
            _refuse(entry, Internal("the relay failed after storing this"))
        else:
            entry.answer.set_result(receipt)

    async def _outcomes(self, batch: list[_Entry]) -> list[Outcome]:
        try:
            async with self._committing:
                outcomes = await self._store.commit([entry.write for entry in batch])
        except Unavailable as error:
            self.is_writable = False
            return [error] * len(batch)
        except Exception:  # noqa: BLE001 - whatever it was, every caller gets an answer
            _log.exception("a commit failed")
            return [Internal("the message could not be stored")] * len(batch)
        self.is_writable = True
        return outcomes


def _refuse(entry: _Entry, error: ClawNetError) -> None:
    entry.answer.set_exception(error)
    # The caller may be gone; an exception that nobody fetches is not worth a log line.
    entry.answer.exception()
