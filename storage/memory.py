"""The store that needs nothing: the newest messages of each room, gone with the process."""

from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

from protocol.agents import Agent
from protocol.audit import GENESIS, AuditRecord, seal
from protocol.errors import ClawNetError, Conflict, DedupeMismatch, HandleTaken, NotFound, RoomExists
from protocol.messages import Durability, Message
from protocol.rooms import Room
from protocol.tasks import Task
from storage.ports import (
    Append,
    AppendAudit,
    Bounds,
    CreateAgent,
    CreateRoom,
    DeleteRoom,
    HandleRecord,
    MoveCursor,
    Op,
    Outcome,
    Place,
    Receipt,
    Redact,
    SaveAgent,
    SaveHandle,
    SaveRoom,
    SaveSetting,
    SaveTask,
    SaveToken,
    TokenRecord,
    Write,
)

DEDUPE_KEYS = 10_000  # per sender; the newest are kept
AUDIT_RECORDS = 100_000  # the newest are kept


class RoomLog:
    """One room's newest messages, capped by count and by bytes."""

    def __init__(self, keep: int, keep_bytes: int) -> None:
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._entries: deque[tuple[Message, int]] = deque()
        self._bytes = 0
        self.head = 0

    @property
    def bounds(self) -> Bounds:
        """Return newest and oldest offset."""
        return Bounds(self.head, self.head - len(self._entries) + 1)

    def append(self, message: Message, size: int) -> None:
        """Add a message and let go of what is over the caps; the newest always stays."""
        self._entries.append((message, size))
        self._bytes += size
        self.head = message.offset
        while len(self._entries) > self._keep or (self._bytes > self._keep_bytes and len(self._entries) > 1):
            self._bytes -= self._entries.popleft()[1]

    def replace(self, message: Message) -> None:
        """Put another message in the place of the one with this offset, if it is still kept."""
        index = message.offset - self.bounds.oldest
        if 0 <= index < len(self._entries):
            self._entries[index] = (message, self._entries[index][1])

    def slice(self, start: int, stop: int) -> list[Message]:
        """Return the kept messages with start ≤ offset < stop."""
        oldest = self.bounds.oldest
        first, last = max(0, start - oldest), max(0, stop - oldest)
        return [message for message, _ in islice(self._entries, first, last)]


class MemoryStore:
    """Keeps everything in this process; a restart is a new epoch."""

    durability: Durability = "memory"

    def __init__(self, *, epoch: str, keep: int = 1000, keep_bytes: int = 4 * 1024 * 1024) -> None:
        self.epoch = epoch
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._logs: dict[str, RoomLog] = {}
        self._dedupe: dict[str, OrderedDict[str, tuple[bytes, Place]]] = {}
        self._rooms: dict[str, Room] = {}
        self._agents: dict[str, Agent] = {}
        self._handles: dict[str, str] = {}
        self._tokens: dict[str, TokenRecord] = {}
        self._cursors: dict[str, dict[str, int]] = {}
        self._handle_records: dict[tuple[str, str], HandleRecord] = {}
        self._settings: dict[str, str] = {}
        self._tasks: dict[str, Task] = {}
        self._audit: deque[AuditRecord] = deque(maxlen=AUDIT_RECORDS)
        self._checks: dict[type[Op], Callable[[Any], None]] = {
            CreateRoom: self._check_new_room,
            CreateAgent: self._check_new_agent,
            SaveAgent: self._check_handle,
            Redact: self._check_target,
        }
        self._applications: dict[type[Op], Callable[[Any], None]] = {
            CreateRoom: self._save_room,
            SaveRoom: self._save_room,
            CreateAgent: self._save_agent,
            SaveAgent: self._save_agent,
            SaveToken: self._save_token,
            SaveHandle: self._save_handle,
            SaveSetting: self._save_setting,
            SaveTask: self._save_task,
            DeleteRoom: self._delete_room,
            AppendAudit: self._append_audit,
            MoveCursor: self._move_cursor,
            Redact: self._redact,
        }

    async def commit(self, writes: Sequence[Write]) -> list[Outcome]:
        return [self._commit_one(write) for write in writes]

    def bounds(self, room: str) -> Bounds:
        log = self._logs.get(room)
        return log.bounds if log else Bounds()

    async def page(
        self, room: str, *, after: int | None = None, before: int | None = None, limit: int
    ) -> list[Message]:
        log = self._logs.get(room)
        if log is None:
            return []
        if after is not None:
            start = max(after + 1, log.bounds.oldest)
            return log.slice(start, start + limit)
        stop = log.head + 1 if before is None else min(before, log.head + 1)
        return log.slice(stop - limit, stop)

    async def message(self, room: str, message_id: str) -> Message | None:
        log = self._logs.get(room)
        entries = log.slice(0, log.head + 1) if log else []
        return next((entry for entry in reversed(entries) if entry.id == message_id), None)

    async def cursors(self, agent_id: str) -> dict[str, int]:
        return dict(self._cursors.get(agent_id, {}))

    async def rooms(self) -> list[Room]:
        return list(self._rooms.values())

    async def agents(self) -> list[Agent]:
        return list(self._agents.values())

    async def tokens(self) -> list[TokenRecord]:
        return list(self._tokens.values())

    async def handles(self) -> list[HandleRecord]:
        return list(self._handle_records.values())

    async def settings(self) -> dict[str, str]:
        return dict(self._settings)

    async def tasks(self) -> list[Task]:
        return list(self._tasks.values())

    async def audit(self, *, after: int = 0, before: int | None = None, limit: int) -> list[AuditRecord]:
        oldest = self._audit[0].seq if self._audit else 1
        newest = oldest + len(self._audit) - 1
        first = max(after + 1, oldest)
        if before is not None:
            first = max(first, min(before, newest + 1) - limit)
        last = min(first + limit - 1, newest if before is None else before - 1)
        return list(islice(self._audit, first - oldest, max(first, last + 1) - oldest))

    async def audit_head(self) -> tuple[int, str]:
        return (self._audit[-1].seq, self._audit[-1].hash) if self._audit else (0, GENESIS)

    async def close(self) -> None:
        """Nothing to close: nothing outlives the process."""

    def _commit_one(self, write: Write) -> Outcome:
        try:
            if repeat := self._repeat_in(write):
                return Receipt(repeat=repeat)
            for op in write:
                if check := self._checks.get(type(op)):
                    check(op)
        except ClawNetError as refusal:
            return refusal
        return Receipt(messages=tuple(message for op in write if (message := self._apply(op))))

    def _repeat_in(self, write: Write) -> Place | None:
        for op in write:
            if isinstance(op, Append) and (place := self._stored_before(op)):
                return place
        return None

    def _stored_before(self, op: Append) -> Place | None:
        keys = self._dedupe.get(op.draft.from_id)
        known = keys.get(op.draft.dedupe_key) if keys else None
        if known is None:
            return None
        fingerprint, place = known
        if fingerprint != op.fingerprint:
            raise DedupeMismatch("this dedupe key was used for another message", field="dedupe_key")
        return place

    def _apply(self, op: Op) -> Message | None:
        if isinstance(op, Append):
            return self._append(op)
        self._applications[type(op)](op)
        return None

    def _append(self, op: Append) -> Message:
        draft = op.draft
        log = self._logs.setdefault(draft.room, RoomLog(self._keep, self._keep_bytes))
        message = Message.model_construct(**draft.__dict__, offset=log.head + 1, replay=False)
        log.append(message, op.size)
        keys = self._dedupe.setdefault(draft.from_id, OrderedDict())
        keys[draft.dedupe_key] = (op.fingerprint, Place(draft.id, draft.room, message.offset, draft.ts))
        while len(keys) > DEDUPE_KEYS:
            keys.popitem(last=False)
        return message

    def _check_new_room(self, op: CreateRoom) -> None:
        if op.room.id in self._rooms:
            raise RoomExists("a room of this name exists", field="room")

    def _check_new_agent(self, op: CreateAgent) -> None:
        if op.agent.id in self._agents:
            raise Conflict("an agent of this id exists", field="agent_id")
        self._check_handle(op)

    def _check_handle(self, op: CreateAgent | SaveAgent) -> None:
        if self._handles.get(op.agent.handle, op.agent.id) != op.agent.id:
            raise HandleTaken("another agent has this handle", field="handle")

    def _check_target(self, op: Redact) -> None:
        if not self.bounds(op.room).oldest <= op.offset <= self.bounds(op.room).head:
            raise NotFound("no such message", field="id")

    def _save_room(self, op: CreateRoom | SaveRoom) -> None:
        self._rooms[op.room.id] = op.room

    def _save_agent(self, op: CreateAgent | SaveAgent) -> None:
        if before := self._agents.get(op.agent.id):
            del self._handles[before.handle]
        self._agents[op.agent.id] = op.agent
        self._handles[op.agent.handle] = op.agent.id

    def _save_token(self, op: SaveToken) -> None:
        self._tokens[op.token.id] = op.token

    def _save_handle(self, op: SaveHandle) -> None:
        self._handle_records[op.record.handle, op.record.taken_at] = op.record

    def _save_setting(self, op: SaveSetting) -> None:
        self._settings.pop(op.key, None)
        if op.value is not None:
            self._settings[op.key] = op.value

    def _save_task(self, op: SaveTask) -> None:
        self._tasks[op.task.id] = op.task

    def _delete_room(self, op: DeleteRoom) -> None:
        self._rooms.pop(op.room, None)
        self._logs.pop(op.room, None)
        for cursors in self._cursors.values():
            cursors.pop(op.room, None)

    def _append_audit(self, op: AppendAudit) -> None:
        seq, prev = (self._audit[-1].seq, self._audit[-1].hash) if self._audit else (0, GENESIS)
        self._audit.append(seal(op.entry, seq=seq + 1, prev=prev))

    def _move_cursor(self, op: MoveCursor) -> None:
        cursors = self._cursors.setdefault(op.agent_id, {})
        cursors[op.room] = max(cursors.get(op.room, 0), op.offset)

    def _redact(self, op: Redact) -> None:
        log = self._logs[op.room]
        (message,) = log.slice(op.offset, op.offset + 1)
        log.replace(message.model_copy(update={"payload": op.tombstone}))
