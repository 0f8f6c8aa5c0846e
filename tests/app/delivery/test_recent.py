"""Recent entries: the same frames for all who are a window behind, and nothing that was taken back."""

import gc
from typing import Any

from app.delivery.recent import JOINED, Recent
from app.sockets.wire import SecondEncoding
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
    for recent in (Recent(most=2), Recent(most_bytes=2 * DIALECT.frame_size)):
        for offset in range(1, 5):
            recent.add(a_message(offset))
            assert offsets(recent, offset) == [offset]
            recent.settle("alpha", is_read=True)

        assert offsets(recent, 2) == []
        assert offsets(recent, 3) == [3, 4]


def test_rooms_share_the_bounds() -> None:
    recent = Recent(most=2)
    for offset, room in ((1, "alpha"), (1, "beta"), (2, "beta")):
        recent.add(a_message(offset, room=room))
        offsets(recent, offset, room=room)
        recent.settle(room, is_read=True)

    assert offsets(recent, 1) == []
    assert offsets(recent, 1, room="beta") == [1, 2]
    assert len(recent) == 1


def test_batches_are_bounded() -> None:
    recent = Recent()
    for offset in range(1, JOINED + 10):
        recent.add(a_message(offset))

    for first in range(1, JOINED + 10):
        offsets(recent, first)

    runs = [run for tail in recent._tails.values() for run in tail.runs.values()]
    assert max(len(run.batches) for run in runs) <= JOINED


def test_what_was_taken_back_is_not_at_hand() -> None:
    for is_settled in (True, False):
        recent = Recent()
        for offset in (1, 2):
            recent.add(a_message(offset))
            if is_settled:
                offsets(recent, offset)
                recent.settle("alpha", is_read=True)

        recent.add(a_message(3, RedactionPayload(target="m1", target_offset=1, reason="a mistake")))

        assert offsets(recent, 1) == []
        assert offsets(recent, 2) == [2, 3]


def test_newest_may_be_taken_back() -> None:
    recent = Recent()
    recent.add(a_message(1))
    offsets(recent, 1)
    recent.add(a_message(2))

    recent.add(a_message(3, RedactionPayload(target="m2", target_offset=2, reason="a mistake")))
    recent.add(a_message(4))

    assert offsets(recent, 2) == []
    assert offsets(recent, 3) == [3, 4]


def test_what_comes_after_a_hole_stands_alone() -> None:
    recent = Recent()
    for offset in (1, 2, 3, 5):
        recent.add(a_message(offset))

    assert offsets(recent, 3) == []
    assert offsets(recent, 5) == [5]


def test_hole_is_told_from_what_was_encoded() -> None:
    recent = Recent()
    recent.add(a_message(1))
    offsets(recent, 1)
    recent.settle("alpha", is_read=True)

    recent.add(a_message(3))
    recent.add(a_message(4))

    assert offsets(recent, 1) == []
    assert offsets(recent, 3) == [3, 4]


def test_who_was_a_window_behind_is_served_later() -> None:
    recent, encoded = Recent(), FakeDialect()
    recent.add(a_message(1))
    recent.batch("alpha", 1, 1, encoded, 10_000)
    recent.settle("alpha", is_read=True)
    for offset in (2, 3):
        recent.add(a_message(offset))
        recent.settle("alpha", is_read=True)

    batch = recent.batch("alpha", 1, 10, encoded, 10_000)

    assert batch is not None
    assert len(batch) == 3
    assert len(encoded.encoded) == 3


def test_what_nobody_reads_is_not_kept() -> None:
    recent = Recent()
    recent.add(a_message(1))
    recent.settle("alpha", is_read=False)

    assert len(recent) == 0
    assert offsets(recent, 1) == []


def test_version_that_comes_later_begins_with_what_comes_then() -> None:
    recent, other = Recent(), FakeDialect()
    recent.add(a_message(1))
    offsets(recent, 1)
    recent.settle("alpha", is_read=True)

    assert recent.batch("alpha", 1, 10, other, 10_000) is None
    recent.add(a_message(2))
    assert recent.batch("alpha", 2, 10, other, 10_000) is not None


def test_version_that_nobody_speaks_any_more_is_not_written() -> None:
    recent, gone = Recent(most=4), FakeDialect()
    for offset in range(1, 20):
        recent.add(a_message(offset))
        offsets(recent, offset)
        if offset == 1:
            recent.batch("alpha", 1, 1, gone, 10_000)
        recent.settle("alpha", is_read=True)

    assert offsets(recent, 19) == [19]
    assert len(gone.encoded) == 5


def test_garbage_collector_has_nothing_to_walk() -> None:
    recent, dialect = Recent(), SecondEncoding()
    for offset in range(1, 100):
        recent.add(a_message(offset))
        recent.batch("alpha", offset, 1, dialect, 10_000)
        recent.settle("alpha", is_read=True)
    (run,) = recent._tails["alpha"].runs.values()

    assert len(run.packets) == 99
    assert [packet for packet in run.packets if gc.is_tracked(packet)] == []


def test_room_is_forgotten_alone() -> None:
    recent = Recent()
    recent.add(a_message(1))
    recent.add(a_message(1, room="beta"))

    recent.forget("alpha")

    assert offsets(recent, 1) == []
    assert offsets(recent, 1, room="beta") == [1]
