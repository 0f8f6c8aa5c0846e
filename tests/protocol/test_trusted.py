"""Trusted models: the same as if they had been validated."""

from protocol.audit import AuditEntry
from protocol.trusted import trusted

FIELDS = {
    "ts": "2026-01-01T00:00:00.000Z",
    "actor": "ann",
    "via": "socket",
    "action": "message.send",
    "target": "alpha",
    "result": "ok",
    "address": None,
    "detail": {"size": 1},
}


def test_model_is_as_if_it_had_been_validated() -> None:
    made, validated = trusted(AuditEntry, dict(FIELDS)), AuditEntry.model_validate(FIELDS)

    assert made == validated
    assert made.model_dump_json() == validated.model_dump_json()
    assert made.model_copy(update={"actor": "bob"}).actor == "bob"
