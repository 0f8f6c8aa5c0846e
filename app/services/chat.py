"""Chat: messages into the log, pages out of it, redactions, and who is typing."""

from collections.abc import Sequence
from itertools import accumulate
from operator import attrgetter

from app.actor import Actor
from app.clock import Clock
from app.events import TypingChanged
from app.journal import Journal
from app.services.audit import AuditService
from app.services.identity import IdentityService
from app.services.permissions import Operation, check, standing_to
from app.services.posting import Address, Posting, Stub, append_of, digest, place_in, posted
from app.services.presence import PresenceService
from app.services.rooms import RoomService
from protocol.acks import Deleted, History, Sent
from protocol.addressing import GLOBAL, RoomKind, ToType, address_of, dm_room
from protocol.errors import NotFound
from protocol.messages import Durability, Message
from protocol.payloads import AnyPayload, RedactionPayload, TextPayload
from protocol.requests import ChatDelete, ChatHistory, ChatTyping
from protocol.rooms import Room
from protocol.trusted import json_of, trusted
from storage.ports import Append, Log, Receipt, Redact

PAGE_BYTES = 1024 * 1024  # of the payloads as JSON


class ChatService:
    """What can be said, read and taken back in a room."""

    def __init__(
        self,
        *,
        rooms: RoomService,
        identity: IdentityService,
        presence: PresenceService,
        journal: Journal,
        log: Log,
        clock: Clock,
        audit: AuditService,
    ) -> None:
        self._audit = audit
        self._rooms = rooms
        self._identity = identity
        self._presence = presence
        self._journal = journal
        self._log = log
        self._clock = clock

    @property
    def epoch(self) -> str:
        """Return the name of the history that is told now."""
        return self._log.epoch

    @property
    def durability(self) -> Durability:
        """Return what an ack of this relay means."""
        return self._log.durability

    async def post(
        self, actor: Actor, address: Address, payload: AnyPayload, *, message_id: str, dedupe_key: str
    ) -> Sent:
        """Store a message and announce it; the same key again answers with the first one's place.

        Raises:
            DedupeMismatch: the key was used for another body.
        """
        posting = self.submit(actor, address, payload, message_id=message_id, dedupe_key=dedupe_key)
        return await posting.sent()

    def submit(
        self, actor: Actor, address: Address, payload: AnyPayload, *, message_id: str, dedupe_key: str
    ) -> Posting:
        """Give a message its place in the journal's queue, and do not wait until it is stored.

        Raises:
            Unavailable: the journal takes nothing.
        """
        append = self._append(actor, address, payload, message_id=message_id, dedupe_key=dedupe_key)
        record = self._audit.op(
            actor,
            "message.send",
            append.draft.room,
            id=message_id,
            size=append.size,
            sha256=append.fingerprint.hex(),
        )
        posting = Posting(self._sent, _addressed(actor, address, payload))
        self._journal.submit(append, record, facts=posted, settled=posting.settle)
        return posting

    def _sent(self, addressed: Sequence[str], receipt: Receipt) -> Sent:
        place = receipt.repeat or receipt.messages[0]
        fields = {
            "id": place.id,
            "room": place.room,
            "offset": place.offset,
            "ts": place.ts,
            "duplicate": receipt.repeat is not None,
            "unreachable": [each for each in addressed if not self._presence.is_online(each)],
            "task_ids": [],
            "unknown": [],
            "notice": None,
            "durability": self.durability,
        }
        return trusted(Sent, fields)

    async def opened(self, actor: Actor, room: Room) -> Room:
        """Return a room that can be written to: a DM is opened on first use."""
        if room.kind is not RoomKind.DM or self._rooms.room(room.id) is not None:
            return room
        return await self._rooms.direct(actor, peer_of(room, actor))

    async def history(self, actor: Actor, request: ChatHistory) -> History:
        """Read one page of a room, oldest first: at most `limit` messages, and at most `PAGE_BYTES`.

        Raises:
            NotFound: no such room for this actor.
        """
        room = self._rooms.permitted(actor, Operation.CHAT_READ, request.room)
        await self._audit.note_read(actor, "message.read", room.id)
        after, before = _window(request)
        page = await self._log.page(room.id, after=after, before=before, limit=request.limit)
        messages = _fitting(page, request)
        bounds = self._log.bounds(room.id)
        return History(
            messages=messages,
            head=bounds.head,
            oldest=bounds.oldest,
            more=_goes_on(messages, after is not None, bounds.head, bounds.oldest),
            epoch=self._log.epoch,
        )

    async def message(self, actor: Actor, room_id: str, message_id: str) -> Message:
        """Return one message.

        Raises:
            NotFound: no such room, or no such message in it, for this actor.
        """
        room = self._rooms.permitted(actor, Operation.CHAT_READ, room_id)
        await self._audit.note_read(actor, "message.read", room.id)
        return await self._found(room.id, message_id)

    async def delete(self, actor: Actor, request: ChatDelete) -> Deleted:
        """Put a tombstone in a message's place and say so in the room.

        Raises:
            NotFound: no such message for this actor. Forbidden: somebody else's.
        """
        room = self._rooms.permitted(actor, Operation.ROOM_SEE, request.room)
        target = await self._found(room.id, request.id)
        check(actor, Operation.CHAT_DELETE, standing_to(actor, target.from_id))
        tombstone = RedactionPayload(target=target.id, target_offset=target.offset, reason=request.reason)
        # Not the room's own name: two long ids would leave no place for the offset.
        key = f"redact:{digest(room.id).hex()}:{target.offset}"
        address = Address(room, *address_of(room.id, actor.agent_id))
        append = self._append(actor, address, tombstone, message_id=self._clock.new_id(), dedupe_key=key)
        redact = Redact(room.id, target.offset, tombstone)
        record = self._audit.op(actor, "message.delete", room.id, id=target.id, offset=target.offset)
        receipt = await self._journal.write(append, redact, record, facts=posted)
        return Deleted(offset=place_in(receipt).offset)

    def typing(self, actor: Actor, request: ChatTyping) -> None:
        """Announce that an actor writes; only those in the room hear it.

        Raises:
            NotFound: no such room or agent. Forbidden: not a member.
        """
        room_id = self.room_of(actor, request.to_type, request.to_id)
        room = self._rooms.permitted(actor, Operation.CHAT_TYPE, room_id)
        fact = TypingChanged(room.id, actor.agent_id, actor.handle, request.typing)
        self._journal.announce(fact)

    def room_of(self, actor: Actor, to_type: ToType, to_id: str) -> str:
        """Return the id of the room that `to_type` and `to_id` name for this actor.

        Raises:
            NotFound: no agent has this id or handle. InvalidRequest: it is the actor itself.
        """
        match to_type:
            case "global":
                return GLOBAL
            case "room":
                return to_id
            case "dm":
                return dm_room(actor.agent_id, self._identity.find(to_id).id)

    async def _found(self, room_id: str, message_id: str) -> Message:
        if (found := await self._log.message(room_id, message_id)) is None:
            raise NotFound("no such message", field="id")
        return found

    def _append(
        self, actor: Actor, address: Address, payload: AnyPayload, *, message_id: str, dedupe_key: str
    ) -> Append:
        return append_of(actor, address, payload, Stub(message_id, dedupe_key), self._clock.stamp())


def peer_of(room: Room, actor: Actor) -> str:
    """Return the other party of a DM."""
    return next(member for member in room.members if member != actor.agent_id)


def _addressed(actor: Actor, address: Address, payload: AnyPayload) -> Sequence[str]:
    if address.room.kind is RoomKind.DM:
        return (peer_of(address.room, actor),)
    return payload.mentions if isinstance(payload, TextPayload) else ()


def _window(request: ChatHistory) -> tuple[int | None, int | None]:
    if request.around is not None:
        return max(0, request.around - request.limit // 2 - 1), None
    return request.after, request.before


def _fitting(page: list[Message], request: ChatHistory) -> list[Message]:
    """Keep of a page what is nearest to its anchor, as far as the bytes of a page reach; one at least."""
    if not page:
        return page
    end = page[0].offset if request.after is not None else page[-1].offset
    anchor = end if request.around is None else request.around
    nearest = sorted(page, key=lambda message: abs(message.offset - anchor))
    sizes = accumulate(len(json_of(message.payload)) for message in nearest)
    kept = sum(size <= PAGE_BYTES for size in sizes)
    return sorted(nearest[: max(1, kept)], key=attrgetter("offset"))


def _goes_on(messages: list[Message], forward: bool, head: int, oldest: int) -> bool:
    if not messages:
        return False
    return messages[-1].offset < head if forward else messages[0].offset > oldest
