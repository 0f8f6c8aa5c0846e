"""Behaviour of protocol.payloads: the tagged union that a message carries."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from protocol.payloads import (
    AnyPayload,
    OrderPayload,
    Payload,
    RedactionPayload,
    SystemPayload,
    TaskPayload,
    TaskUpdatePayload,
    TextPayload,
)

ANY: TypeAdapter[Payload] = TypeAdapter(AnyPayload)
TASK = {
    "id": "t1",
    "room": "global",
    "command": "uptime",
    "to": "bob",
    "requested_by": "ada",
    "state": "queued",
    "created_at": "2026-01-02T03:04:05.678Z",
}
GOOD: dict[type[Payload], dict[str, Any]] = {
    TextPayload: {"kind": "text", "text": "hello", "reply_to": "m1", "mentions": ["bob"]},
    TaskPayload: {"kind": "task", "task": TASK},
    TaskUpdatePayload: {"kind": "task_update", "task": TASK | {"state": "running", "attempt": 1}},
    OrderPayload: {"kind": "order", "task": TASK | {"attempt": 1}, "lease": "t1.1"},
    SystemPayload: {"kind": "system", "event": "room_joined", "text": "bob joined", "subject": "bob"},
    RedactionPayload: {"kind": "redaction", "target": "m1", "target_offset": 3, "reason": "typo"},
}
EVERY_KIND = pytest.mark.parametrize(
    ("model", "body"), GOOD.items(), ids=lambda item: getattr(item, "__name__", "")
)


def test_every_kind_has_its_example_here() -> None:
    assert set(GOOD) == set(Payload.__subclasses__())


@EVERY_KIND
def test_kind_decides_what_a_payload_is(model: type[Payload], body: dict[str, Any]) -> None:
    assert type(ANY.validate_python(body)) is model


@EVERY_KIND
def test_payload_survives_the_wire(model: type[Payload], body: dict[str, Any]) -> None:
    payload = model.model_validate(body)

    assert ANY.validate_json(payload.model_dump_json()) == payload


@EVERY_KIND
def test_field_that_nobody_knows_is_refused(model: type[Payload], body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        model.model_validate(body | {"html": "<b>"})


@EVERY_KIND
def test_payload_can_not_be_changed_after_it_was_made(model: type[Payload], body: dict[str, Any]) -> None:
    payload = model.model_validate(body)

    with pytest.raises(ValidationError, match="frozen"):
        payload.kind = "other"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "body", [{"kind": "html", "text": "x"}, {"text": "x"}, {"kind": None}, {"kind": 1}, [], "text"]
)
def test_unknown_or_missing_kind_is_refused(body: object) -> None:
    with pytest.raises(ValidationError):
        ANY.validate_python(body)


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"text": " \n\t "},
        {"text": "a\0b"},
        {"text": "\ud800"},
        {"text": "a" * 16_001},
        {"text": 5},
        {"text": None},
        {"text": ["hello"]},
        {"reply_to": ""},
        {"reply_to": "a b"},
        {"reply_to": "m1\n"},
        {"mentions": ["@bob"]},
        {"mentions": ["bob"] * 65},
        {"mentions": "bob"},
    ],
    ids=lambda change: repr(change)[:24],
)
def test_text_that_nobody_can_show_or_store_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TextPayload.model_validate(GOOD[TextPayload] | change)


def test_text_alone_makes_a_payload() -> None:
    payload = TextPayload(text="hello")

    assert payload.model_dump() == {"kind": "text", "text": "hello", "reply_to": None, "mentions": []}


@pytest.mark.parametrize("change", [{"target_offset": 0}, {"target": ""}, {"reason": "a" * 257}])
def test_redaction_names_an_entry_that_can_exist(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RedactionPayload.model_validate(GOOD[RedactionPayload] | change)
