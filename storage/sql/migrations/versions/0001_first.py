"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make all tables."""
    _make_messages()
    _make_people()
    _make_rooms()
    _make_records()


def _make_messages() -> None:
    op.create_table(
        "messages",
        sa.Column("room", sa.Text, primary_key=True),
        sa.Column("offset", BIG, primary_key=True, autoincrement=False),
        *(_text(name) for name in ("id", "ts", "from_id", "from_handle", "to_type", "to_id", "dedupe_key")),
        _text("payload"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_messages_id", "messages", ["room", "id"])
    op.create_table(
        "dedupe_keys",
        sa.Column("from_id", sa.Text, primary_key=True),
        sa.Column("dedupe_key", sa.Text, primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary, nullable=False),
        _text("id"),
        _text("room"),
        sa.Column("offset", BIG, nullable=False),
        _text("ts"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "room_heads",
        sa.Column("room", sa.Text, primary_key=True),
        sa.Column("head", BIG, nullable=False),
        sa.Column("oldest", BIG, nullable=False),
    )


def _make_people() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("handle", sa.Text, nullable=False, unique=True),
        _text("role"),
        _text("created_at"),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Text, primary_key=True),
        _text("agent_id"),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        _text("created_at"),
        *(sa.Column(name, sa.Text) for name in ("expires_at", "revoked_at", "last_used_at", "last_address")),
    )
    op.create_table(
        "handles",
        sa.Column("handle", sa.Text, primary_key=True),
        _text("agent_id"),
        sa.Column("taken_at", sa.Text, primary_key=True),
        sa.Column("released_at", sa.Text),
    )


def _make_rooms() -> None:
    op.create_table(
        "rooms",
        sa.Column("id", sa.Text, primary_key=True),
        *(_text(name) for name in ("kind", "title", "topic", "visibility")),
        sa.Column("owner", sa.Text),
        sa.Column("archived", sa.Boolean, nullable=False),
        _text("created_at"),
    )
    op.create_table(
        "room_members",
        sa.Column("room", sa.Text, sa.ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", BIG, primary_key=True, autoincrement=False),
        _text("agent_id"),
    )
    op.create_table(
        "cursors",
        sa.Column("agent_id", sa.Text, primary_key=True),
        sa.Column("room", sa.Text, primary_key=True),
        sa.Column("offset", BIG, nullable=False),
    )


def _make_records() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.Text, primary_key=True),
        _text("state"),
        _text("created_at"),
        _text("body"),
    )
    op.create_table(
        "audit",
        sa.Column("seq", BIG, primary_key=True, autoincrement=False),
        *(_text(name) for name in ("ts", "actor", "via", "action", "target", "result")),
        sa.Column("address", sa.Text),
        *(_text(name) for name in ("detail", "prev", "hash")),
    )
    for table in ("settings", "meta"):
        op.create_table(table, sa.Column("key", sa.Text, primary_key=True), _text("value"))


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)
