"""Every statement that the relay sends to a database, compiled once from the tables for one dialect."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    Dialect,
    Table,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement, Select
from sqlalchemy.sql.compiler import SQLCompiler
from sqlmodel import SQLModel

from storage.sql.tables import (
    AgentRow,
    AuditRow,
    CursorRow,
    HandleRow,
    HeadRow,
    KeyRow,
    MemberRow,
    MessageRow,
    MetaRow,
    RoomRow,
    SettingRow,
    TaskRow,
    TokenRow,
    table_of,
)

Values = tuple[Any, ...]

MESSAGES, KEYS, HEADS = table_of(MessageRow), table_of(KeyRow), table_of(HeadRow)
ROOMS, MEMBERS, CURSORS = table_of(RoomRow), table_of(MemberRow), table_of(CursorRow)
AUDIT, SETTINGS, META = table_of(AuditRow), table_of(SettingRow), table_of(MetaRow)
TOKENS = table_of(TokenRow)
TASKS = table_of(TaskRow)
# Parents before children, so that the reverse order empties them.
TABLES: tuple[type[SQLModel], ...] = (
    RoomRow,
    MemberRow,
    AgentRow,
    TokenRow,
    HandleRow,
    SettingRow,
    TaskRow,
    CursorRow,
    AuditRow,
    HeadRow,
    KeyRow,
    MessageRow,
)

META_TABLE: type[SQLModel] = MetaRow
# Supabase serves its schema `public` to the world; a schema of our own it leaves alone.
SCHEMA = "clawnet"


@dataclass(frozen=True, eq=False, slots=True)
class Statement:
    """SQL text and the names of its parameters in order."""

    sql: str
    names: tuple[str, ...]

    def bind(self, **values: Any) -> Values:
        """Put values in the order of the parameters."""
        return tuple(values[name] for name in self.names)


class Statements:
    """The statements in the words of one dialect; a row's values stand in the order of its columns."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._schema = SCHEMA if dialect.name == "postgresql" else None
        self.dialect_name = dialect.name
        self.insert = {row: self._of(insert(table_of(row))) for row in (*TABLES, META_TABLE)}
        self.upsert = {row: self._upsert(table_of(row)) for row in (*TABLES, META_TABLE)}
        self.all = {row: self._of(_ordered(table_of(row))) for row in (*TABLES, META_TABLE)}
        self.empty = {row: self._of(delete(table_of(row))) for row in TABLES}
        self.any = {row: self._of(select(exists(select(table_of(row))))) for row in TABLES}
        self.upsert_meta = self.upsert[META_TABLE]
        self._build_messages()
        self._build_pruning()
        self._build_rest()

    def _build_messages(self) -> None:
        room, offset = MESSAGES.c.room, MESSAGES.c.offset
        span = and_(room == bindparam("room"), offset >= bindparam("start"), offset < bindparam("stop"))
        self.slice = self._of(select(MESSAGES).where(span).order_by(offset))
        by_id = and_(room == bindparam("room"), MESSAGES.c.id == bindparam("id"))
        self.by_id = self._of(select(MESSAGES).where(by_id).order_by(offset.desc()))
        place = and_(room == bindparam("at_room"), offset == bindparam("at_offset"))
        self.redact = self._of(update(MESSAGES).where(place).values(payload=bindparam("payload")))
        self.known_keys = Statement(_KNOWN_KEYS[self._dialect.name], ("keys",))

    def _build_pruning(self) -> None:
        eldest = and_(MESSAGES.c.room == HEADS.c.room, MESSAGES.c.offset == HEADS.c.oldest)
        columns = (HEADS.c.room, HEADS.c.head, HEADS.c.oldest, MESSAGES.c.ts)
        self.eldest = self._of(select(*columns).join(MESSAGES, eldest).order_by(HEADS.c.room))
        self.drop_messages = self._of(
            delete(MESSAGES).where(
                and_(MESSAGES.c.room == bindparam("room"), MESSAGES.c.offset < bindparam("stop"))
            )
        )
        key = and_(KEYS.c.from_id == bindparam("from_id"), KEYS.c.dedupe_key == bindparam("dedupe_key"))
        self.drop_key = self._of(delete(KEYS).where(key))

    def _build_rest(self) -> None:
        self.drop_room = [
            self._of(delete(table).where(column == bindparam("room")))
            for table, column in (
                (MESSAGES, MESSAGES.c.room),
                (KEYS, KEYS.c.room),
                (CURSORS, CURSORS.c.room),
                (ROOMS, ROOMS.c.id),
            )
        ]
        self.drop_members = self._of(delete(MEMBERS).where(MEMBERS.c.room == bindparam("room")))
        self.drop_setting = self._of(delete(SETTINGS).where(SETTINGS.c.key == bindparam("key")))
        self.drop_token = self._of(delete(TOKENS).where(TOKENS.c.id == bindparam("id")))
        self.drop_task = self._of(delete(TASKS).where(TASKS.c.id == bindparam("id")))
        self.drop_meta = self._of(delete(META).where(META.c.key == bindparam("key")))
        self.cursors_of = self._of(select(CURSORS).where(CURSORS.c.agent_id == bindparam("agent_id")))
        self.move_cursor = self._upsert(CURSORS, only_on=CURSORS.c.offset)
        seq = AUDIT.c.seq
        span = and_(seq >= bindparam("start"), seq < bindparam("stop"))
        self.audit_slice = self._of(select(AUDIT).where(span).order_by(seq))
        newest = select(func.max(seq)).scalar_subquery()
        oldest = select(func.min(seq)).scalar_subquery()
        self.audit_ends = self._of(select(seq, AUDIT.c.hash, oldest).where(seq == newest))

    def _upsert(self, table: Table, only_on: Column[Any] | None = None) -> Statement:
        kind = postgresql.insert if self._dialect.name == "postgresql" else sqlite.insert
        statement = kind(table)
        others = [column.name for column in table.columns if not column.primary_key]
        changes: dict[str, Any] = {name: statement.excluded[name] for name in others}
        if only_on is not None:
            # A cursor only moves on, whatever order the writes come in.
            new = statement.excluded[only_on.name]
            changes[only_on.name] = case((new > only_on, new), else_=only_on)
        return self._of(statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes))

    def _of(self, clause: ClauseElement) -> Statement:
        if self._schema:
            compiled = clause.compile(
                dialect=self._dialect, schema_translate_map={None: self._schema}, render_schema_translate=True
            )
        else:
            compiled = clause.compile(dialect=self._dialect)
        assert isinstance(compiled, SQLCompiler)
        return Statement(str(compiled), tuple(compiled.positiontup or ()))


def _ordered(table: Table) -> Select[Any]:
    return select(table).order_by(*table.primary_key)


# One parameter for all keys: the statement stays the same whatever the size of the batch.
_KNOWN_KEYS = {
    "sqlite": """
SELECT k.from_id, k.dedupe_key, k.fingerprint, k.id, k.room, k."offset", k.ts
FROM json_each(?) AS asked CROSS JOIN dedupe_keys AS k
ON k.from_id = json_extract(asked.value, '$[0]') AND k.dedupe_key = json_extract(asked.value, '$[1]')
""",
    "postgresql": """
SELECT k.from_id, k.dedupe_key, k.fingerprint, k.id, k.room, k."offset", k.ts
FROM jsonb_array_elements($1::TEXT::JSONB) AS asked(pair) JOIN clawnet.dedupe_keys AS k
ON k.from_id = asked.pair->>0 AND k.dedupe_key = asked.pair->>1
""",
}
