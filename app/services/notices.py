"""What the relay itself says in a room: lines that everybody there reads and nobody takes for a person's."""

from app.clock import Clock
from app.services.audit import RELAY
from app.services.posting import Address, Stub, append_of
from protocol.addressing import address_of
from protocol.payloads import SystemPayload
from protocol.rooms import Room
from storage.ports import Append


class NoticeService:
    """Makes the relay's lines; they are written together with what they tell of."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def line(self, room: Room, event: str, text: str, *, subject: str | None = None) -> Append:
        """Return the operation that puts a line into a room; `subject` is the agent that it is about."""
        payload = SystemPayload(event=event, text=text[:256], subject=subject)
        stub = Stub(made := self._clock.new_id(), made)
        address = Address(room, *address_of(room.id, RELAY.agent_id))
        return append_of(RELAY, address, payload, stub, self._clock.stamp())
