"""Behaviour of protocol.rooms: a room as clients see it."""

import pytest
from pydantic import ValidationError

from protocol.addressing import RoomKind
from protocol.rooms import Room

ALPHA = Room(id="alpha", kind=RoomKind.ROOM, title="#alpha", created_at="2026-01-02T03:04:05.678Z")


def test_new_room_is_public_empty_and_counts_from_one() -> None:
    assert (ALPHA.visibility, ALPHA.members, ALPHA.head, ALPHA.oldest) == ("public", [], 0, 1)


def test_room_survives_the_wire() -> None:
    assert Room.model_validate_json(ALPHA.model_dump_json()) == ALPHA


@pytest.mark.parametrize(
    "change",
    [
        {"topic": "t" * 251},
        {"topic": "a\0"},
        {"topic": "\ud800"},
        {"visibility": "secret"},
        {"kind": "club"},
        {"id": ""},
        {"id": "a\0"},
        {"head": -1},
        {"members": ["a:b"]},
    ],
    ids=lambda change: repr(change)[:24],
)
def test_room_that_can_not_be_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Room.model_validate(ALPHA.model_dump() | change)
