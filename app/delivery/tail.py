"""The newest entries of all rooms as JSON, encoded once for however many streams read them."""

from collections import OrderedDict

from app.delivery.entries import push_of
from protocol.messages import Message
from protocol.payloads import RedactionPayload

MAX_ENTRIES = 512
MAX_BYTES = 4 * 1024 * 1024

Encoded = tuple[str, str]  # the event, and its body as JSON


class Tail:
    """Keeps what was posted of late, the oldest gives way; what is not here is in the log."""

    def __init__(self) -> None:
        self._entries: OrderedDict[tuple[str, int], Encoded] = OrderedDict()
        self._bytes = 0

    def add(self, message: Message) -> None:
        """Keep an entry, and let go of what it takes back."""
        if isinstance(message.payload, RedactionPayload):
            self._drop((message.room, message.payload.target_offset))
        encoded = encode(message)
        self._entries[message.room, message.offset] = encoded
        self._bytes += len(encoded[1])
        while len(self._entries) > MAX_ENTRIES or self._bytes > MAX_BYTES:
            self._drop(next(iter(self._entries)))

    def run(self, room: str, after: int, limit: int) -> list[Encoded]:
        """Return the entries that follow `after` without a hole, as far as they are here."""
        found: list[Encoded] = []
        while len(found) < limit and (entry := self._entries.get((room, after + 1 + len(found)))):
            found.append(entry)
        return found

    def forget(self, room: str) -> None:
        """Let go of a room that is gone."""
        for key in [key for key in self._entries if key[0] == room]:
            self._drop(key)

    def __len__(self) -> int:
        return len(self._entries)

    def _drop(self, key: tuple[str, int]) -> None:
        if (entry := self._entries.pop(key, None)) is not None:
            self._bytes -= len(entry[1])


def encode(message: Message) -> Encoded:
    """Return the event that tells of an entry, with its body as JSON."""
    event, body = push_of(message)
    return event, body.model_dump_json()
