"""Posting: how something said becomes an entry of a room's log, and what is announced once it is stored."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from app.actor import Actor
from app.events import MessagePosted
from protocol.acks import Sent
from protocol.addressing import ToType
from protocol.messages import Draft, Message
from protocol.payloads import AnyPayload
from protocol.rooms import Room
from protocol.trusted import trusted
from storage.ports import Append, Place, Receipt


@dataclass(frozen=True, slots=True)
class Address:
    """Where a message goes: the room, and how its sender named it."""

    room: Room
    to_type: ToType
    to_id: str


@dataclass(frozen=True, slots=True)
class Stub:
    """What identifies an entry: its id, and its dedupe key with the body that the key stands for.

    Without `body` the key stands for the payload itself.
    """

    id: str
    key: str
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Posting:
    """A message in the journal's queue: what it waits for, and what its sender is told then."""

    receipt: asyncio.Future[Receipt]
    sent: Callable[[Receipt], Sent]


def append_of(actor: Actor, address: Address, payload: AnyPayload, stub: Stub, ts: str) -> Append:
    """Return the operation that puts a payload into a room."""
    fields = {
        "id": stub.id,
        "room": address.room.id,
        "ts": ts,
        "from_id": actor.agent_id,
        "from_handle": actor.handle,
        "to_type": address.to_type,
        "to_id": address.to_id,
        "payload": payload,
        "dedupe_key": stub.key,
    }
    body = payload.model_dump_json().encode()
    return Append(
        trusted(Draft, fields), digest(address.room.id, body if stub.body is None else stub.body), len(body)
    )


def digest(room: str, body: bytes = b"") -> bytes:
    """Return what tells two bodies in a room apart."""
    return hashlib.sha256(room.encode() + b"\0" + body).digest()


def posted(receipt: Receipt) -> tuple[MessagePosted, ...]:
    """Return what is announced of a write."""
    return tuple(MessagePosted(message) for message in receipt.messages)


def place_in(receipt: Receipt) -> Place:
    """Return where the first entry of a write stands, or the one that was there already."""
    return receipt.repeat or place_of(receipt.messages[0])


def place_of(message: Message) -> Place:
    """Return where a message stands."""
    return Place(message.id, message.room, message.offset, message.ts)
