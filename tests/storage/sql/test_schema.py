"""The schema is brought forward with its data, and never guessed at."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect

from protocol.errors import InvalidRequest
from storage.sql.schema import MIGRATIONS
from storage.sql.sqlite import open_sqlite
from storage.sql.statements import META_TABLE, TABLES
from storage.sql.tables import Row
from tests.fakes import an_append
from tests.storage.contract import stored
from tests.storage.samples import contents, everything

SECOND = '''"""A step of tomorrow."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    colour = sa.Column("colour", sa.Text, nullable=False, server_default="50% grey; \\'red\\'")
    op.add_column("agents", colour)
    op.create_table("badges", sa.Column("agent_id", sa.Text, primary_key=True), sa.Column("name", sa.Text))
    op.execute("INSERT INTO badges (agent_id, name) SELECT id, handle FROM agents")
'''


@pytest.fixture
def tomorrow(tmp_path: Path) -> Path:
    """Return migrations with a second step, as a later relay has them."""
    folder = tmp_path / "tomorrow"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "versions" / "0002_second.py").write_text(SECOND)
    return folder


def columns(path: Path) -> dict[str, list[tuple[str, str, bool, bool]]]:
    """Return the columns of all tables of a file: name, type, whether optional, whether of the key."""
    engine = create_engine(f"sqlite:///{path}")
    found = inspect(engine)
    keys = {table: found.get_pk_constraint(table)["constrained_columns"] for table in found.get_table_names()}
    tables = {
        table: [
            (column["name"], str(column["type"]), column["nullable"], column["name"] in keys[table])
            for column in found.get_columns(table)
        ]
        for table in found.get_table_names()
    }
    indexes = {table: found.get_indexes(table) for table in found.get_table_names()}
    engine.dispose()
    assert {table for table, entries in indexes.items() if entries} >= {"messages"}
    return tables


async def test_migrations_make_the_tables_that_the_code_knows(tmp_path: Path) -> None:
    await (await open_sqlite(tmp_path / "migrated.db", epoch="e")).close()
    engine = create_engine(f"sqlite:///{tmp_path / 'known.db'}")
    Row.metadata.create_all(engine)
    engine.dispose()

    migrated, known = columns(tmp_path / "migrated.db"), columns(tmp_path / "known.db")

    assert migrated.pop("alembic_version")
    assert migrated == known
    assert set(known) == {str(row.__tablename__) for row in (*TABLES, META_TABLE)}


async def test_older_store_is_brought_forward_with_its_data(tmp_path: Path, tomorrow: Path) -> None:
    path = tmp_path / "store.db"
    store = await open_sqlite(path, epoch="e")
    await store.commit(everything())
    before = await contents(store)
    await store.close()

    store = await open_sqlite(path, epoch="other", migrations=tomorrow)

    assert await contents(store) == before
    assert (await stored(store, an_append("next"))).messages[0].offset == 5
    await store.close()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT * FROM badges").fetchall() == [("ann", "ann")]
    assert connection.execute("SELECT colour FROM agents").fetchall() == [("50% grey; 'red'",)]
    connection.close()


async def test_step_that_fails_leaves_the_older_store_as_it_was(tmp_path: Path, tomorrow: Path) -> None:
    path = tmp_path / "store.db"
    store = await open_sqlite(path, epoch="e")
    await store.commit(everything())
    before = await contents(store)
    await store.close()
    with (tomorrow / "versions" / "0002_second.py").open("a") as step:
        step.write('    op.drop_table("nowhere")\n')

    with pytest.raises(InvalidRequest, match="nowhere"):
        await open_sqlite(path, epoch="e", migrations=tomorrow)

    store = await open_sqlite(path, epoch="e")
    assert await contents(store) == before
    await store.close()


async def test_newer_store_is_refused_and_says_what_is_known(tmp_path: Path, tomorrow: Path) -> None:
    path = tmp_path / "store.db"
    await (await open_sqlite(path, epoch="e", migrations=tomorrow)).close()

    with pytest.raises(InvalidRequest, match=r"newer ClawNet \(schema 0002\); this one knows 0001"):
        await open_sqlite(path, epoch="e")


async def test_database_of_another_program_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (name)")
    connection.close()

    with pytest.raises(InvalidRequest, match="not ClawNet's"):
        await open_sqlite(path, epoch="e")


def test_steps_stand_in_a_line() -> None:
    directory = ScriptDirectory(str(MIGRATIONS))

    assert len(directory.get_heads()) == 1
    assert len(directory.get_bases()) == 1
