"""What the memory store keeps of messages: each room's newest, and each sender's newest dedupe keys."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from itertools import islice

from protocol.errors import DedupeMismatch
from protocol.messages import Message
from storage.packing import Packed, id_of, packed, time_of, unpacked
from storage.ports import Append, Bounds, Place
from storage.records import KeyRecord

DEDUPE_KEYS = 10_000  # per sender; the newest are kept


class RoomLog:
    """One room's newest messages, capped by count and by bytes."""

    def __init__(self, keep: int, keep_bytes: int) -> None:
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._entries: deque[tuple[Packed, int]] = deque()
        self._bytes = 0
        self.head = 0

    @property
    def bounds(self) -> Bounds:
        """Return newest and oldest offset."""
        return Bounds(self.head, self.head - len(self._entries) + 1)

    def append(self, message: Message, size: int) -> None:
        """Add a message and let go of what is over the caps; the newest always stays."""
        self._entries.append((packed(message), size))
        self._bytes += size
        self.head = message.offset
        while len(self._entries) > self._keep or (self._bytes > self._keep_bytes and len(self._entries) > 1):
            self._drop_oldest()

    def replace(self, message: Message) -> None:
        """Put another message in the place of the one with this offset, if it is still kept."""
        index = message.offset - self.bounds.oldest
        if 0 <= index < len(self._entries):
            self._entries[index] = (packed(message), self._entries[index][1])

    def slice(self, start: int, stop: int) -> list[Message]:
        """Return the kept messages with start ≤ offset < stop."""
        oldest = self.bounds.oldest
        first, last = max(0, start - oldest), max(0, stop - oldest)
        return [unpacked(entry) for entry, _ in islice(self._entries, first, last)]

    def find(self, message_id: str) -> Message | None:
        """Return the newest message of this id, if it is still kept."""
        found = (entry for entry, _ in reversed(self._entries) if id_of(entry) == message_id)
        return next(map(unpacked, found), None)

    def all(self) -> Iterator[Message]:
        """Yield what is kept at this moment, whatever is appended meanwhile."""
        return (unpacked(entry) for entry, _ in tuple(self._entries))

    def prune(self, before: str, limit: int) -> list[Message]:
        """Let go of at most `limit` messages from the old end that are older than `before`."""
        gone: list[Message] = []
        while self._entries and len(gone) < limit and time_of(self._entries[0][0]) < before:
            gone.append(unpacked(self._drop_oldest()))
        return gone

    def _drop_oldest(self) -> Packed:
        entry, size = self._entries.popleft()
        self._bytes -= size
        return entry


# Fingerprint, id, room, offset, ts: a tuple of such is nothing that the garbage collector has to walk.
Known = tuple[bytes, str, str, int, str]


class Keys:
    """The dedupe keys of all senders, capped for each; they may outlive what they were used for."""

    def __init__(self) -> None:
        self._of_sender: dict[str, OrderedDict[str, Known]] = {}

    def place_of(self, op: Append) -> Place | None:
        """Return where the message of this key stands, or None for a new key.

        Raises:
            DedupeMismatch: the key was used for another message.
        """
        keys = self._of_sender.get(op.draft.from_id)
        known = keys.get(op.draft.dedupe_key) if keys else None
        if known is None:
            return None
        fingerprint, message_id, room, offset, ts = known
        if fingerprint != op.fingerprint:
            raise DedupeMismatch("this dedupe key was used for another message", field="dedupe_key")
        return Place(message_id, room, offset, ts)

    def add(self, from_id: str, dedupe_key: str, known: Known) -> None:
        """Remember a key and let go of the sender's oldest."""
        if (keys := self._of_sender.get(from_id)) is None:
            keys = self._of_sender[from_id] = OrderedDict()
        keys[dedupe_key] = known
        while len(keys) > DEDUPE_KEYS:
            keys.popitem(last=False)

    def forget(self, message: Message) -> None:
        """Let go of the key of a message that is gone for good."""
        keys = self._of_sender.get(message.from_id, OrderedDict())
        keys.pop(message.dedupe_key, None)

    def forget_room(self, room: str) -> None:
        """Let go of all keys that were used in a room."""
        for keys in self._of_sender.values():
            for key in [key for key, (_, _, used_in, _, _) in keys.items() if used_in == room]:
                del keys[key]

    def records(self) -> Iterator[KeyRecord]:
        """Yield all keys, each sender's oldest first."""
        for from_id, keys in self._of_sender.items():
            for dedupe_key, known in keys.items():
                yield KeyRecord(from_id, dedupe_key, *known)
