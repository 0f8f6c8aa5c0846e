"""A relay's cursor and a reader's inbox coupled by a bad link: what test_at_least_once.py runs."""

from dataclasses import dataclass, field
from typing import ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from typing_extensions import override

from protocol.reliability import Cursor, Inbox, RetryPolicy, Verdict

ROOM = "global"
WINDOW = 4
PATIENCE = RetryPolicy(first=2, factor=2, cap=8, jitter=0, tries=3)
MANY_ROUNDS = 200  # far more than a sound relay needs to catch up with the longest history of a run


@dataclass(frozen=True, slots=True)
class Entry:
    """A message on its way to the reader."""

    offset: int
    replay: bool


@dataclass(frozen=True, slots=True)
class Gap:
    """Word on its way to the reader that everything below `oldest` is gone."""

    oldest: int


@dataclass
class Link:
    """A connection that can lose, repeat and reorder entries, and be cut."""

    down: list[Entry | Gap] = field(default_factory=list)
    up: list[int] = field(default_factory=list)

    def entries(self) -> list[Entry]:
        """List the entries on their way, without the gaps."""
        return [word for word in self.down if isinstance(word, Entry)]


class Delivery(RuleBasedStateMachine):
    """A relay's log and cursor, a bad link, and a reader with its inbox."""

    cursor_class: ClassVar[type[Cursor]] = Cursor
    inbox_class: ClassVar[type[Inbox]] = Inbox

    def __init__(self) -> None:
        super().__init__()
        self.epoch, self.head, self.oldest, self.now = 1, 0, 1, 0.0
        self.inbox = self.inbox_class()
        self.seen: list[int] = []
        self.told_gone: set[int] = set()
        self.kept_cursor = 0
        self.connect()

    def connect(self) -> None:
        """Open a fresh link; a reader of this epoch says where it stands, else the relay remembers."""
        place = {str(self.epoch): self.inbox.offsets.get(ROOM, 0)}.get(self.inbox.epoch, self.kept_cursor)
        self.link = Link()
        self.pushed: set[int] = set()
        self.cursor = self.cursor_class(min(place, self.head), self.head, WINDOW, PATIENCE)
        self.inbox.begin(str(self.epoch), {ROOM: self.cursor.acked})

    @rule(count=st.integers(1, 6))
    def entries_are_posted(self, count: int) -> None:
        self.head += count

    @rule(count=st.integers(1, 6))
    def relay_pumps(self, count: int = WINDOW) -> None:
        if self.cursor.sent + 1 < self.oldest:
            self.cursor.skip(self.oldest)
            self.link.down.append(Gap(self.oldest))
        for _ in range(min(count, self.head - self.cursor.sent, self.cursor.room())):
            offset = self.cursor.sent + 1
            late = offset in self.pushed or offset <= self.cursor.live_from
            assert self.cursor.takes(offset)
            assert self.cursor.is_replay(offset) == late
            self.link.down.append(Entry(offset, late))
            self.pushed.add(offset)
            self.cursor.push(offset, self.now)

    @precondition(lambda self: self.link.down)
    @rule(count=st.integers(1, 4))
    def reader_receives(self, count: int) -> None:
        for _ in range(min(count, len(self.link.down))):
            self.take(self.link.down.pop(0))

    def take(self, word: Entry | Gap) -> None:
        """Do what a reader does with a word of the relay."""
        match word:
            case Gap(oldest):
                self.told_gone |= set(range(self.inbox.offsets[ROOM] + 1, oldest))
                self.inbox.gap(ROOM, oldest)
            case Entry(offset) if self.inbox.judge(ROOM, offset) is Verdict.NEW:
                self.seen.append(offset)

    @rule()
    def reader_acknowledges(self) -> None:
        self.link.up.append(self.inbox.offsets[ROOM])

    @precondition(lambda self: self.link.up)
    @rule()
    def relay_hears_the_reader(self) -> None:
        if self.cursor.acknowledge(self.link.up.pop(0), self.now):
            self.kept_cursor = self.cursor.acked

    # A reader may drop entries that it has no room for. A gap is lost only with the link itself: the relay
    # does not repeat it on a live one, so a transport that lost single frames would need that as well.
    @precondition(lambda self: self.link.entries())
    @rule(place=st.integers(0, 9), copies=st.integers(0, 2))
    def link_loses_delays_or_repeats(self, place: int, copies: int) -> None:
        entries = self.link.entries()
        entry = entries[place % len(entries)]
        self.link.down.remove(entry)
        self.link.down += [entry] * copies

    @precondition(lambda self: self.link.up)
    @rule(copies=st.integers(0, 2))
    def link_loses_delays_or_repeats_an_acknowledgement(self, copies: int) -> None:
        self.link.up += [self.link.up.pop(0)] * copies

    # One rule for the three: as three of a dozen they would undo whatever else went wrong before it shows.
    @rule(what=st.sampled_from(["link_is_cut", "reader_starts_as_a_new_process", "relay_loses_its_history"]))
    def something_breaks(self, what: str) -> None:
        getattr(self, what)()

    def link_is_cut(self) -> None:
        """Lose what is on its way."""
        self.connect()

    def reader_starts_as_a_new_process(self) -> None:
        """Forget what was not acknowledged: it comes again, at least once."""
        self.seen = [offset for offset in self.seen if offset <= self.kept_cursor]
        self.told_gone = {offset for offset in self.told_gone if offset <= self.kept_cursor}
        self.inbox = self.inbox_class()
        self.connect()

    @rule(keep=st.integers(0, 8))
    def old_entries_are_removed(self, keep: int) -> None:
        self.oldest = max(self.oldest, self.head - keep + 1)

    def relay_loses_its_history(self) -> None:
        """Start with an empty memory store."""
        self.epoch, self.head, self.oldest, self.kept_cursor = self.epoch + 1, 0, 1, 0
        self.seen, self.told_gone = [], set()
        self.connect()

    @rule(seconds=st.sampled_from([0.5, 2.0, 30.0]))
    def time_passes(self, seconds: float = 30.0) -> None:
        self.now += seconds
        if self.cursor.is_overdue(self.now):
            assert self.cursor.highest > self.cursor.acked, "a reader that owes nothing is not overdue"
            if not self.cursor.go_back(self.now):
                self.connect()

    @invariant()
    def cursor_is_in_order(self) -> None:
        assert 0 <= self.cursor.acked <= self.cursor.sent <= self.cursor.highest <= self.head
        assert self.cursor.sent - self.cursor.acked <= WINDOW
        assert (self.cursor.deadline is None) <= (self.cursor.sent == self.cursor.acked)

    @invariant()
    def reader_saw_everything_up_to_its_place_once_and_in_order(self) -> None:
        place = self.inbox.offsets[ROOM]
        assert self.seen == [offset for offset in range(1, place + 1) if offset not in self.told_gone]
        assert all(offset < self.oldest for offset in self.told_gone)

    def is_at_rest(self) -> bool:
        """Tell whether the reader has everything and the relay knows it."""
        places = {self.inbox.offsets[ROOM], self.cursor.acked, self.cursor.highest, self.head}
        return len(places) == 1 and not self.link.down

    @override
    def teardown(self) -> None:
        """Heal the link and let both sides go on as they always do."""
        rounds = iter(range(MANY_ROUNDS))
        while not self.is_at_rest() and next(rounds, None) is not None:
            self.relay_pumps()
            while self.link.down:
                self.take(self.link.down.pop(0))
            self.reader_acknowledges()
            while self.link.up:
                self.relay_hears_the_reader()
            self.time_passes()
        assert self.is_at_rest()
        self.reader_saw_everything_up_to_its_place_once_and_in_order()


Delivery.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
