"""Behaviour of the two ends of protocol.reliability: the reader's Inbox and the sender's Outbox."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.reliability import Inbox, Outbox, Verdict


@given(st.lists(st.integers(1, 8)))
def test_inbox_takes_each_entry_once_and_in_order_whatever_arrives(arrivals: list[int]) -> None:
    inbox = Inbox()

    taken = [offset for offset in arrivals if inbox.judge("global", offset) is Verdict.NEW]

    assert taken == list(range(1, len(taken) + 1))
    assert inbox.offsets.get("global", 0) == len(taken)


def test_inbox_tells_a_repeat_from_a_hole() -> None:
    inbox = Inbox("e1", {"global": 5})

    assert [inbox.judge("global", offset) for offset in (5, 7, 6, 6)] == [
        Verdict.REPEAT,
        Verdict.HOLE,
        Verdict.NEW,
        Verdict.REPEAT,
    ]


def test_rooms_of_an_inbox_do_not_know_each_other() -> None:
    inbox = Inbox("e1", {"global": 5})

    assert inbox.judge("alpha", 1) is Verdict.NEW
    assert inbox.offsets == {"global": 5, "alpha": 1}


def test_welcome_of_the_same_epoch_keeps_what_the_reader_knows_and_adds_rooms() -> None:
    inbox = Inbox("e1", {"global": 5})

    inbox.begin("e1", {"global": 3, "alpha": 7})

    assert inbox.offsets == {"global": 5, "alpha": 7}


def test_new_epoch_makes_every_known_offset_void() -> None:
    inbox = Inbox("e1", {"global": 5, "alpha": 2})

    inbox.begin("e2", {"global": 0})

    assert (inbox.epoch, inbox.offsets) == ("e2", {"global": 0})


def test_inbox_does_not_share_its_offsets_with_the_welcome() -> None:
    told = {"global": 0}
    inbox = Inbox()

    inbox.begin("e1", told)
    inbox.judge("global", 1)

    assert told == {"global": 0}


@pytest.mark.parametrize(("oldest", "seen"), [(9, 8), (6, 5), (2, 5), (0, 5)])
def test_gap_leads_forward_only(oldest: int, seen: int) -> None:
    inbox = Inbox("e1", {"global": 5})

    inbox.gap("global", oldest)

    assert inbox.offsets == {"global": seen}


def test_new_message_is_due_at_once_and_in_its_order() -> None:
    outbox = Outbox()

    outbox.add("m1", {"n": 1})
    outbox.add("m2", {"n": 2})

    assert [entry.id for entry in outbox.due(now=0)] == ["m1", "m2"]


def test_same_message_is_kept_once_with_its_first_body() -> None:
    outbox = Outbox()

    first = outbox.add("m1", {"n": 1})

    assert outbox.add("m1", {"n": 2}) is first
    assert first.body == {"n": 1}


def test_full_outbox_refuses_instead_of_dropping() -> None:
    outbox = Outbox(limit=1)
    outbox.add("m1", {})

    with pytest.raises(OverflowError):
        outbox.add("m2", {})

    assert list(outbox.entries) == ["m1"]
    assert outbox.add("m1", {}).id == "m1"


def test_message_without_an_answer_is_sent_again_with_back_off_for_ever() -> None:
    outbox = Outbox()
    outbox.add("m1", {})
    waits = []

    for _ in range(6):
        due = outbox.next_due() or 0.0
        outbox.tried("m1", now=due)
        waits.append((outbox.next_due() or 0.0) - due)

    assert waits == [2, 4, 8, 16, 30, 30]


def test_relay_may_say_when_to_come_back() -> None:
    outbox = Outbox()
    outbox.add("m1", {})

    outbox.tried("m1", now=10, after=0.5)

    assert outbox.due(now=10.4) == []
    assert [entry.id for entry in outbox.due(now=10.5)] == ["m1"]


def test_settled_message_is_forgotten_and_settled_once() -> None:
    outbox = Outbox()
    outbox.add("m1", {})

    assert outbox.settle("m1")
    assert not outbox.settle("m1")
    assert outbox.next_due() is None


def test_answer_to_a_settled_message_changes_nothing() -> None:
    outbox = Outbox()

    outbox.tried("m1", now=0)

    assert outbox.entries == {}


def test_new_link_makes_everything_due_with_fresh_patience() -> None:
    outbox = Outbox()
    outbox.add("m1", {})
    outbox.tried("m1", now=0)
    outbox.tried("m1", now=2)

    outbox.reconnected()

    assert [(entry.id, entry.attempt) for entry in outbox.due(now=0)] == [("m1", 0)]
