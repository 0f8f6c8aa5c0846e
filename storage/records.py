"""What a store holds, as it moves from one store to another: one type a kind, in the order of `Record`.

A dump begins with `Origin`. Heads and keys come as records of their own, because both may outlive the
messages that they tell of.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from protocol.agents import Agent
from protocol.audit import AuditRecord
from protocol.messages import Message
from protocol.rooms import Room
from protocol.tasks import Task
from storage.ports import (
    HandleRecord,
    MoveCursor,
    Op,
    SaveAgent,
    SaveHandle,
    SaveRoom,
    SaveSetting,
    SaveTask,
    SaveToken,
    TokenRecord,
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Which history this is; a store that takes up its records takes up its epoch."""

    epoch: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting that was changed at run time."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class CursorRecord:
    """How far an agent has read a room."""

    agent_id: str
    room: str
    offset: int


@dataclass(frozen=True, slots=True)
class HeadRecord:
    """The newest offset that a room ever had, and the oldest that is kept; precedes the room's messages."""

    room: str
    head: int
    oldest: int


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A dedupe key, the fingerprint of what it was used for, and where that stands."""

    from_id: str
    dedupe_key: str
    fingerprint: bytes
    id: str
    room: str
    offset: int
    ts: str


Record = (
    Origin
    | Room
    | Agent
    | TokenRecord
    | HandleRecord
    | Setting
    | Task
    | CursorRecord
    | AuditRecord
    | HeadRecord
    | KeyRecord
    | Message
)


def op_of(record: Room | Agent | TokenRecord | HandleRecord | Setting | Task | CursorRecord) -> Op:
    """Return the operation that brings a record back; the other kinds have none."""
    match record:
        case Setting(key, value):
            return SaveSetting(key, value)
        case CursorRecord(agent_id, room, offset):
            return MoveCursor(agent_id, room, offset)
        case _:
            return _SAVE[type(record)](record)


_SAVE: dict[type, Callable[[Any], Op]] = {
    Room: SaveRoom,
    Agent: SaveAgent,
    TokenRecord: SaveToken,
    HandleRecord: SaveHandle,
    Task: SaveTask,
}
