"""Retention: lets go of messages that are older than the relay keeps, a few at a time."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from app.actor import Actor
from app.background import Background
from app.clock import Clock, stamp
from app.journal import Journal
from app.services.audit import RELAY, AuditService
from protocol.errors import ClawNetError
from storage.upkeep import Retention

BATCH = 500
EVERY = 3600.0  # seconds between two rounds
BREATH = 0.02  # seconds between two batches, so that writers come first


class RetentionService:
    """Prunes by age; what is gone ends in an explicit gap for late readers."""

    def __init__(
        self,
        *,
        store: Retention,
        journal: Journal,
        audit: AuditService,
        clock: Clock,
        background: Background,
        keep_days: float,
    ) -> None:
        self._store = store
        self._journal = journal
        self._audit = audit
        self._clock = clock
        self._background = background
        self._keep = timedelta(days=keep_days)

    def adopt(self, keep_days: float) -> None:
        """Keep messages for another time from now on."""
        self._keep = timedelta(days=keep_days)

    def start(self) -> None:
        """Begin to prune, once an hour."""
        self._background.spawn(self._run(), name="retention")

    async def prune(self) -> int:
        """Delete what is too old; return how many messages went.

        Raises:
            Unavailable: the store is away.
        """
        return await self.let_go(stamp(self._clock.now() - self._keep), RELAY, "message.prune")

    async def let_go(self, before: str, actor: Actor, action: str) -> int:
        """Delete what is older than a time of RFC 3339, and record who wanted it; return how many went.

        Raises:
            Unavailable: the store is away.
        """
        gone = 0
        while batch := await self._batch(before):
            gone += batch
            await asyncio.sleep(BREATH)
        if gone or actor is not RELAY:
            await self._audit.note(actor, action, before, messages=gone)
        return gone

    async def _batch(self, before: str) -> int:
        # Beside the journal there must be no second writer.
        async with self._journal.paused():
            return await self._store.prune(before=before, limit=BATCH)

    async def _run(self) -> None:
        while True:
            with suppress(ClawNetError):
                await self.prune()
            await asyncio.sleep(EVERY)
