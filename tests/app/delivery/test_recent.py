"""Recent entries: the same frames for all who are a window behind, and nothing that was taken back."""

from app.delivery.recent import Recent
from app.delivery.wire import Frames
from protocol.messages import Message
from protocol.payloads import AnyPayload, RedactionPayload, TextPayload


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


def kept(recent: Recent, offset: int, room: str = "alpha") -> Frames | None:
    return next(recent.run(room, offset, 1), None)


def test_frames_of_an_entry_are_found_by_its_place() -> None:
    recent = Recent()

    frames = recent.add(a_message(1))

    assert kept(recent, 1) is frames
    assert kept(recent, 2) is None
    assert kept(recent, 1, "beta") is None


def test_number_and_text_are_bounded() -> None:
    few, short = Recent(most=2), Recent(most_text=12)

    for offset in range(1, 5):
        few.add(a_message(offset))
        short.add(a_message(offset))

    for recent in (few, short):
        assert [offset for offset in range(1, 5) if kept(recent, offset)] == [3, 4]


def test_what_was_taken_back_is_not_kept_and_neither_is_the_removal() -> None:
    recent = Recent()
    recent.add(a_message(1))

    recent.add(a_message(2, RedactionPayload(target="m1", target_offset=1, reason="a mistake")))

    assert kept(recent, 1) is None
    assert kept(recent, 2) is None


def test_run_ends_at_its_limit_and_before_a_hole() -> None:
    recent = Recent()
    for offset in (1, 2, 3, 5):
        recent.add(a_message(offset))

    assert len(list(recent.run("alpha", 1, 2))) == 2
    assert len(list(recent.run("alpha", 2, 10))) == 2


def test_room_is_forgotten_alone() -> None:
    recent = Recent()
    recent.add(a_message(1))
    recent.add(a_message(1, room="beta"))

    recent.forget("alpha")

    assert kept(recent, 1) is None
    assert kept(recent, 1, "beta") is not None
