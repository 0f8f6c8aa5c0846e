"""The newest entries, encoded once."""

import pytest

from app.delivery import tail
from app.delivery.tail import Tail
from protocol.messages import Message
from protocol.payloads import AnyPayload, RedactionPayload, TextPayload


def entry(offset: int, room: str = "alpha", payload: AnyPayload | None = None) -> Message:
    return Message(
        id=f"m{offset}",
        room=room,
        ts="2026-01-01T00:00:00.000Z",
        from_id="ann",
        from_handle="ann",
        to_type="room",
        to_id=room,
        payload=payload or TextPayload(text=f"text {offset}"),
        dedupe_key=f"m{offset}",
        offset=offset,
    )


def filled(*offsets: int) -> Tail:
    kept = Tail()
    for offset in offsets:
        kept.add(entry(offset))
    return kept


def test_run_goes_as_far_as_there_is_no_hole() -> None:
    kept = filled(3, 4, 5, 7)

    assert [event for event, _ in kept.run("alpha", 2, 10)] == ["chat_message"] * 3
    assert len(kept.run("alpha", 2, 2)) == 2
    assert kept.run("alpha", 1, 10) == kept.run("alpha", 5, 10) == kept.run("beta", 2, 10) == []


def test_what_is_taken_back_is_not_kept() -> None:
    kept = filled(1, 2)

    kept.add(entry(3, payload=RedactionPayload(target="m1", target_offset=1, reason="x")))

    assert kept.run("alpha", 0, 10) == []
    assert len(kept.run("alpha", 1, 10)) == 2


def test_room_that_is_gone_is_forgotten() -> None:
    kept = filled(1, 2)
    kept.add(entry(1, room="beta"))

    kept.forget("alpha")

    assert (len(kept), len(kept.run("beta", 0, 10))) == (1, 1)


def test_so_many_are_kept_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "MAX_ENTRIES", 2)
    kept = filled(1, 2, 3)

    assert len(kept) == len(kept.run("alpha", 1, 10)) == 2


def test_so_many_bytes_are_kept_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    size = len(filled(1).run("alpha", 0, 1)[0][1])
    monkeypatch.setattr(tail, "MAX_BYTES", 2 * size)
    kept = filled(1, 2, 3)

    assert len(kept) == len(kept.run("alpha", 1, 10)) == 2
