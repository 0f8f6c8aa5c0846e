"""The arithmetic of at-least-once: retries, cursors, inbox and outbox, without I/O and without a clock.

Who drives these passes the time in, in seconds of a monotonic clock. Delivery is go-back-N: a reader takes
entries in order, acknowledges cumulatively, and what is not acknowledged in time is sent again from there.
"""

from dataclasses import dataclass, field
from enum import Enum, auto


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Exponential back-off; times in seconds, `tries` None for ever."""

    first: float = 2.0
    factor: float = 2.0
    cap: float = 30.0
    jitter: float = 0.2
    tries: int | None = None

    def delay(self, attempt: int, roll: float = 0.5) -> float:
        """Return the wait after `attempt` (0 is the first); `roll` in [0, 1) spreads it by ±jitter."""
        # The exponent is bounded because an outbox retries for as long as its process lives.
        base = min(self.cap, self.first * self.factor ** min(attempt, 64))
        return base * (1 + self.jitter * (2 * roll - 1))

    def is_over(self, attempt: int) -> bool:
        """Tell whether `attempt` would be one too many."""
        return self.tries is not None and attempt >= self.tries


@dataclass(slots=True)
class Cursor:
    """A reader's progress in one room on one connection.

    `acked` ≤ `sent`; at most `window` entries between them. `live_from` is the head at the time of the
    attach: what stands before it is a replay, as is what was sent before.
    """

    acked: int
    live_from: int
    window: int = 256
    policy: RetryPolicy = RetryPolicy(tries=5)
    sent: int = field(init=False)
    highest: int = field(init=False)
    attempt: int = field(init=False, default=0)
    deadline: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.sent = self.highest = self.acked

    def takes(self, offset: int) -> bool:
        """Tell whether `offset` is the next entry and fits into the window."""
        return offset == self.sent + 1 and self.sent - self.acked < self.window

    def room(self) -> int:
        """Return how many more entries the window allows."""
        return self.window - (self.sent - self.acked)

    def is_replay(self, offset: int) -> bool:
        """Tell whether `offset` is late or was sent before."""
        return offset <= self.live_from or offset <= self.highest

    def push(self, offset: int, now: float) -> None:
        """Note that everything up to `offset` is on its way."""
        self.sent = offset
        if offset > self.highest:  # noqa: PLR1730 - once a delivery: a call costs as much as all the rest
            self.highest = offset
        if self.deadline is None:
            self.deadline = now + self.policy.delay(self.attempt)

    def acknowledge(self, offset: int, now: float) -> bool:
        """Move on to `offset`; False if nothing moved. What was never sent can't be acknowledged."""
        offset = min(offset, self.highest)
        if offset <= self.acked:
            self._note_life(offset)
            return False
        self.acked = offset
        self.sent = max(self.sent, offset)
        self.attempt = 0
        self.deadline = now + self.policy.delay(0) if self.sent > self.acked else None
        return True

    def _note_life(self, offset: int) -> None:
        # The same offset again: the reader is there and busy with an entry. It keeps its last tries.
        if offset == self.acked and self.policy.tries is not None:
            self.attempt = min(self.attempt, max(0, self.policy.tries - 2))

    def skip(self, oldest: int) -> None:
        """Step over entries that are gone; `oldest` is the first that is left."""
        self.sent = max(self.sent, oldest - 1)
        self.acked = max(self.acked, oldest - 1)
        self.highest = max(self.highest, oldest - 1)
        if self.acked == self.sent:
            # Nobody owes an acknowledgement any more; a deadline left standing would cut a sound reader off.
            # The attempts stay: only the reader shows that it lives; in a busy room every try meets a gap.
            self.deadline = None

    def is_overdue(self, now: float) -> bool:
        """Tell whether an acknowledgement is due and has not come."""
        return self.deadline is not None and now >= self.deadline

    def go_back(self, now: float) -> bool:
        """Start again after the last acknowledged entry; False when the reader has had its last try."""
        self.attempt += 1
        if self.policy.is_over(self.attempt):
            return False
        self.sent = self.acked
        self.deadline = now + self.policy.delay(self.attempt)
        return True


class Verdict(Enum):
    """What a reader does with an entry."""

    NEW = auto()
    REPEAT = auto()
    HOLE = auto()


@dataclass(slots=True)
class Inbox:
    """The reader's side: each entry once and in order, whatever arrives.

    An entry behind a hole is dropped, because the relay goes back to the last acknowledged one by itself.
    """

    epoch: str = ""
    offsets: dict[str, int] = field(default_factory=dict)

    def begin(self, epoch: str, offsets: dict[str, int]) -> None:
        """Take up what `welcome` says; a new epoch makes every known offset void."""
        if epoch != self.epoch:
            self.epoch, self.offsets = epoch, {}
        for room, offset in offsets.items():
            self.offsets.setdefault(room, offset)

    def judge(self, room: str, offset: int) -> Verdict:
        """Say what to do with an entry; NEW moves the inbox on."""
        seen = self.offsets.get(room, 0)
        if offset <= seen:
            return Verdict.REPEAT
        if offset > seen + 1:
            return Verdict.HOLE
        self.offsets[room] = offset
        return Verdict.NEW

    def gap(self, room: str, oldest: int) -> None:
        """Step over entries that are gone; `oldest` is the first that is left."""
        self.offsets[room] = max(self.offsets.get(room, 0), oldest - 1)


@dataclass(slots=True)
class Pending:
    """A message on its way to the relay."""

    id: str
    body: dict[str, object]
    attempt: int = 0
    due: float = 0.0


@dataclass(slots=True)
class Outbox:
    """The sender's side: keeps each message, in order, until the relay has answered for good."""

    policy: RetryPolicy = RetryPolicy()
    limit: int = 10_000
    entries: dict[str, Pending] = field(default_factory=dict)

    def add(self, message_id: str, body: dict[str, object]) -> Pending:
        """Keep a message.

        Raises:
            OverflowError: the outbox is full; nothing is dropped silently.
        """
        if message_id not in self.entries and len(self.entries) >= self.limit:
            raise OverflowError(f"{self.limit} messages are waiting already")
        return self.entries.setdefault(message_id, Pending(message_id, body))

    def due(self, now: float) -> list[Pending]:
        """List what is to be sent (again) now, oldest first."""
        return [entry for entry in self.entries.values() if entry.due <= now]

    def next_due(self) -> float | None:
        """Return when something is due, or None if nothing waits."""
        return min((entry.due for entry in self.entries.values()), default=None)

    def tried(self, message_id: str, now: float, roll: float = 0.5, after: float | None = None) -> None:
        """Note an attempt; `after` overrides the back-off (a relay's `retry_after`)."""
        if entry := self.entries.get(message_id):
            entry.due = now + (after if after is not None else self.policy.delay(entry.attempt, roll))
            entry.attempt += 1

    def settle(self, message_id: str) -> bool:
        """Forget a message that the relay took or refused for good; False if it was settled before."""
        return self.entries.pop(message_id, None) is not None

    def reconnected(self) -> None:
        """Make everything due at once: the link is new, the old waits mean nothing."""
        for entry in self.entries.values():
            entry.attempt, entry.due = 0, 0.0
