"""The audit trail: what is recorded with a change, what is recorded alone, and who may read it."""

import asyncio

from app.actor import Actor, Via
from app.background import Background
from app.clock import Clock
from app.journal import Journal
from app.services.permissions import Operation, check
from protocol.audit import AuditEntry, AuditRecord, Break, Detail, Result, first_break
from protocol.errors import ClawNetError
from protocol.roles import Role
from protocol.trusted import trusted
from storage.ports import AppendAudit, AuditLog

PAGE = 1_000
RELAY = Actor("relay", "relay", Role.MASTER, Via.RELAY)
DetailValue = str | int | float | bool | None


class AuditService:
    """Makes records and reads them; a record that belongs to a change is written together with it."""

    def __init__(self, *, journal: Journal, log: AuditLog, clock: Clock, background: Background) -> None:
        self._journal = journal
        self._log = log
        self._clock = clock
        self._background = background

    def op(self, actor: Actor, action: str, target: str = "", **detail: DetailValue) -> AppendAudit:
        """Return the record of a change, to be written with it."""
        return AppendAudit(self._entry(actor, action, target, "ok", detail))

    async def note(self, actor: Actor, action: str, target: str = "", **detail: DetailValue) -> None:
        """Record what changed nothing in the store: a login, a logout, an export, a read."""
        await self._journal.write(self.op(actor, action, target, **detail))

    async def note_read(self, actor: Actor, action: str, target: str = "", **detail: DetailValue) -> None:
        """Record what a warden reads, who may read everything; what others read is not recorded."""
        if actor.role is Role.WARDEN:
            await self.note(actor, action, target, **detail)

    def refused(self, actor: Actor | None, action: str, error: ClawNetError, address: str | None) -> None:
        """Record a refusal for want of authority; who is refused does not wait for it."""
        entry = AuditEntry(
            ts=self._clock.stamp(),
            actor=actor.agent_id if actor else "",
            via=actor.via if actor else "",
            action=action[:64],
            result="denied",
            address=actor.address if actor else address,
            detail={"code": error.code},
        )
        self._background.spawn(self._journal.write(AppendAudit(entry)), name="audit a refusal")

    async def page(
        self, actor: Actor, *, after: int = 0, before: int | None = None, limit: int = 100
    ) -> list[AuditRecord]:
        """Read records in order; masters and wardens may.

        Raises:
            Forbidden: neither master nor warden.
        """
        check(actor, Operation.AUDIT_READ)
        return await self._log.audit(after=after, before=before, limit=limit)

    async def verify(self, actor: Actor) -> tuple[int, Break | None]:
        """Check the whole chain; return the sequence number of its end and where it does not hold.

        Raises:
            Forbidden: neither master nor warden.
        """
        check(actor, Operation.AUDIT_READ)
        seq, found = await self._verified()
        self._journal.tally.is_audit_intact = found is None
        return seq, found

    async def _verified(self) -> tuple[int, Break | None]:
        seq, _ = await self._log.audit_head()
        after, last = 0, None
        while records := await self._log.audit(after=after, limit=PAGE):
            # The last record of the former page comes along, so that the seam is checked as well.
            if found := first_break([last, *records] if last else records):
                return seq, found
            last, after = records[-1], records[-1].seq
            # A store that answers at once would keep everybody else waiting.
            await asyncio.sleep(0)
        return seq, None

    def _entry(self, actor: Actor, action: str, target: str, result: Result, detail: Detail) -> AuditEntry:
        fields = {
            "ts": self._clock.stamp(),
            "actor": actor.agent_id,
            "via": str(actor.via),
            "action": action,
            "target": target,
            "result": result,
            "address": actor.address,
            "detail": detail,
        }
        return trusted(AuditEntry, fields)
