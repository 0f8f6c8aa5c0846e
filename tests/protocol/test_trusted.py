"""Trusted models: the same as if they had been validated, and written as pydantic writes them."""

import pytest
from pydantic import BaseModel, ValidationError

from protocol.audit import AuditEntry
from protocol.messages import Message
from protocol.payloads import (
    AnyPayload,
    OrderPayload,
    RedactionPayload,
    SystemPayload,
    TaskPayload,
    TaskUpdatePayload,
    TextPayload,
)
from protocol.requests import ChatAck
from protocol.trusted import json_of, trusted, validated
from tests.storage.samples import EARLY, a_task

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
    made, checked = trusted(AuditEntry, dict(FIELDS)), AuditEntry.model_validate(FIELDS)

    assert made == checked
    assert made.model_dump_json() == checked.model_dump_json()
    assert made.model_copy(update={"actor": "bob"}).actor == "bob"


def test_short_validation_is_validation() -> None:
    assert validated(ChatAck, {"room": "global", "offset": 3}) == ChatAck(room="global", offset=3)
    with pytest.raises(ValidationError):
        validated(ChatAck, {"room": "global", "offset": "three"})


def a_message(payload: AnyPayload) -> Message:
    return Message(
        id="m1",
        room="alpha",
        ts=EARLY,
        from_id="ann",
        from_handle="ann",
        to_type="room",
        to_id="alpha",
        payload=payload,
        dedupe_key="k1",
        offset=7,
    )


@pytest.mark.parametrize(
    "payload",
    [
        TextPayload(text='hello "猫" \u2028 <b>', reply_to="m0", mentions=["bob", "cleo"]),
        TextPayload(text="\x01\x7f\ud7ff\U0001f600"),
        TaskPayload(task=a_task()),
        TaskUpdatePayload(task=a_task(percent=12.5, timeout=1.5, output="done", args=["a b", "猫"])),
        OrderPayload(task=a_task(), lease="t1.1"),
        SystemPayload(event="joined", text="bob came", subject="bob"),
        RedactionPayload(target="m0", target_offset=1, reason="a mistake"),
    ],
)
def test_json_is_what_pydantic_writes(payload: AnyPayload) -> None:
    things: tuple[BaseModel, ...] = (payload, a_message(payload))
    for thing in things:
        assert json_of(thing) == thing.model_dump_json().encode()
