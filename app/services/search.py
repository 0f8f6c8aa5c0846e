"""Search: the messages of one room that hold some words, newest first, at a bounded cost a call.

It reads pages of the log like everybody else, so that every store is searched alike and upper and lower case
are one in every script. A call looks at so much and no more; `next` says where the following one goes on.
"""

from dataclasses import dataclass, field

from app.actor import Actor
from app.services.audit import AuditService
from app.services.permissions import Operation
from app.services.rooms import RoomService
from protocol.errors import InvalidRequest
from protocol.messages import Message
from protocol.payloads import AnyPayload, SystemPayload, TaskPayload, TaskUpdatePayload, TextPayload
from storage.ports import Log

MAX_WORDS = 16
PAGE = 200
LOOKED = 4_000  # messages that one call looks at
LOOKED_BYTES = 4 * 1024 * 1024  # of their texts, in characters
FOUND_BYTES = 1024 * 1024  # of what one call finds, in characters


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, newest first; `next` is the `before` of the following call, None at the end."""

    messages: list[Message]
    next: int | None


class SearchService:
    """Finds what was said in a room."""

    def __init__(self, *, rooms: RoomService, log: Log, audit: AuditService) -> None:
        self._rooms = rooms
        self._log = log
        self._audit = audit

    async def search(
        self, actor: Actor, room_id: str, text: str, *, before: int | None = None, limit: int = 50
    ) -> Found:
        """Find messages below the offset `before` that hold all words of `text`, in upper or lower case.

        Raises:
            NotFound: no such room for this actor. InvalidRequest: no word, or too many.
        """
        room = self._rooms.permitted(actor, Operation.CHAT_READ, room_id)
        words = words_of(text)
        await self._audit.note_read(actor, "message.search", room.id)
        return await find(self._log, room.id, words, before=before, limit=limit)


def words_of(text: str) -> frozenset[str]:
    """Return what a message must hold.

    Raises:
        InvalidRequest: no word, or too many.
    """
    words = frozenset(text.casefold().split())
    if not 1 <= len(words) <= MAX_WORDS:
        raise InvalidRequest(f"search for 1 to {MAX_WORDS} words", field="q")
    return words


async def find(log: Log, room: str, words: frozenset[str], *, before: int | None = None, limit: int) -> Found:
    """Look from the new end of a room's log to the old one, until there is enough or enough was looked at."""
    look = _Look(words, limit)
    at = log.bounds(room).head + 1 if before is None else before
    while page := await log.page(room, before=at, limit=PAGE):
        for message in reversed(page):
            look.at(message)
            at = message.offset
            if look.is_over:
                return Found(look.found, at if at > log.bounds(room).oldest else None)
    return Found(look.found, None)


@dataclass(slots=True)
class _Look:
    words: frozenset[str]
    limit: int
    found: list[Message] = field(default_factory=list)
    found_size: int = 0
    looked: int = 0
    looked_size: int = 0

    def at(self, message: Message) -> None:
        text = _said(message.payload)
        self.looked += 1
        self.looked_size += len(text)
        folded = text.casefold()
        if all(word in folded for word in self.words):
            self.found.append(message)
            self.found_size += len(text)

    @property
    def is_over(self) -> bool:
        return (
            len(self.found) >= self.limit
            or self.looked >= LOOKED
            or self.looked_size >= LOOKED_BYTES
            or self.found_size >= FOUND_BYTES
        )


def _said(payload: AnyPayload) -> str:
    """Return what people read of a message: its words, or a task's command and output."""
    match payload:
        case TextPayload(text=text) | SystemPayload(text=text):
            return text
        case TaskPayload(task=task) | TaskUpdatePayload(task=task):
            return f"{task.line}\n{task.output or ''}"
        case _:
            return ""
