"""The newest entries as they go out: all who are near the end of a room are served from here.

What stands between two places is joined once, whoever reads it: readers that keep up get the same bytes.
"""

from collections import deque
from itertools import islice

from app.delivery.entries import push_of
from app.delivery.wire import Batch, Dialect, Frames
from protocol.messages import Message
from protocol.trusted import json_of

MOST = 4096  # entries of all rooms together
MOST_TEXT = 4 * 1024 * 1024  # characters of their texts
JOINED = 64  # batches of a room that are kept until its next entry


class _Tail:
    """One room's newest entries without a hole; the last of them stands at `head`."""

    __slots__ = ("batches", "frames", "head")

    def __init__(self) -> None:
        self.head = 0
        self.frames: deque[Frames] = deque()
        self.batches: dict[tuple[int, int, int], Batch] = {}

    @property
    def first(self) -> int:
        """Return the offset of the oldest."""
        return self.head - len(self.frames) + 1


class Recent:
    """Frames of entries that were posted lately, by their places; what was taken back is not among them."""

    def __init__(self, most: int = MOST, most_text: int = MOST_TEXT) -> None:
        self._most = most
        self._left = most_text
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
            tail.frames.clear()
        if payload.kind == "redaction":
            self._drop(tail, payload.target_offset)
        tail.frames.append(Frames(*push_of(message)))
        tail.head = offset
        if tail.batches:
            tail.batches.clear()
        size = len(payload.text) if payload.kind == "text" else len(json_of(payload))
        self._kept.append((room, offset, size))
        self._left -= size
        if len(self._kept) > self._most:
            # Some at once: one by one it costs twice as much.
            self._let_go(self._most - self._most // 64)
        elif self._left < 0:
            self._let_go(len(self._kept))

    def batch(self, room: str, first: int, most: int, dialect: Dialect, fit: int) -> Batch | None:
        """Return entries from `first` on, at most `most`, as far as `fit` bytes reach and one at least.

        None if the entry at `first` is not at hand.
        """
        tail = self._tails.get(room)
        if tail is None or not tail.first <= first <= tail.head:
            return None
        last = min(first + most - 1, tail.head)
        batch = self._joined(tail, first, last, dialect)
        if batch.size <= fit or first == last:
            return batch
        return batch.cut(fit)

    def forget(self, room: str) -> None:
        """Let go of a room."""
        self._tails.pop(room, None)

    def __len__(self) -> int:
        return len(self._tails)

    def _joined(self, tail: _Tail, first: int, last: int, dialect: Dialect) -> Batch:
        key = (first, last, id(dialect))
        batch = tail.batches.get(key)
        if batch is None:
            begin = first - tail.first
            frames = islice(tail.frames, begin, begin + last - first + 1)
            batch = Batch([each.of(dialect) for each in frames])
            if len(tail.batches) >= JOINED:
                tail.batches.clear()
            tail.batches[key] = batch
        return batch

    def _let_go(self, most: int) -> None:
        kept = self._kept
        upto: dict[str, int] = {}
        while len(kept) > most or (self._left < 0 and len(kept) > 1):
            room, offset, size = kept.popleft()
            self._left += size
            upto[room] = offset
        for room, offset in upto.items():
            if (tail := self._tails.get(room)) is not None:
                self._drop(tail, offset)
                if not tail.frames:
                    del self._tails[room]

    def _drop(self, tail: _Tail, upto: int) -> None:
        frames = tail.frames
        for _ in range(min(upto - tail.first + 1, len(frames))):
            frames.popleft()
