"""The SQLite file: private, every commit on disk, and unharmed by what disks and people do."""

import asyncio
import sqlite3
import stat
import time
from pathlib import Path

import pytest

from protocol.errors import InvalidRequest, Unavailable
from storage.ports import Bounds
from storage.sql.sqlite import SqliteDriver, open_sqlite
from storage.sql.store import SqlStore
from tests.fakes import an_append
from tests.storage.contract import fill, offsets, stored
from tests.storage.limits import no_file_beyond


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "store.db"


async def fill_up(store: SqlStore) -> int:
    """Store messages until one is refused; return how many were taken."""
    for n in range(1000):
        try:
            await store.commit([(an_append(f"m{n}", "x" * 5000),)])
        except Unavailable:
            return n
    raise AssertionError


async def test_file_and_folder_are_private(path: Path) -> None:
    store = await open_sqlite(path, epoch="e")
    await fill(store, 1)

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert set(modes.values()) == {0o600}
    await store.close()


async def test_writer_has_every_commit_on_disk_before_it_answers(path: Path) -> None:
    store = await open_sqlite(path, epoch="e")
    driver = store._driver
    assert isinstance(driver, SqliteDriver)
    assert driver._connection is not None

    pragmas = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    settings = [driver._connection.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in pragmas]

    assert settings == ["wal", 2, 1, 1500]
    await store.close()


async def test_lock_of_somebody_else_is_reported_in_time_and_survived(path: Path) -> None:
    store = await open_sqlite(path, epoch="e")
    await fill(store, 2)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    began = time.monotonic()
    with pytest.raises(Unavailable):
        await store.commit([(an_append("key"),)])

    assert time.monotonic() - began < 2
    assert store.bounds("alpha") == Bounds(2, 1)
    assert await offsets(store) == [1, 2]
    other.execute("ROLLBACK")
    other.close()
    assert (await stored(store, an_append("key"))).messages[0].offset == 3
    await store.close()


async def test_full_disk_is_reported_and_survived(path: Path) -> None:
    store = await open_sqlite(path, epoch="e")
    await fill(store, 2)

    with no_file_beyond(path.with_name("store.db-wal").stat().st_size + 2000):
        began = time.monotonic()
        with pytest.raises(Unavailable):
            await store.commit([(an_append("key", "x" * 9000),), (an_append("neighbour"),)])
        assert time.monotonic() - began < 2
        assert await offsets(store) == [1, 2]

    receipt = await stored(store, an_append("key", "x" * 9000))
    assert receipt.messages[0].offset == 3
    assert (await stored(store, an_append("neighbour"))).messages[0].offset == 4
    await store.close()


async def test_acknowledged_messages_survive_a_full_disk_and_an_end(path: Path) -> None:
    store = await open_sqlite(path, epoch="e")
    with no_file_beyond(300_000):
        taken = await fill_up(store)
    await store.close()

    store = await open_sqlite(path, epoch="e")

    assert taken > 3
    assert store.bounds("alpha") == Bounds(taken, 1)
    await store.close()


def test_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("my notes, which are long enough to be no empty file\n" * 50)
    before = path.read_bytes()

    with pytest.raises(InvalidRequest, match="is not a SQLite database"):
        asyncio.run(open_sqlite(path, epoch="e"))

    assert path.read_bytes() == before


async def test_locked_file_is_refused_at_the_start_with_the_reason(path: Path) -> None:
    await (await open_sqlite(path, epoch="e")).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")

    with pytest.raises(InvalidRequest, match="locked"):
        await open_sqlite(path, epoch="e")

    other.close()


async def test_second_writer_is_noticed_and_its_messages_are_counted(path: Path) -> None:
    one, other = await open_sqlite(path, epoch="e"), await open_sqlite(path, epoch="e")
    await fill(one, 2)

    receipt = await stored(other, an_append("other"))
    repeat = await stored(other, an_append("m1", "text 1"))

    assert receipt.messages[0].offset == 3
    assert repeat.repeat is not None
    await one.close()
    await other.close()


async def test_reads_and_writes_go_on_beside_a_dump(path: Path) -> None:
    store = await open_sqlite(path, epoch="e")
    await fill(store, 20)
    dump = store.dump()
    await anext(dump)

    pages = await asyncio.gather(*(offsets(store) for _ in range(5)))
    await stored(store, an_append("meanwhile"))

    assert pages == [list(range(1, 21))] * 5
    assert len([record async for record in dump]) == 41
    await store.close()


async def test_file_that_went_away_does_not_come_back_empty(path: Path) -> None:
    store = await open_sqlite(path, epoch="e")
    await fill(store, 1)
    driver = store._driver
    assert isinstance(driver, SqliteDriver)
    driver._drop()
    for file in path.parent.iterdir():
        file.rename(file.with_name(f"away-{file.name}"))

    with pytest.raises(Unavailable):
        await store.commit([(an_append("key"),)])

    assert path not in path.parent.iterdir()
    await store.close()
