"""The audit trail: who did what, in a chain of hashes that shows every later change.

Bodies of messages never stand here: ids, sizes and hashes do. `hash` is the SHA-256 of the record's canonical
JSON (keys sorted, no spaces) with `prev` and without `hash` itself; the first record's `prev` is 64 zeros.
"""

import hashlib
from collections.abc import Iterable
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from protocol.trusted import trusted

GENESIS = "0" * 64
Result = Literal["ok", "denied", "failed"]
Detail = dict[str, str | int | float | bool | None]


class AuditEntry(BaseModel):
    """What happened, before it has a place in the chain; `action` reads `noun.verb`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ts: str
    actor: str
    via: str
    action: str
    target: str = ""
    result: Result = "ok"
    address: str | None = None
    detail: Detail = {}


class AuditRecord(AuditEntry):
    """An entry in its place: `seq` counts from 1 without a gap."""

    seq: Annotated[int, Field(ge=1)]
    prev: str
    hash: str


class Break(BaseModel):
    """Where a chain does not hold, and why."""

    seq: int
    why: str


def seal(entry: AuditEntry, *, seq: int, prev: str) -> AuditRecord:
    """Put an entry at the end of the chain whose last hash is `prev`."""
    fields = entry.__dict__
    return trusted(AuditRecord, {**fields, "seq": seq, "prev": prev, "hash": _digest(fields, seq, prev)})


def sealed_line(entry: AuditEntry, *, seq: int, prev: str) -> tuple[bytes, str]:
    """Return the record that `seal` makes as a line of JSON, and its hash."""
    canonical = _canonical(entry.__dict__, seq, prev)
    digest = hashlib.sha256(canonical).hexdigest()
    return b'%b,"hash":"%b"}' % (canonical[:-1], digest.encode()), digest


def first_break(records: Iterable[AuditRecord], *, head: tuple[int, str] | None = None) -> Break | None:
    """Check a chain from its oldest kept record on; None when it holds.

    `head` is the sequence number and hash that the end must have, remembered elsewhere: without it records
    cut off at the end can't be missed.
    """
    last: AuditRecord | None = None
    for record in records:
        if why := _fault(record, last):
            return Break(seq=record.seq, why=why)
        last = record
    end = (last.seq, last.hash) if last else (0, GENESIS)
    if head is not None and end != head:
        return Break(seq=end[0], why="the chain ends before its remembered head")
    return None


def _fault(record: AuditRecord, last: AuditRecord | None) -> str | None:
    if last is not None and record.seq != last.seq + 1:
        return "a record is missing, doubled or out of order"
    if last is not None and record.prev != last.hash:
        return "the record does not follow from the one before"
    fields = {key: value for key, value in record.__dict__.items() if key not in {"seq", "prev", "hash"}}
    if record.hash != _digest(fields, record.seq, record.prev):
        return "the record was changed"
    return None


def _digest(fields: dict[str, object], seq: int, prev: str) -> str:
    return hashlib.sha256(_canonical(fields, seq, prev)).hexdigest()


def _canonical(fields: dict[str, object], seq: int, prev: str) -> bytes:
    return orjson.dumps({**fields, "seq": seq, "prev": prev}, option=orjson.OPT_SORT_KEYS)
