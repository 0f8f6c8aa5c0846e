"""The newest entries as they go out: all who are near the end of a room are served from here.

They are kept as what a transport writes, since that is nothing for the garbage collector to walk. What
stands between two places is joined once, whoever reads it: readers that keep up get the same bytes.
"""

from collections import deque

from app.delivery.entries import push_of
from app.delivery.wire import Batch, Dialect
from protocol.messages import Message

MOST = 4096  # entries of all rooms together, counted once a dialect
MOST_BYTES = 8 * 1024 * 1024
JOINED = 64  # batches of a room that are kept until its next entry


class _Run:
    """A room's newest entries in one dialect, without a hole; the oldest stands at `first`.

    `asked` is where the room ended when somebody last wanted something of it.
    """

    __slots__ = ("asked", "batches", "dialect", "first", "packets", "sizes")

    def __init__(self, dialect: Dialect, first: int) -> None:
        self.dialect = dialect
        self.first = first
        self.asked = 0
        self.packets: list[object] = []
        self.sizes: list[int] = []
        self.batches: dict[tuple[int, int], Batch] = {}

    @property
    def next(self) -> int:
        """Return the offset behind the newest."""
        return self.first + len(self.packets)

    def add(self, message: Message) -> int:
        """Encode the next entry and return its size."""
        packet, size = self.dialect.encode(*push_of(message))
        self.packets.append(packet)
        self.sizes.append(size)
        return size

    def drop(self, upto: int) -> None:
        """Let go of everything up to an offset, also of what has not come yet."""
        count = max(0, min(upto - self.first + 1, len(self.packets)))
        del self.packets[:count]
        del self.sizes[:count]
        self.first = max(self.first + count, upto + 1 if not self.packets else 0)
        self.batches.clear()

    def batch(self, first: int, stop: int) -> Batch:
        """Return what stands from `first` to before `stop`; the same again until the next entry."""
        batch = self.batches.get((first, stop))
        if batch is None:
            at, end = first - self.first, stop - self.first
            batch = Batch(self.packets[at:end], self.sizes[at:end])
            if len(self.batches) >= JOINED:
                self.batches.clear()
            self.batches[first, stop] = batch
        return batch


class _Tail:
    """The end of one room: what came since the last time all was settled, and what was encoded before."""

    __slots__ = ("fresh", "head", "runs")

    def __init__(self) -> None:
        self.head = 0
        self.fresh: list[Message] = []
        self.runs: dict[int, _Run] = {}

    def drop(self, upto: int) -> None:
        """Let go of everything up to an offset."""
        self.fresh = [message for message in self.fresh if message.offset > upto]
        for run in self.runs.values():
            run.drop(upto)


class Recent:
    """Entries that were posted lately, by their places; what was taken back is not among them."""

    def __init__(self, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._most = most
        self._left = most_bytes
        self._tails: dict[str, _Tail] = {}
        # In the order of their coming, with what each takes; places that are let go of stay until their turn.
        self._kept: deque[tuple[str, int, int]] = deque()

    def add(self, message: Message) -> None:
        """Take up a new entry."""
        room, offset, payload = message.room, message.offset, message.payload
        tail = self._tails.get(room)
        if tail is None:
            tail = self._tails[room] = _Tail()
        if tail.head + 1 != offset:
            tail.drop(offset - 1)
        if payload.kind == "redaction":
            tail.drop(payload.target_offset)
        tail.fresh.append(message)
        tail.head = offset

    def batch(self, room: str, first: int, most: int, dialect: Dialect, fit: int) -> Batch | None:
        """Return entries from `first` on, at most `most`, as far as `fit` bytes reach and one at least.

        None if the entry at `first` is not at hand.
        """
        tail = self._tails.get(room)
        if tail is None:
            return None
        run = tail.runs.get(id(dialect))
        if run is None:
            run = tail.runs[id(dialect)] = _Run(dialect, tail.head - len(tail.fresh) + 1)
        run.asked = tail.head
        if run.next <= tail.head:
            self._encode(room, tail, run)
        if not run.first <= first <= tail.head:
            return None
        batch = run.batch(first, min(first + most, tail.head + 1))
        return batch if batch.size <= fit or len(batch) == 1 else batch.cut(fit)

    def settle(self, room: str, *, is_read: bool) -> None:
        """Encode what has come for all who read such a room, and let go of the rest.

        Who was a window behind gets it from here later; in a room that nobody reads nothing is kept.
        """
        tail = self._tails.get(room)
        if tail is None:
            return
        if not is_read or not tail.runs:
            del self._tails[room]
            return
        for key, run in tuple(tail.runs.items()):
            if tail.head - run.asked > self._most:
                # The last who spoke it has left.
                del tail.runs[key]
            else:
                self._encode(room, tail, run)
        tail.fresh = []
        # Some at once: one by one it costs twice as much.
        is_full = len(self._kept) > self._most
        self._let_go(self._most - self._most // 64 if is_full else self._most)

    def forget(self, room: str) -> None:
        """Let go of a room."""
        self._tails.pop(room, None)

    def __len__(self) -> int:
        return len(self._tails)

    def _encode(self, room: str, tail: _Tail, run: _Run) -> None:
        missing = tail.head + 1 - run.next
        if missing <= 0:
            return
        run.batches.clear()
        for message in tail.fresh[-missing:]:
            size = run.add(message)
            self._left -= size
            self._kept.append((room, message.offset, size))

    def _let_go(self, most: int) -> None:
        kept = self._kept
        upto: dict[str, int] = {}
        while len(kept) > most or (self._left < 0 and len(kept) > 1):
            room, offset, size = kept.popleft()
            self._left += size
            upto[room] = offset
        for room, offset in upto.items():
            if (tail := self._tails.get(room)) is not None:
                tail.drop(offset)
                if not tail.fresh and not any(run.packets for run in tail.runs.values()):
                    del self._tails[room]
