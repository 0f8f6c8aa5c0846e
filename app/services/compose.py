"""Compose: the one door for what people and agents write; it finds the room and fills in what is missing."""

from collections.abc import Awaitable

from app.actor import Actor
from app.clock import Clock
from app.services.chat import ChatService
from app.services.loopguard import LoopGuardService
from app.services.pausing import PauseService
from app.services.permissions import Operation
from app.services.posting import Address, Posting
from app.services.rooms import RoomService
from app.services.slash import SlashService, is_command
from protocol.acks import Sent
from protocol.addressing import address_of
from protocol.payloads import TextPayload
from protocol.requests import ChatSend
from protocol.rooms import Room


class ComposeService:
    """Turns a request to say something into a message at an address, or into what a command asks for."""

    def __init__(
        self,
        *,
        chat: ChatService,
        rooms: RoomService,
        slash: SlashService,
        pausing: PauseService,
        loops: LoopGuardService,
        clock: Clock,
    ) -> None:
        self._chat = chat
        self._rooms = rooms
        self._slash = slash
        self._pausing = pausing
        self._loops = loops
        self._clock = clock

    async def send(self, actor: Actor, request: ChatSend) -> Sent:
        """Say something, or run a slash command; a leading `//` is literal text with one slash.

        Raises:
            NotFound: no such room or agent for this actor. Forbidden: not a member.
            Paused: an operator has stopped the actor. LoopGuard: agents answer one another without end.
            DedupeMismatch: the dedupe key was used for another body. And what a command refuses.
        """
        begun = self.submit(actor, request)
        outcome = begun if isinstance(begun, Posting) else await begun
        return await outcome.sent() if isinstance(outcome, Posting) else outcome

    def submit(self, actor: Actor, request: ChatSend) -> Posting | Awaitable[Sent | Posting]:
        """Do what `send` does, but leave a message in the journal's queue, at once where it can."""
        self._pausing.check(actor)
        room_id = self._chat.room_of(actor, request.to_type, request.to_id)
        room = self._rooms.permitted(actor, Operation.CHAT_SEND, room_id)
        if (
            request.payload.text.startswith("/")
            or self._rooms.room(room_id) is None
            or not self._loops.is_free(actor, room)
        ):
            return self._considered(actor, room, request)
        posting = self._posting(actor, room, request, request.payload)
        self._loops.hold(actor, room, posting)
        return posting

    async def _considered(self, actor: Actor, room: Room, request: ChatSend) -> Sent | Posting:
        """Open a DM, run a command, or ask the loop guard.

        Near the end of a chain what answers another agent is waited for: the loop guard must know of it
        before the next one comes.
        """
        room = await self._chat.opened(actor, room)
        if is_command(request.payload.text):
            message_id, key = self._names_of(request)
            return await self._slash.run(actor, room, request.payload.text, message_id=message_id, key=key)
        payload = _literal(request.payload)
        is_free = self._loops.is_free(actor, room)
        is_answer = not is_free and await self._loops.check(actor, room, payload)
        posting = self._posting(actor, room, request, payload)
        if is_free:
            self._loops.hold(actor, room, posting)
        return await posting.sent() if is_answer else posting

    def _posting(self, actor: Actor, room: Room, request: ChatSend, payload: TextPayload) -> Posting:
        message_id, key = self._names_of(request)
        address = Address(room, *address_of(room.id, actor.agent_id))
        return self._chat.submit(actor, address, payload, message_id=message_id, dedupe_key=key)

    def _names_of(self, request: ChatSend) -> tuple[str, str]:
        message_id = request.id or request.dedupe_key or self._clock.new_id()
        return message_id, request.dedupe_key or message_id


def _literal(payload: TextPayload) -> TextPayload:
    if not payload.text.startswith("//"):
        return payload
    return payload.model_copy(update={"text": payload.text[1:]})
