"""What the relay needs of a store: atomic writes in batches, and reads.

A write is a tuple of operations that happen together or not at all. The store gives offsets, keeps dedupe
keys and refuses what clashes; a refused write leaves its neighbours in the batch alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from protocol.agents import Agent
from protocol.errors import ClawNetError
from protocol.messages import Draft, Durability, Message
from protocol.payloads import RedactionPayload
from protocol.rooms import Room


@dataclass(frozen=True, slots=True)
class Append:
    """Put a message at the end of its room; `fingerprint` tells two bodies apart, `size` is in bytes."""

    draft: Draft
    fingerprint: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Redact:
    """Replace what a stored message carries by its tombstone."""

    room: str
    offset: int
    tombstone: RedactionPayload


@dataclass(frozen=True, slots=True)
class CreateRoom:
    """Open a room; refused with `room_exists` when the name is in use."""

    room: Room


@dataclass(frozen=True, slots=True)
class SaveRoom:
    """Change a room: topic, visibility, owner, members."""

    room: Room


@dataclass(frozen=True, slots=True)
class CreateAgent:
    """Enrol an agent; refused with `conflict` or `handle_taken`."""

    agent: Agent


@dataclass(frozen=True, slots=True)
class SaveAgent:
    """Change an agent's handle or role; refused with `handle_taken`."""

    agent: Agent


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """A token as it is kept: never the secret, only its SHA-256."""

    id: str
    agent_id: str
    digest: bytes
    created_at: str


@dataclass(frozen=True, slots=True)
class SaveToken:
    """Keep a token."""

    token: TokenRecord


@dataclass(frozen=True, slots=True)
class MoveCursor:
    """Note how far an agent has read a room; cursors only move on."""

    agent_id: str
    room: str
    offset: int


Op = Append | Redact | CreateRoom | SaveRoom | CreateAgent | SaveAgent | SaveToken | MoveCursor
Write = tuple[Op, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands."""

    id: str
    room: str
    offset: int
    ts: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a write did: the messages it added, or the place of the one that was there already."""

    messages: tuple[Message, ...] = ()
    repeat: Place | None = None


Outcome = Receipt | ClawNetError


@dataclass(frozen=True, slots=True)
class Bounds:
    """The newest offset of a room and the oldest that is kept; an empty room has head 0 and oldest 1."""

    head: int = 0
    oldest: int = 1


class Log(Protocol):
    """The readable side of the rooms' logs."""

    @property
    def epoch(self) -> str: ...

    @property
    def durability(self) -> Durability: ...

    def bounds(self, room: str) -> Bounds: ...

    async def page(
        self, room: str, *, after: int | None = None, before: int | None = None, limit: int
    ) -> list[Message]:
        """Return at most `limit` messages in order: the first after `after`, or the last before `before`."""
        ...

    async def message(self, room: str, message_id: str) -> Message | None: ...


class Cursors(Protocol):
    """Where agents have read to."""

    async def cursors(self, agent_id: str) -> dict[str, int]: ...


class Committer(Protocol):
    """The writable side."""

    async def commit(self, writes: Sequence[Write]) -> list[Outcome]:
        """Apply the writes in order, in one transaction; one outcome each.

        Raises:
            Unavailable: nothing of the batch is stored.
        """
        ...


class Directory(Protocol):
    """What services load when the relay starts."""

    async def rooms(self) -> list[Room]: ...

    async def agents(self) -> list[Agent]: ...

    async def tokens(self) -> list[TokenRecord]: ...


class Store(Log, Cursors, Committer, Directory, Protocol):
    """All of it; only the composition root sees a whole store."""

    async def close(self) -> None: ...
