"""The audit trail as the console reads it: filtered, from its end backwards."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass

from app.actor import Actor
from components.authority import Authority
from protocol.audit import AuditRecord, Break
from protocol.events import Budget

END = 2**53  # behind the last record, whatever its number
PAGE = 100
SLICE = 500  # records that are read at once
SEARCHED = 5_000  # records that one ask looks through before it answers with what it has
AUTO = 5_000  # records up to which the chain is checked without being asked for


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for; empty lets all pass.

    `action` is a prefix, `result` a whole word, the others a part, whatever the case. `since` and `till` are
    RFC 3339 in UTC, as exact as they are written: a minute is over with its last second.
    """

    actor: str = ""
    action: str = ""
    target: str = ""
    text: str = ""
    result: str = ""
    since: str = ""
    till: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Filter":
        """Take a filter from the parameters of an address; others are passed over."""
        return cls(**{name: query.get(name, "").strip()[:128] for name in cls.__dataclass_fields__})

    def told(self) -> dict[str, str]:
        """Return what is set."""
        return {name: value for name, value in asdict(self).items() if value}

    def passes(self, record: AuditRecord) -> bool:
        """Tell whether a record is what is looked for."""
        return (
            record.action.startswith(self.action.casefold())
            and self.actor.casefold() in record.actor.casefold()
            and self.target.casefold() in record.target.casefold()
            and (not self.result or self.result.casefold() == record.result)
            and self.since <= record.ts
            and (not self.till or record.ts[: len(self.till)] <= self.till)
            and (not self.text or self.text.casefold() in _words(record))
        )


@dataclass(frozen=True, slots=True)
class Found:
    """Records, newest first; `searched` is the oldest that was looked at, `more` whether there are older."""

    records: list[AuditRecord]
    searched: int
    more: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain holds up to its head, and what the head's hash is."""

    head: int
    hash: str
    oldest: int
    broken: Break | None


class Trail(Authority):
    """What one session reads of the trail; the service judges whether it may."""

    async def newest(self) -> int:
        """Return the number of the last record, without keeping the session awake.

        Raises:
            Unauthenticated: the session is over. Forbidden: neither master nor warden. Unavailable: no store.
        """
        last = await self._console.audit.page(self.watching(), before=END, limit=1)
        return last[-1].seq if last else 0

    async def search(self, wanted: Filter, before: int = END, limit: int = PAGE) -> Found:
        """Look for records before a number, newest first."""
        return await self._searched(self.acting(Budget.CATCH_UP), wanted, before, limit)

    async def watched(self, wanted: Filter, limit: int = PAGE) -> Found:
        """Look for the newest records, without keeping the session awake.

        Raises:
            Unauthenticated: the session is over. Forbidden: neither master nor warden.
        """
        return await self._searched(self.watching(), wanted, END, limit)

    async def _searched(self, actor: Actor, wanted: Filter, before: int, limit: int) -> Found:
        found: list[AuditRecord] = []
        looked = 0
        while looked < SEARCHED:
            page = await self._console.audit.page(actor, before=before, limit=SLICE)
            for record in reversed(page):
                before, looked = record.seq, looked + 1
                if record.ts < wanted.since:
                    return Found(found, before, more=False)  # what is older still is no match either
                if wanted.passes(record):
                    found.append(record)
                if len(found) == limit:
                    return Found(found, before, more=before > page[0].seq or len(page) == SLICE)
            if len(page) < SLICE:
                return Found(found, before, more=False)
            await asyncio.sleep(0)  # a store in memory gives nobody else a turn
        return Found(found, before, more=True)

    async def verify(self) -> Verdict:
        """Check the chain from its oldest kept record to its end."""
        actor = self.acting(Budget.CATCH_UP)
        head, broken = await self._console.audit.verify(actor)
        last = await self._console.audit.page(actor, before=head + 1, limit=1)
        first = await self._console.audit.page(actor, limit=1)
        return Verdict(head, last[-1].hash if last else "", first[0].seq if first else 0, broken)

    async def export(self, wanted: Filter, until: int) -> AsyncIterator[AuditRecord]:
        """Return all records that pass up to a number, oldest first; the export itself is recorded."""
        actor = self.acting(Budget.CATCH_UP)
        until = min(until, await self.newest())
        only = {f"only_{name}": value for name, value in wanted.told().items()}
        await self._console.audit.note(actor, "audit.export", until=until, **only)

        async def records() -> AsyncIterator[AuditRecord]:
            after = 0
            while page := await self._console.audit.page(actor, after=after, limit=SLICE):
                for record in page:
                    if record.seq > until:
                        return
                    if wanted.passes(record):
                        yield record
                after = page[-1].seq

        return records()


def _words(record: AuditRecord) -> str:
    told = (f"{name} {value}" for name, value in record.detail.items())
    parts = (record.action, record.actor, record.target, record.via, record.address or "", record.result)
    return " ".join((*parts, *told)).casefold()
