"""Behaviour of protocol.messages: the envelope."""

import pytest
from pydantic import ValidationError

from protocol.messages import Draft, Message
from protocol.payloads import TextPayload

DRAFT = Draft(
    id="m1",
    room="dm:ada:bob",
    ts="2026-01-02T03:04:05.678Z",
    from_id="ada",
    from_handle="ada",
    to_type="dm",
    to_id="bob",
    payload=TextPayload(text="hello"),
    dedupe_key="k1",
)
# What protocol.md fixes; a change here breaks clients.
ENVELOPE = {
    "id",
    "room",
    "offset",
    "ts",
    "from_id",
    "from_handle",
    "to_type",
    "to_id",
    "payload",
    "dedupe_key",
    "replay",
}


def test_envelope_has_the_fields_of_the_contract() -> None:
    assert set(Message.model_fields) == ENVELOPE


def test_message_is_a_draft_with_its_place() -> None:
    message = Message(**DRAFT._asdict(), offset=1)

    assert Draft(**{field: getattr(message, field) for field in Draft._fields}) == DRAFT
    assert not message.replay


def test_message_survives_the_wire() -> None:
    message = Message(**DRAFT._asdict(), offset=2**53, replay=True)

    assert Message.model_validate_json(message.model_dump_json()) == message


@pytest.mark.parametrize("offset", [0, -1, 1.5, None])
def test_places_of_a_room_count_from_one(offset: int) -> None:
    with pytest.raises(ValidationError):
        Message(**DRAFT._asdict(), offset=offset)


@pytest.mark.parametrize("field", ["id", "from_id", "dedupe_key", "room"])
def test_nothing_in_the_envelope_may_be_nameless(field: str) -> None:
    with pytest.raises(ValidationError):
        Message.model_validate(DRAFT._asdict() | {"offset": 1, field: ""})
