"""From what a plan adds to the statements that store it, with as few round trips as the order allows."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import SQLModel

from protocol.agents import Agent
from protocol.audit import AuditRecord
from protocol.messages import Message
from protocol.rooms import Room
from protocol.tasks import Task
from storage.planning import Appended, Step
from storage.ports import (
    Bounds,
    CreateAgent,
    CreateRoom,
    DeleteRoom,
    ForgetTask,
    ForgetToken,
    HandleRecord,
    MoveCursor,
    Redact,
    SaveAgent,
    SaveHandle,
    SaveRoom,
    SaveSetting,
    SaveTask,
    SaveToken,
    TokenRecord,
)
from storage.records import CursorRecord, HeadRecord, KeyRecord, Record, Setting
from storage.sql import rows
from storage.sql.driver import Run, Script
from storage.sql.statements import Statement, Statements, Values
from storage.sql.tables import (
    AgentRow,
    AuditRow,
    CursorRow,
    HandleRow,
    HeadRow,
    KeyRow,
    MemberRow,
    MessageRow,
    RoomRow,
    SettingRow,
    TaskRow,
    TokenRow,
)


class Changes:
    """Collects rows by statement.

    What every message brings (its row, its key, an audit record, cursors) touches tables of its own and is
    gathered across the batch. Everything else keeps its order.
    """

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._runs: list[Run] = []
        self._insert = statements.insert
        self._upsert = statements.upsert
        self._drop = {ForgetToken: statements.drop_token, ForgetTask: statements.drop_task}
        self._forget_gathered()

    def add_step(self, step: Step) -> None:
        """Store one step of a plan."""
        match step:
            case Appended(message, fingerprint):
                self._messages.append(rows.message_values(message))
                self._keys.append(rows.key_values(message, fingerprint))
            case AuditRecord():
                self._audit.append(rows.audit_values(step))
            case MoveCursor(agent_id, room, offset):
                self._cursors.append((agent_id, room, offset))
            case Redact() | DeleteRoom():
                self._gathered()
                self._rewrite(step)
            case _:
                self._save(step)

    def add_heads(self, heads: Mapping[str, Bounds]) -> None:
        """Store the bounds that changed; they stand for the end of the batch, so this comes last."""
        self._many(
            self._upsert[HeadRow], [(room, bounds.head, bounds.oldest) for room, bounds in heads.items()]
        )

    def add_record(self, record: Record) -> None:
        """Store one record of a dump in an empty store."""
        match record:
            case Room():
                self._one(self._insert[RoomRow], rows.room_values(record))
                self._many(self._insert[MemberRow], rows.member_values(record))
            case CursorRecord() | HeadRecord() | Setting() | KeyRecord():
                self._one(self._insert[_TABLE_OF[type(record)]], rows.record_values(record))
            case Message():
                self._messages.append(rows.message_values(record))
            case AuditRecord():
                self._audit.append(rows.audit_values(record))
            case _:
                table, values_of = _PLAIN[type(record)]
                self._one(self._insert[table], values_of(record))

    def script(self) -> Script[None]:
        """Execute everything, in order."""
        self._gathered()
        for run in self._runs:
            _ = yield run

    def _save(self, step: Step) -> None:
        match step:
            case CreateRoom(room):
                self._one(self._insert[RoomRow], rows.room_values(room))
                self._many(self._insert[MemberRow], rows.member_values(room))
            case SaveRoom(room):
                self._one(self._upsert[RoomRow], rows.room_values(room))
                self._one(self._statements.drop_members, (room.id,))
                self._many(self._insert[MemberRow], rows.member_values(room))
            case CreateAgent(agent):
                self._one(self._insert[AgentRow], rows.agent_values(agent))
            case SaveSetting(key, None):
                self._one(self._statements.drop_setting, (key,))
            case SaveSetting(key, value):
                self._one(self._upsert[SettingRow], (key, value))
            case ForgetToken(gone) | ForgetTask(gone):
                self._one(self._drop[type(step)], (gone,))
            case SaveAgent(thing) | SaveToken(thing) | SaveHandle(thing) | SaveTask(thing):
                table, values_of = _PLAIN[type(thing)]
                self._one(self._upsert[table], values_of(thing))
            case _:
                raise TypeError(f"{type(step).__name__} has no statement")

    def _rewrite(self, step: Redact | DeleteRoom) -> None:
        match step:
            case Redact(room, offset, tombstone):
                payload = rows.payload_text(tombstone)
                redact = self._statements.redact
                self._one(redact, redact.bind(payload=payload, at_room=room, at_offset=offset))
            case DeleteRoom(room):
                for statement in self._statements.drop_room:
                    self._one(statement, (room,))

    def _gathered(self) -> None:
        self._many(self._insert[MessageRow], self._messages)
        self._many(self._insert[KeyRow], self._keys)
        self._many(self._insert[AuditRow], self._audit)
        self._many(self._statements.move_cursor, self._cursors)
        self._forget_gathered()

    def _forget_gathered(self) -> None:
        self._messages: list[Values] = []
        self._keys: list[Values] = []
        self._audit: list[Values] = []
        self._cursors: list[Values] = []

    def _one(self, statement: Statement, values: Values) -> None:
        last = self._runs[-1] if self._runs else None
        if last is not None and last.statement is statement:
            last.rows.append(values)
        else:
            self._runs.append(Run(statement, [values]))

    def _many(self, statement: Statement, values: list[Values]) -> None:
        if values:
            self._runs.append(Run(statement, values))


_TABLE_OF: dict[type, type[SQLModel]] = {
    CursorRecord: CursorRow,
    HeadRecord: HeadRow,
    Setting: SettingRow,
    KeyRecord: KeyRow,
}
_PLAIN: dict[type, tuple[type[SQLModel], Any]] = {
    Agent: (AgentRow, rows.agent_values),
    TokenRecord: (TokenRow, rows.token_values),
    HandleRecord: (HandleRow, rows.handle_values),
    Task: (TaskRow, rows.task_values),
}
