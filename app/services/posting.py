"""Posting: how something said becomes an entry of a room's log, and what is announced once it is stored."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

from app.actor import Actor
from app.events import MessagePosted
from protocol.acks import Sent
from protocol.addressing import ToType
from protocol.errors import ClawNetError
from protocol.messages import Draft, Message
from protocol.payloads import AnyPayload
from protocol.rooms import Room
from protocol.trusted import json_of
from storage.ports import Append, Outcome, Place, Receipt


class Address(NamedTuple):
    """Where a message goes: the room, and how its sender named it."""

    room: Room
    to_type: ToType
    to_id: str


class Stub(NamedTuple):
    """What identifies an entry: its id, and its dedupe key with the body that the key stands for.

    Without `body` the key stands for the payload itself.
    """

    id: str
    key: str
    body: bytes | None = None


class Posting:
    """A message in the journal's queue, and what its sender is told once it is stored."""

    __slots__ = ("_addressed", "_answer", "_before", "_key", "_outcome", "_then")

    def __init__(self, answer: Callable[[Sequence[str], Receipt], Sent], addressed: Sequence[str]) -> None:
        self._answer = answer
        self._addressed = addressed
        self._before: Callable[[str], None] | None = None
        self._key = ""
        self._outcome: Outcome | None = None
        self._then: Callable[[], None] | None = None

    def settle(self, outcome: Outcome) -> None:
        """Take the journal's word for what came of it."""
        self._outcome = outcome
        if self._before is not None:
            self._before(self._key)
        # Let go of first: it knows this object, and only the garbage collector would part them.
        then, self._then = self._then, None
        if then is not None:
            then()

    def before_all(self, then: Callable[[str], None], key: str) -> None:
        """Call `then` with `key` once it is known what came of it, before the sender hears of it."""
        self._before, self._key = then, key

    def when_settled(self, then: Callable[[], None]) -> None:
        """Call `then` as soon as there is a result, at once if there is one; one caller can wait so."""
        if self._outcome is None:
            self._then = then
        else:
            then()

    def result(self) -> Sent:
        """Return what the sender is told of what is stored.

        Raises:
            ClawNetError: the store refused it, or was away.
        """
        assert self._outcome is not None
        if isinstance(self._outcome, ClawNetError):
            raise self._outcome
        return self._answer(self._addressed, self._outcome)

    async def sent(self) -> Sent:
        """Wait until it is stored, and return what the sender is told.

        Raises:
            ClawNetError: the store refused it, or was away.
        """
        await self.stored()
        return self.result()

    async def stored(self) -> None:
        """Wait until there is a result."""
        stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Who waits may be gone by then.
        self.when_settled(lambda: None if stored.done() else stored.set_result(None))
        await stored


def append_of(actor: Actor, address: Address, payload: AnyPayload, stub: Stub, ts: str) -> Append:
    """Return the operation that puts a payload into a room."""
    room, to_type, to_id = address
    message_id, key, words = stub
    draft = Draft(message_id, room.id, ts, actor.agent_id, actor.handle, to_type, to_id, payload, key)
    body = json_of(payload)
    return Append(draft, digest(room.id, body if words is None else words), len(body))


def digest(room: str, body: bytes = b"") -> bytes:
    """Return what tells two bodies in a room apart."""
    return hashlib.sha256(room.encode() + b"\0" + body).digest()


def posted(receipt: Receipt) -> tuple[MessagePosted, ...]:
    """Return what is announced of a write."""
    return tuple([MessagePosted(message) for message in receipt.messages])


def place_in(receipt: Receipt) -> Place:
    """Return where the first entry of a write stands, or the one that was there already."""
    return receipt.repeat or place_of(receipt.messages[0])


def place_of(message: Message) -> Place:
    """Return where a message stands."""
    return Place(message.id, message.room, message.offset, message.ts)
