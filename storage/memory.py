"""The store that needs nothing: the newest messages of each room, gone with the process."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from protocol.agents import Agent
from protocol.audit import AuditRecord
from protocol.errors import ClawNetError, Conflict, HandleTaken, NotFound, RoomExists
from protocol.messages import Durability, Message
from protocol.rooms import Room
from protocol.tasks import Task
from protocol.trusted import json_of
from storage.building import placed
from storage.memory_audit import AuditRing
from storage.memory_log import Keys, RoomLog
from storage.planning import UNCHECKED, refuse_twins
from storage.ports import (
    Append,
    AppendAudit,
    Bounds,
    CreateAgent,
    CreateRoom,
    DeleteRoom,
    ForgetTask,
    ForgetToken,
    HandleRecord,
    MoveCursor,
    Op,
    Outcome,
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
from storage.records import CursorRecord, HeadRecord, KeyRecord, Origin, Record, Setting, op_of


class MemoryStore:
    """Keeps everything in this process; a restart is a new epoch."""

    durability: Durability = "memory"

    def __init__(self, *, epoch: str, keep: int = 1000, keep_bytes: int = 4 * 1024 * 1024) -> None:
        self.epoch = epoch
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._logs: dict[str, RoomLog] = {}
        self._keys = Keys()
        self._rooms: dict[str, Room] = {}
        self._agents: dict[str, Agent] = {}
        self._handles: dict[str, str] = {}
        self._tokens: dict[str, TokenRecord] = {}
        self._cursors: dict[str, dict[str, int]] = {}
        self._handle_records: dict[tuple[str, str], HandleRecord] = {}
        self._settings: dict[str, str] = {}
        self._tasks: dict[str, Task] = {}
        self._audit = AuditRing()
        self._applications: dict[type[Op], Callable[[Any], None]] = {
            CreateRoom: self._save_room,
            SaveRoom: self._save_room,
            CreateAgent: self._save_agent,
            SaveAgent: self._save_agent,
            SaveToken: self._save_token,
            ForgetToken: self._forget_token,
            SaveHandle: self._save_handle,
            SaveSetting: self._save_setting,
            SaveTask: self._save_task,
            ForgetTask: self._forget_task,
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
        return log.find(message_id) if log else None

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
        return self._audit.page(after, before, limit)

    async def audit_head(self) -> tuple[int, str]:
        return self._audit.head

    async def prune(self, *, before: str, limit: int) -> int:
        left = limit
        for _, log in sorted(self._logs.items()):
            gone = log.prune(before, left)
            left -= len(gone)
            for message in gone:
                self._keys.forget(message)
        return limit - left

    async def dump(self) -> AsyncIterator[Record]:
        # Copied without an await in between: this is the moment that the dump shows.
        for record in self._records():
            yield record

    async def load(self, records: AsyncIterator[Record]) -> None:
        if len(list(islice(self._records(), 2))) > 1:
            raise Conflict("this store is not empty", field="store")
        # All of it is there before any of it is taken up: a source that fails leaves nothing behind.
        for record in [record async for record in records]:
            self._take(record)

    async def close(self) -> None:
        """Nothing to close: nothing outlives the process."""

    def _commit_one(self, write: Write) -> Outcome:
        try:
            for op in write:
                if type(op) is Append and (repeat := self._keys.place_of(op)):
                    return Receipt(repeat=repeat)
            for op in write:
                if type(op) not in UNCHECKED:
                    self._check(op)
            refuse_twins(write)
        except ClawNetError as refusal:
            return refusal
        messages = []
        for op in write:
            if type(op) is Append:
                messages.append(self._append(op))
            else:
                self._applications[type(op)](op)
        return Receipt(tuple(messages))

    def _append(self, op: Append) -> Message:
        draft = op.draft
        log = self._log(draft.room)
        offset = log.head + 1
        message = placed(draft, offset)
        log.append(message, op.size)
        known = (op.fingerprint, draft.id, draft.room, offset, draft.ts)
        self._keys.add(draft.from_id, draft.dedupe_key, known)
        return message

    def _log(self, room: str) -> RoomLog:
        if (log := self._logs.get(room)) is None:
            log = self._logs[room] = RoomLog(self._keep, self._keep_bytes)
        return log

    def _check(self, op: Op) -> None:
        match op:
            case CreateRoom(room) if room.id in self._rooms:
                raise RoomExists("a room of this name exists", field="room")
            case CreateAgent(agent) if agent.id in self._agents:
                raise Conflict("an agent of this id exists", field="agent_id")
            case CreateAgent(agent) | SaveAgent(agent):
                if self._handles.get(agent.handle, agent.id) != agent.id:
                    raise HandleTaken("another agent has this handle", field="handle")
            case Redact(room_id, offset):
                if not self.bounds(room_id).oldest <= offset <= self.bounds(room_id).head:
                    raise NotFound("no such message", field="id")
            case _:
                pass

    def _save_room(self, op: CreateRoom | SaveRoom) -> None:
        self._rooms[op.room.id] = op.room

    def _save_agent(self, op: CreateAgent | SaveAgent) -> None:
        if before := self._agents.get(op.agent.id):
            del self._handles[before.handle]
        self._agents[op.agent.id] = op.agent
        self._handles[op.agent.handle] = op.agent.id

    def _save_token(self, op: SaveToken) -> None:
        self._tokens[op.token.id] = op.token

    def _forget_token(self, op: ForgetToken) -> None:
        self._tokens.pop(op.token_id, None)

    def _save_handle(self, op: SaveHandle) -> None:
        self._handle_records[op.record.handle, op.record.taken_at] = op.record

    def _save_setting(self, op: SaveSetting) -> None:
        self._settings.pop(op.key, None)
        if op.value is not None:
            self._settings[op.key] = op.value

    def _save_task(self, op: SaveTask) -> None:
        self._tasks[op.task.id] = op.task

    def _forget_task(self, op: ForgetTask) -> None:
        self._tasks.pop(op.task_id, None)

    def _delete_room(self, op: DeleteRoom) -> None:
        self._rooms.pop(op.room, None)
        if log := self._logs.pop(op.room, None):
            self._log(op.room).head = log.head
        self._keys.forget_room(op.room)
        for cursors in self._cursors.values():
            cursors.pop(op.room, None)

    def _append_audit(self, op: AppendAudit) -> None:
        self._audit.append(op.entry)

    def _move_cursor(self, op: MoveCursor) -> None:
        cursors = self._cursors.setdefault(op.agent_id, {})
        cursors[op.room] = max(cursors.get(op.room, 0), op.offset)

    def _redact(self, op: Redact) -> None:
        # An entry of the same write may have pushed the target out, or deleted its room.
        log = self._logs.get(op.room, RoomLog(0, 0))
        for message in log.slice(op.offset, op.offset + 1):
            log.replace(message.model_copy(update={"payload": op.tombstone}))

    def _records(self) -> Iterator[Record]:
        heads = [HeadRecord(room, *log.bounds) for room, log in self._logs.items()]
        cursors = [
            CursorRecord(agent_id, room, offset)
            for agent_id, offsets in self._cursors.items()
            for room, offset in offsets.items()
        ]
        messages = [log.all() for log in self._logs.values()]
        things: list[Record] = [
            Origin(self.epoch),
            *self._rooms.values(),
            *self._agents.values(),
            *self._tokens.values(),
            *self._handle_records.values(),
            *(Setting(key, value) for key, value in self._settings.items()),
            *self._tasks.values(),
            *cursors,
        ]
        return chain(things, self._audit.records(), heads, list(self._keys.records()), *messages)

    def _take(self, record: Record) -> None:
        match record:
            case Origin(epoch):
                self.epoch = epoch
            case HeadRecord(room, head):
                self._log(room).head = head
            case KeyRecord():
                known = (record.fingerprint, record.id, record.room, record.offset, record.ts)
                self._keys.add(record.from_id, record.dedupe_key, known)
            case Message():
                self._log(record.room).append(record, len(json_of(record.payload)))
            case AuditRecord():
                self._audit.take(record)
            case _:
                op = op_of(record)
                self._applications[type(op)](op)
