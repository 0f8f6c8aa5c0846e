"""Whatever a link does, readers see every entry once and in order, and senders store every message once."""

from dataclasses import dataclass, field
from enum import StrEnum

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from typing_extensions import override

from protocol.reliability import Cursor, Inbox, Outbox, Verdict
from tests.protocol.bad_link import Delivery

TestDelivery = Delivery.TestCase


class SkipsAnEntry(Cursor):
    @override
    def push(self, offset: int, now: float) -> None:
        super().push(offset + (offset % 5 == 0), now)


class NeverGoesBack(Cursor):
    @override
    def go_back(self, now: float) -> bool:
        self.deadline = now + 2
        return True


class TakesSentForSeen(Cursor):
    @override
    def acknowledge(self, offset: int, now: float) -> bool:
        return super().acknowledge(self.sent, now)


class KnowsNoWindow(Cursor):
    @override
    def room(self) -> int:
        return 1000


class CallsNothingAReplay(Cursor):
    @override
    def is_replay(self, offset: int) -> bool:
        return False


class WaitsForWhatIsGone(Cursor):
    @override
    def skip(self, oldest: int) -> None:
        deadline = self.deadline
        super().skip(oldest)
        self.deadline = deadline


class TakesHoles(Inbox):
    @override
    def judge(self, room: str, offset: int) -> Verdict:
        self.offsets[room] = max(self.offsets[room], offset - 1)
        return super().judge(room, offset)


class TakesRepeats(Inbox):
    @override
    def judge(self, room: str, offset: int) -> Verdict:
        return {Verdict.REPEAT: Verdict.NEW}.get(verdict := super().judge(room, offset), verdict)


class TrustsAnOldEpoch(Inbox):
    @override
    def begin(self, epoch: str, offsets: dict[str, int]) -> None:
        super().begin(epoch, offsets | self.offsets)


class WaitsAtAGap(Inbox):
    @override
    def gap(self, room: str, oldest: int) -> None:
        """Do nothing."""


@pytest.mark.parametrize(
    "fault",
    [
        {"cursor_class": SkipsAnEntry},
        {"cursor_class": NeverGoesBack},
        {"cursor_class": TakesSentForSeen},
        {"cursor_class": KnowsNoWindow},
        {"cursor_class": CallsNothingAReplay},
        {"cursor_class": WaitsForWhatIsGone},
        {"inbox_class": TakesHoles},
        {"inbox_class": TakesRepeats},
        {"inbox_class": TrustsAnOldEpoch},
        {"inbox_class": WaitsAtAGap},
    ],
    ids=lambda fault: next(iter(fault.values())).__name__,
)
def test_planted_fault_is_found(fault: dict[str, type]) -> None:
    broken = type("Broken", (Delivery,), fault)
    once = settings(
        Delivery.TestCase.settings,
        max_examples=1000,
        phases=[Phase.generate],
        database=None,
        derandomize=True,
    )

    with pytest.raises(AssertionError):
        run_state_machine_as_test(broken, settings=once)


class Fate(StrEnum):
    """What becomes of one attempt to send."""

    LOST = "lost"
    ACK_LOST = "ack lost"
    REFUSED_FOR_NOW = "refused for now"
    CUT = "cut"
    FINE = "fine"


@dataclass
class Relay:
    """Stores a message once per id and answers, if the link lets it."""

    stored: list[str] = field(default_factory=list)

    def attempt(self, outbox: Outbox, message_id: str, fate: Fate, now: float) -> None:
        """Send a message as the SDK does and suffer `fate`."""
        outbox.tried(message_id, now, after={Fate.REFUSED_FOR_NOW: 0.5}.get(fate))
        match fate:
            case Fate.CUT:
                outbox.reconnected()
            case Fate.ACK_LOST:
                self.store(message_id)
            case Fate.FINE:
                self.store(message_id)
                outbox.settle(message_id)

    def store(self, message_id: str) -> None:
        """Keep a message unless it is kept already."""
        self.stored += {message_id} - set(self.stored)


@given(st.sets(st.text("abc", min_size=1), max_size=6), st.lists(st.sampled_from(Fate), max_size=60))
def test_every_message_of_an_outbox_is_stored_once_in_the_end(ids: set[str], fates: list[Fate]) -> None:
    outbox, relay = Outbox(), Relay()
    for message_id in ids:
        outbox.add(message_id, {})

    for fate in [*fates, *[Fate.FINE] * len(ids)]:
        now = outbox.next_due() or 0.0
        for entry in outbox.due(now)[:1]:
            relay.attempt(outbox, entry.id, fate, now)

    assert outbox.entries == {}
    assert sorted(relay.stored) == sorted(ids)
