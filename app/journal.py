"""The journal: the single writer. It commits what is queued in one go, then tells, then answers."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial

from app.background import Background
from app.bus import Bus
from app.events import Fact, PresenceChanged, TaskCancelAsked, TaskProgressed, TypingChanged
from app.tally import Tally
from protocol.errors import ClawNetError, Internal, Unavailable
from storage.ports import Committer, Op, Outcome, Receipt, Write

Facts = Callable[[Receipt], tuple[Fact, ...]]
Settled = Callable[[Outcome], None]
MAX_BATCH = 512
MAX_QUEUE = 20_000
_log = logging.getLogger("clawnet.journal")


_Entry = tuple[Write, Facts, Settled]


class Journal:
    """Group commit: everything that queues while a commit runs goes into the next one.

    Facts are published after the commit and in its order, before the callers are answered. So nothing is
    announced that is not stored, and nothing is stored that is not announced.

    After a commit of several writes the next one waits until `linger` seconds have passed: under load more
    goes into one commit, and one write carries more to each reader. Who writes alone never waits.
    """

    def __init__(
        self, *, store: Committer, bus: Bus, background: Background, tally: Tally | None = None
    ) -> None:
        self._store = store
        self._bus = bus
        self._background = background
        self._queue: list[_Entry] = []
        self._queued = asyncio.Event()
        self._stopped = asyncio.Event()
        self._committing = asyncio.Lock()
        self.linger = 0.0
        self.is_writable = True
        self.tally = tally or Tally()
        self._since = 0.0
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
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self.submit(*ops, facts=facts, settled=partial(_answer, answer))
        return await asyncio.shield(answer)

    def submit(self, *ops: Op, facts: Facts, settled: Settled) -> None:
        """Queue `ops`; writes are stored in the order of their queueing.

        `settled` hears of the outcome, after the facts of the whole commit are published.

        Raises:
            Unavailable: the relay stops, or too much is queued.
        """
        if self._closed:
            raise Unavailable("the relay is stopping")
        if len(self._queue) >= MAX_QUEUE:
            raise Unavailable("the store can't keep up", retry_after=1.0)
        if not self._queue:
            self._since = self.tally.now()
        self._queue.append((ops, facts, settled))
        self._queued.set()

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
                await self._commit(batch, self._since)
                if self.linger and len(batch) > 1 and not self._closed:
                    await asyncio.sleep(self.linger)
        self._stopped.set()

    async def _commit(self, batch: list[_Entry], since: float) -> None:
        outcomes = await self._outcomes(batch)
        told = [self._told(facts, outcome) for (_, facts, _), outcome in zip(batch, outcomes, strict=True)]
        self._bus.settle()
        delivered = self.tally.now() - since
        for (_, _, settled), outcome in zip(batch, told, strict=True):
            try:
                settled(outcome)
            except Exception:  # noqa: BLE001 - a caller's bug must not stop the only writer
                _log.exception("a writer could not be answered")
        self._measure(told, delivered, self.tally.now() - since)

    def _measure(self, outcomes: list[Outcome], delivered: float, answered: float) -> None:
        # Once a commit: all are counted with what the first of them waited, none with less than it did.
        if count := sum(type(outcome) is Receipt and bool(outcome.messages) for outcome in outcomes):
            self.tally.delivered.add(delivered, count)
            self.tally.answered.add(answered, count)

    def _told(self, facts: Facts, outcome: Outcome) -> Outcome:
        if isinstance(outcome, ClawNetError):
            return outcome
        try:
            for fact in facts(outcome):
                self._bus.publish(fact)
        except Exception:  # noqa: BLE001 - a caller's bug must not stop the only writer
            _log.exception("a stored write could not be announced")
            return Internal("the relay failed after storing this")
        return outcome

    async def _outcomes(self, batch: list[_Entry]) -> list[Outcome]:
        try:
            async with self._committing:
                outcomes = await self._store.commit([write for write, _, _ in batch])
        except Unavailable as error:
            self.is_writable = False
            return [error] * len(batch)
        except Exception:  # noqa: BLE001 - whatever it was, every caller gets an answer
            _log.exception("a commit failed")
            return [Internal("the message could not be stored")] * len(batch)
        self.is_writable = True
        return outcomes


def _answer(answer: asyncio.Future[Receipt], outcome: Outcome) -> None:
    if not isinstance(outcome, ClawNetError):
        answer.set_result(outcome)
        return
    answer.set_exception(outcome)
    # The caller may be gone; an exception that nobody fetches is not worth a log line.
    answer.exception()
