"""Recent entries: the same frames for all who are a window behind, and nothing that was taken back."""

from typing import Any

from app.delivery.recent import JOINED, Recent
from protocol.messages import Message
from protocol.payloads import AnyPayload, RedactionPayload, TextPayload
from tests.fakes import FakeDialect

DIALECT = FakeDialect()


def a_message(offset: int, payload: AnyPayload | None = None, room: str = "alpha") -> Message:
    return Message(
        id=f"m{offset}",
        room=room,
        ts="2026-01-01T00:00:00.000Z",
        from_id="ann",
        from_handle="ann",
        to_type="room",
        to_id=room,
        payload=payload or TextPayload(text="hello"),
        dedupe_key=f"m{offset}",
        offset=offset,
    )


def offsets(
    recent: Recent, first: int, most: int = 10, *, room: str = "alpha", fit: int = 10_000
) -> list[int]:
    batch = recent.batch(room, first, most, DIALECT, fit)
    frames: Any = batch.frames if batch else []
    return [frame.packet[1]["offset"] for frame in frames]


def test_entries_are_found_by_their_places() -> None:
    recent = Recent()
    for offset in (1, 2, 3):
        recent.add(a_message(offset))

    assert offsets(recent, 2) == [2, 3]
    assert offsets(recent, 1, most=2) == [1, 2]
    assert offsets(recent, 4) == []
    assert offsets(recent, 1, room="beta") == []


def test_batch_is_as_large_as_fits_and_one_entry_at_least() -> None:
    recent = Recent()
    for offset in (1, 2, 3):
        recent.add(a_message(offset))

    assert offsets(recent, 1, fit=DIALECT.frame_size + 1) == [1, 2]
    assert offsets(recent, 1, fit=0) == [1]


def test_readers_at_the_same_place_get_the_same_batch() -> None:
    recent = Recent()
    recent.add(a_message(1))
    first = recent.batch("alpha", 1, 10, DIALECT, 10_000)

    assert recent.batch("alpha", 1, 20, DIALECT, 10_000) is first
    recent.add(a_message(2))
    assert recent.batch("alpha", 1, 10, DIALECT, 10_000) is not first


def test_each_version_of_the_protocol_has_its_own_batch() -> None:
    recent, other = Recent(), FakeDialect()
    recent.add(a_message(1))

    mine, theirs = (recent.batch("alpha", 1, 1, dialect, 10_000) for dialect in (DIALECT, other))

    assert mine is not theirs
    assert other.encoded == ["chat_message"]


def test_number_and_text_are_bounded() -> None:
    few, short = Recent(most=2), Recent(most_text=12)

    for offset in range(1, 5):
        few.add(a_message(offset))
        short.add(a_message(offset))

    for recent in (few, short):
        assert offsets(recent, 2) == []
        assert offsets(recent, 3) == [3, 4]


def test_rooms_share_the_bounds() -> None:
    recent = Recent(most=2)
    recent.add(a_message(1))
    for offset in (1, 2):
        recent.add(a_message(offset, room="beta"))

    assert offsets(recent, 1) == []
    assert offsets(recent, 1, room="beta") == [1, 2]
    assert len(recent) == 1


def test_batches_are_bounded() -> None:
    recent = Recent()
    for offset in range(1, JOINED + 10):
        recent.add(a_message(offset))

    for first in range(1, JOINED + 10):
        offsets(recent, first)

    assert max(len(tail.batches) for tail in recent._tails.values()) <= JOINED


def test_what_was_taken_back_is_not_at_hand() -> None:
    recent = Recent()
    recent.add(a_message(1))
    recent.add(a_message(2))

    recent.add(a_message(3, RedactionPayload(target="m1", target_offset=1, reason="a mistake")))

    assert offsets(recent, 1) == []
    assert offsets(recent, 2) == [2, 3]


def test_what_comes_after_a_hole_stands_alone() -> None:
    recent = Recent()
    for offset in (1, 2, 3, 5):
        recent.add(a_message(offset))

    assert offsets(recent, 3) == []
    assert offsets(recent, 5) == [5]


def test_room_is_forgotten_alone() -> None:
    recent = Recent()
    recent.add(a_message(1))
    recent.add(a_message(1, room="beta"))

    recent.forget("alpha")

    assert offsets(recent, 1) == []
    assert offsets(recent, 1, room="beta") == [1]
