"""`/api/v1/audit` and `/api/v1/limits`: what was done, and how much of the limits is used."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from app.actor import Actor
from app.rest.auth import Reading
from app.rest.bodies import JsonLines
from app.rest.pages import Linked, Page
from app.services.audit import AuditService
from app.services.limits import LimitsService
from app.services.permissions import Operation, check
from protocol.audit import AuditRecord, Break

Seq = Annotated[int, Query(ge=0, le=2**53)]


class Verdict(BaseModel):
    """Whether the chain holds, and how far it was checked."""

    ok: bool
    head: int
    broken: Break | None = None


class Use(BaseModel):
    """How much of a budget is left to an agent."""

    key: str
    budget: str
    left: float
    burst: int
    per_second: float


class AuditApi:
    """The audit trail over REST; masters and wardens."""

    def __init__(self, *, audit: AuditService, limits: LimitsService) -> None:
        self._audit = audit
        self._limits = limits
        self.router = APIRouter(tags=["audit"])
        self.router.add_api_route("/audit", self.list, methods=["GET"])
        self.router.add_api_route("/audit/verify", self.verify, methods=["GET"])
        self.router.add_api_route(
            "/audit/export", self.export, methods=["GET"], response_class=JsonLines, response_model=None
        )
        self.router.add_api_route("/limits", self.limits, methods=["GET"])

    async def list(
        self,
        actor: Reading,
        links: Linked,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        after: Seq = 0,
        before: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    ) -> Page[AuditRecord]:
        """List records in order: after one, or the newest before one; `next` continues after the last."""
        records = await self._audit.page(actor, after=after, before=before, limit=limit)
        more = str(records[-1].seq) if len(records) == limit and before is None else None
        if more is not None:
            links.to("next", after=more)
        if records and records[0].seq > 1:
            links.to("prev", before=records[0].seq, after=None)
        return Page(items=records, next=more)

    async def verify(self, actor: Reading) -> Verdict:
        """Check the whole chain of hashes."""
        head, found = await self._audit.verify(actor)
        return Verdict(ok=found is None, head=head, broken=found)

    async def export(self, actor: Reading, after: Seq = 0) -> JsonLines:
        """Stream all records as JSON lines; the export itself is recorded."""
        check(actor, Operation.AUDIT_READ)
        await self._audit.note(actor, "audit.export", after=after)
        return JsonLines(self._lines(actor, after))

    async def limits(self, actor: Reading) -> Page[Use]:
        """List the budgets that are in use now."""
        check(actor, Operation.LIMITS_READ)
        return Page(items=[Use(**vars(each)) for each in self._limits.use()])

    async def _lines(self, actor: Actor, after: int) -> AsyncIterator[str]:
        while records := await self._audit.page(actor, after=after, limit=500):
            after = records[-1].seq
            yield "".join(record.model_dump_json() + "\n" for record in records)
