"""What the relay needs of a store: atomic writes in batches, and reads.

A write is a tuple of operations that happen together or not at all. The store gives offsets, keeps dedupe
keys and refuses what clashes; a refused write leaves its neighbours in the batch alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from protocol.agents import Agent
from protocol.audit import AuditEntry, AuditRecord
from protocol.errors import ClawNetError
from protocol.messages import Draft, Durability, Message
from protocol.payloads import RedactionPayload
from protocol.rooms import Room
from protocol.tasks import Task
from storage.upkeep import Portability, Retention


class Append(NamedTuple):
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
    expires_at: str | None = None
    revoked_at: str | None = None
    last_used_at: str | None = None
    last_address: str | None = None


@dataclass(frozen=True, slots=True)
class HandleRecord:
    """Who bore a handle and when; `released_at` is None for the one that bears it now."""

    handle: str
    agent_id: str
    taken_at: str
    released_at: str | None = None


@dataclass(frozen=True, slots=True)
class SaveToken:
    """Keep a token."""

    token: TokenRecord


@dataclass(frozen=True, slots=True)
class ForgetToken:
    """Let go of a token that opens nothing any more; no failure if there is none of this id."""

    token_id: str


@dataclass(frozen=True, slots=True)
class SaveHandle:
    """Note who bears a handle since when, or until when; one record a handle and `taken_at`."""

    record: HandleRecord


@dataclass(frozen=True, slots=True)
class DeleteRoom:
    """Forget a room with its messages, members and cursors; its name is free again, its offsets are not."""

    room: str


@dataclass(frozen=True, slots=True)
class SaveSetting:
    """Keep a setting that was changed at run time; None forgets it."""

    key: str
    value: str | None


@dataclass(frozen=True, slots=True)
class SaveTask:
    """Keep a task as it is now."""

    task: Task


@dataclass(frozen=True, slots=True)
class ForgetTask:
    """Forget a task; what its room was told stays in the room."""

    task_id: str


class AppendAudit(NamedTuple):
    """Put a record at the end of the audit chain; the store seals it."""

    entry: AuditEntry


@dataclass(frozen=True, slots=True)
class MoveCursor:
    """Note how far an agent has read a room; cursors only move on."""

    agent_id: str
    room: str
    offset: int


Op = (
    Append
    | Redact
    | CreateRoom
    | SaveRoom
    | DeleteRoom
    | CreateAgent
    | SaveAgent
    | SaveToken
    | ForgetToken
    | SaveHandle
    | SaveSetting
    | SaveTask
    | ForgetTask
    | AppendAudit
    | MoveCursor
)
Write = tuple[Op, ...]


class Place(NamedTuple):
    """Where a message stands."""

    id: str
    room: str
    offset: int
    ts: str


class Receipt(NamedTuple):
    """What a write did: the messages it added, or the place of the one that was there already."""

    messages: tuple[Message, ...] = ()
    repeat: Place | None = None


Outcome = Receipt | ClawNetError


class Bounds(NamedTuple):
    """The newest offset that a room ever gave and the oldest that is kept; `head + 1` when none is."""

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


class AuditLog(Protocol):
    """The readable side of the audit chain."""

    async def audit(self, *, after: int = 0, before: int | None = None, limit: int) -> list[AuditRecord]:
        """Return at most `limit` records in order: the first after `after`, or the last before `before`."""
        ...

    async def audit_head(self) -> tuple[int, str]:
        """Return sequence number and hash of the newest record; (0, GENESIS) when there is none."""
        ...


class Directory(Protocol):
    """What services load when the relay starts."""

    async def rooms(self) -> list[Room]: ...

    async def agents(self) -> list[Agent]: ...

    async def tokens(self) -> list[TokenRecord]: ...

    async def handles(self) -> list[HandleRecord]: ...

    async def settings(self) -> dict[str, str]: ...

    async def tasks(self) -> list[Task]: ...


class Store(Log, Cursors, Committer, AuditLog, Directory, Retention, Portability, Protocol):
    """All of it; only the composition root sees a whole store."""

    async def close(self) -> None: ...
