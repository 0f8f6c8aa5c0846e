"""What is new is counted once, from the mark on, and only what others said."""

from typing import Any

import pytest

from components.unread import CAP, Count, Unread, names
from protocol.messages import Message


def a_message(offset: int, text: str = "hello", *, sender: str = "ann", **changes: Any) -> Message:
    return Message.model_validate(
        {
            "id": f"m{offset}",
            "room": "red",
            "offset": offset,
            "ts": "2026-01-01T00:00:00.000Z",
            "from_id": sender,
            "from_handle": sender,
            "to_type": "room",
            "to_id": "red",
            "payload": {"kind": "text", "text": text},
            "dedupe_key": f"m{offset}",
            **changes,
        }
    )


@pytest.fixture
def unread() -> Unread:
    return Unread("operator", "op")


def test_only_what_others_said_after_the_mark_counts(unread: Unread) -> None:
    unread.mark("red", 2)
    unread.add(a_message(offset) for offset in (1, 2, 3, 4))
    unread.add([a_message(5, sender="operator")])
    unread.add([a_message(6, payload={"kind": "system", "event": "joined", "text": "ann joined"})])

    assert unread.of("red") == Count(2, 0)


def test_a_message_that_is_seen_twice_counts_once(unread: Unread) -> None:
    unread.add([a_message(1), a_message(2)])
    unread.add([a_message(1), a_message(2), a_message(3)])

    assert unread.of("red").unread == 3


def test_reading_takes_away_what_was_read(unread: Unread) -> None:
    unread.add(a_message(offset, "@op look") for offset in (1, 2, 3))
    unread.mark("red", 2)
    unread.mark("red", 1)

    assert unread.of("red") == Count(1, 1)
    assert unread.mentions() == 1


def test_the_count_of_a_room_is_bounded(unread: Unread) -> None:
    unread.add(a_message(offset) for offset in range(1, 3 * CAP))

    assert unread.of("red").unread == CAP
    assert unread.of("blue") == Count()


@pytest.mark.parametrize("text", ["@op", "hi @OP!", "(@op)", "ask @op."])
def test_a_message_names_who_is_called_by_handle(text: str) -> None:
    assert names(a_message(1, text), "operator", "op")


@pytest.mark.parametrize("text", ["op", "@operator2", "@opx", "me@op.example"])
def test_a_message_does_not_name_who_is_only_alike(text: str) -> None:
    assert not names(a_message(1, text), "operator", "op")


def test_a_mention_by_id_names_too() -> None:
    payload = {"kind": "text", "text": "you", "mentions": ["operator"]}

    assert names(a_message(1, payload=payload), "operator", "op")


def test_nobody_names_themselves() -> None:
    assert not names(a_message(1, "@op", sender="operator"), "operator", "op")


def test_a_mark_that_is_set_back_counts_anew(unread: Unread) -> None:
    messages = [a_message(offset) for offset in (1, 2, 3)]
    unread.add(messages)
    unread.mark("red", 3)
    unread.put("red", 1)
    unread.add(messages)

    assert unread.of("red") == Count(2, 0)
