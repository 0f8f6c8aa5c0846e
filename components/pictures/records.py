"""Records of the audit trail as data; what agents wrote into them is shown, never run."""

from typing import Any

from components.render import label
from components.state import ConsoleState
from components.trail import Found, Verdict
from protocol.audit import AuditRecord

Picture = dict[str, Any]
_CHANGE = {"before", "after"}


def record(entry: AuditRecord, state: ConsoleState) -> Picture:
    """Return one record; `change` is what stood before and after, if it tells."""
    told = {name: _plain(value) for name, value in entry.detail.items()}
    return {
        "seq": entry.seq,
        "ts": entry.ts,
        "actor": label(state.handle_of(entry.actor)) if entry.actor else "",
        "actor_id": label(entry.actor),
        "via": entry.via,
        "action": label(entry.action),
        "target": label(entry.target),
        "result": entry.result,
        "address": entry.address or "",
        "change": [told["before"], told["after"]] if told.keys() >= _CHANGE else None,
        "detail": {label(name): value for name, value in told.items()},
        "prev": entry.prev,
        "hash": entry.hash,
        "json": entry.model_dump_json(),
    }


def page(found: Found, state: ConsoleState) -> Picture:
    """Return a page of what was found."""
    return {
        "records": [record(entry, state) for entry in found.records],
        "searched": found.searched,
        "more": found.more,
    }


def verdict(found: Verdict) -> Picture:
    """Return how the chain stands."""
    return {
        "ok": found.broken is None,
        "head": found.head,
        "hash": found.hash,
        "oldest": found.oldest,
        "broken": found.broken.seq if found.broken else 0,
        "why": found.broken.why if found.broken else "",
    }


def _plain(value: object) -> str:
    return "" if value is None else label(str(value))
