"""What the operator has not read yet, counted per room from marks that the browser keeps."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from protocol.messages import Message
from protocol.payloads import TaskPayload, TextPayload

CAP = 100


@dataclass(frozen=True, slots=True)
class Count:
    """How much is new in a room, and how much of it names the operator."""

    unread: int = 0
    mentions: int = 0


@dataclass(slots=True)
class Unread:
    """Counts what others said after each room's mark; at most `CAP` a room, which reads as 99+."""

    viewer: str
    handle: str
    marks: dict[str, int] = field(default_factory=dict)
    _waiting: dict[str, deque[tuple[int, bool]]] = field(default_factory=dict)

    def mark(self, room: str, offset: int) -> None:
        """Take everything of a room up to `offset` as read; a mark never moves back."""
        self.marks[room] = max(offset, self.marks.get(room, 0))
        waiting = self._waiting.get(room)
        while waiting and waiting[0][0] <= self.marks[room]:
            waiting.popleft()

    def put(self, room: str, offset: int) -> None:
        """Take up a mark as the browser has it, which can be earlier than the last one."""
        if offset < self.marks.get(room, 0):
            self.marks.pop(room)
            self._waiting.pop(room, None)
        self.mark(room, offset)

    def add(self, messages: Iterable[Message]) -> None:
        """Count messages, each in its room, oldest first; what was counted before is not counted again."""
        for message in messages:
            waiting = self._waiting.setdefault(message.room, deque(maxlen=CAP))
            last = waiting[-1][0] if waiting else 0
            if message.offset > max(last, self.marks.get(message.room, 0)) and self._counts(message):
                waiting.append((message.offset, names(message, self.viewer, self.handle)))

    def of(self, room: str) -> Count:
        """Return what is new in a room."""
        waiting = self._waiting.get(room, ())
        return Count(len(waiting), sum(mention for _, mention in waiting))

    def mentions(self) -> int:
        """Return how often the operator is named in what is new anywhere."""
        return sum(self.of(room).mentions for room in self._waiting)

    def _counts(self, message: Message) -> bool:
        return message.from_id != self.viewer and isinstance(message.payload, TextPayload | TaskPayload)


def names(message: Message, viewer: str, handle: str) -> bool:
    """Tell whether a message calls the viewer by name."""
    payload = message.payload
    if not isinstance(payload, TextPayload) or message.from_id == viewer:
        return False
    words = (word.strip(".,:;!?()[]'\"") for word in payload.text.casefold().split())
    return viewer in payload.mentions or f"@{handle}" in words
