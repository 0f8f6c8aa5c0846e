"""The tables. Rows stay in this package: everybody else sees the models of `protocol` and `storage.ports`.

Times are RFC 3339 in UTC with milliseconds, as on the wire. What is only ever read whole is kept as JSON.
"""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text
from sqlmodel import Field, SQLModel

# SQLite keys a table by what is called INTEGER and nothing else; its integers have 64 bits anyway.
BIG = BigInteger().with_variant(Integer, "sqlite")
PLAIN = {"autoincrement": False}  # the relay counts, not the database


class Row(SQLModel):
    """What all tables share."""

    metadata = MetaData()


class MessageRow(Row, table=True):
    """A message in its place."""

    __tablename__ = "messages"
    # The table is its own index by place: a page is one walk along neighbours.
    __table_args__ = (Index("ix_messages_id", "room", "id"), {"sqlite_with_rowid": False})

    room: str = Field(primary_key=True, sa_type=Text)
    offset: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs=PLAIN)
    id: str = Field(sa_type=Text)
    ts: str = Field(sa_type=Text)
    from_id: str = Field(sa_type=Text)
    from_handle: str = Field(sa_type=Text)
    to_type: str = Field(sa_type=Text)
    to_id: str = Field(sa_type=Text)
    dedupe_key: str = Field(sa_type=Text)
    payload: str = Field(sa_type=Text)


class KeyRow(Row, table=True):
    """A dedupe key and the place of the message that it was used for."""

    __tablename__ = "dedupe_keys"
    __table_args__ = {"sqlite_with_rowid": False}

    from_id: str = Field(primary_key=True, sa_type=Text)
    dedupe_key: str = Field(primary_key=True, sa_type=Text)
    fingerprint: bytes = Field(sa_type=LargeBinary)
    id: str = Field(sa_type=Text)
    room: str = Field(sa_type=Text)
    offset: int = Field(sa_type=BIG)
    ts: str = Field(sa_type=Text)


class HeadRow(Row, table=True):
    """A room's newest offset, and the oldest that is kept."""

    __tablename__ = "room_heads"

    room: str = Field(primary_key=True, sa_type=Text)
    head: int = Field(sa_type=BIG)
    oldest: int = Field(sa_type=BIG)


class RoomRow(Row, table=True):
    """A room; its members are in `room_members`, its bounds in `room_heads`."""

    __tablename__ = "rooms"

    id: str = Field(primary_key=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    topic: str = Field(sa_type=Text)
    visibility: str = Field(sa_type=Text)
    owner: str | None = Field(default=None, sa_type=Text)
    archived: bool = Field(sa_type=Boolean)
    created_at: str = Field(sa_type=Text)


class MemberRow(Row, table=True):
    """Who is in a room, in the order of joining."""

    __tablename__ = "room_members"

    room: str = Field(
        primary_key=True, sa_type=Text, sa_column_args=[ForeignKey("rooms.id", ondelete="CASCADE")]
    )
    position: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs=PLAIN)
    agent_id: str = Field(sa_type=Text)


class AgentRow(Row, table=True):
    """An agent; a handle has one bearer."""

    __tablename__ = "agents"

    id: str = Field(primary_key=True, sa_type=Text)
    handle: str = Field(unique=True, sa_type=Text)
    role: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)


class TokenRow(Row, table=True):
    """A token, without its secret."""

    __tablename__ = "tokens"

    id: str = Field(primary_key=True, sa_type=Text)
    agent_id: str = Field(sa_type=Text)
    digest: bytes = Field(sa_type=LargeBinary)
    created_at: str = Field(sa_type=Text)
    expires_at: str | None = Field(default=None, sa_type=Text)
    revoked_at: str | None = Field(default=None, sa_type=Text)
    last_used_at: str | None = Field(default=None, sa_type=Text)
    last_address: str | None = Field(default=None, sa_type=Text)


class HandleRow(Row, table=True):
    """Who bore a handle and when."""

    __tablename__ = "handles"

    handle: str = Field(primary_key=True, sa_type=Text)
    agent_id: str = Field(sa_type=Text)
    taken_at: str = Field(primary_key=True, sa_type=Text)
    released_at: str | None = Field(default=None, sa_type=Text)


class CursorRow(Row, table=True):
    """How far an agent has read a room."""

    __tablename__ = "cursors"

    agent_id: str = Field(primary_key=True, sa_type=Text)
    room: str = Field(primary_key=True, sa_type=Text)
    offset: int = Field(sa_type=BIG)


class TaskRow(Row, table=True):
    """A task as it is now; `body` is the whole task."""

    __tablename__ = "tasks"

    id: str = Field(primary_key=True, sa_type=Text)
    state: str = Field(sa_type=Text)
    created_at: str = Field(sa_type=Text)
    body: str = Field(sa_type=Text)


class AuditRow(Row, table=True):
    """A record of the audit chain."""

    __tablename__ = "audit"

    seq: int = Field(primary_key=True, sa_type=BIG, sa_column_kwargs=PLAIN)
    ts: str = Field(sa_type=Text)
    actor: str = Field(sa_type=Text)
    via: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    target: str = Field(sa_type=Text)
    result: str = Field(sa_type=Text)
    address: str | None = Field(default=None, sa_type=Text)
    detail: str = Field(sa_type=Text)
    prev: str = Field(sa_type=Text)
    hash: str = Field(sa_type=Text)


class SettingRow(Row, table=True):
    """A setting that was changed at run time."""

    __tablename__ = "settings"

    key: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)


class MetaRow(Row, table=True):
    """What is true of the store itself: its epoch, and a load that is under way."""

    __tablename__ = "meta"

    key: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)


def table_of(row: type[SQLModel]) -> Table:
    """Return the Core table behind a row class."""
    table = row.metadata.tables[str(row.__tablename__)]
    assert isinstance(table, Table)
    return table
