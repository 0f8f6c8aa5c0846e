"""Compose: the one door for what people and agents write; it finds the room and fills in what is missing."""

from app.actor import Actor
from app.clock import Clock
from app.services.chat import Address, ChatService
from app.services.permissions import Operation
from app.services.rooms import RoomService
from protocol.acks import Sent
from protocol.addressing import RoomKind, address_of
from protocol.requests import ChatSend


class ComposeService:
    """Turns a request to say something into a message at an address."""

    def __init__(self, *, chat: ChatService, rooms: RoomService, clock: Clock) -> None:
        self._chat = chat
        self._rooms = rooms
        self._clock = clock

    async def send(self, actor: Actor, request: ChatSend) -> Sent:
        """Say something.

        Raises:
            NotFound: no such room or agent for this actor. Forbidden: not a member.
            DedupeMismatch: the dedupe key was used for another body.
        """
        address = await self._address(actor, request)
        message_id = request.id or request.dedupe_key or self._clock.new_id()
        key = request.dedupe_key or message_id
        return await self._chat.post(actor, address, request.payload, message_id=message_id, dedupe_key=key)

    async def _address(self, actor: Actor, request: ChatSend) -> Address:
        room_id = self._chat.room_of(actor, request.to_type, request.to_id)
        room = self._rooms.permitted(actor, Operation.CHAT_SEND, room_id)
        if room.kind is not RoomKind.DM:
            return Address(room, *address_of(room.id, actor.agent_id))
        peer_id = next(member for member in room.members if member != actor.agent_id)
        return Address(await self._rooms.direct(actor, peer_id), "dm", peer_id)
