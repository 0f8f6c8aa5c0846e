"""The index beside the journal: it hastens a start and is never believed against the journal."""

import asyncio
import shutil
from pathlib import Path

import pytest

from protocol.errors import InvalidRequest
from storage.json_file import engine, snapshot
from storage.json_file.journal import Journal
from storage.json_file.store import open_json
from storage.ports import Bounds
from tests.fakes import an_append
from tests.storage.contract import stored
from tests.storage.samples import a_message, contents, everything


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a journal with everything in it and its index."""
    path = tmp_path / "store.jsonl"
    asyncio.run(_fill(path))
    return path


async def _fill(path: Path) -> None:
    store = await open_json(path, epoch="first")
    await store.commit(everything())
    await store.prune(before="2026-01-01T00:00:00.001Z", limit=1)
    await store.close()


async def _contents(path: Path) -> list[str]:
    store = await open_json(path, epoch="other")
    found = await contents(store)
    await store.close()
    return found


def test_start_with_the_index_and_without_it_find_the_same(path: Path) -> None:
    journal = Journal(path)
    assert snapshot.load(journal) is not None
    journal.close()
    with_index = asyncio.run(_contents(path))
    snapshot.forget(path)

    assert asyncio.run(_contents(path)) == with_index


def test_lines_after_the_index_are_read_too(path: Path) -> None:
    index = snapshot.path_of(path).read_bytes()
    asyncio.run(_say(path, "later"))
    found = asyncio.run(_contents(path))
    snapshot.path_of(path).write_bytes(index)

    assert asyncio.run(_contents(path)) == found
    assert asyncio.run(_bounds(path)) == Bounds(5, 2)


@pytest.mark.parametrize("spoil", [b"", b"garbage", b"00000000{}\n"])
def test_spoilt_index_is_passed_over(path: Path, spoil: bytes) -> None:
    found = asyncio.run(_contents(path))
    snapshot.path_of(path).write_bytes(spoil)

    assert asyncio.run(_contents(path)) == found


def test_damage_in_what_the_index_covers_is_found_at_the_start(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"title":"Alpha"', b'"title":"Omega"', 1))

    with pytest.raises(InvalidRequest, match="damaged at line 3"):
        asyncio.run(_contents(path))


async def test_index_is_saved_while_the_store_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "UNSAVED", 10)
    store = await open_json(tmp_path / "store", epoch="first")
    for number in range(40):
        await stored(store, an_append(f"m{number}"))
    shutil.copytree(tmp_path, tmp_path.parent / "after a crash")
    found = await contents(store)
    await store.close()

    path = tmp_path.parent / "after a crash" / "store"
    journal = Journal(path)
    saved = snapshot.load(journal)
    journal.close()

    assert saved is not None
    assert 28 <= saved[0].saved_lines <= 41
    assert await _contents(path) == found


@pytest.mark.parametrize("obstacle", ["store.index", "store.index.new"])
async def test_index_that_can_not_be_saved_holds_up_nobody_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, obstacle: str
) -> None:
    monkeypatch.setattr(engine, "UNSAVED", 10)
    store = await open_json(tmp_path / "store", epoch="first")
    (tmp_path / obstacle).mkdir()

    for number in range(40):
        await stored(store, an_append(f"m{number}"))
    await store.close()

    assert _files(tmp_path) == ["store"]
    (tmp_path / obstacle).rmdir()
    assert len(await _contents(tmp_path / "store")) > 40


def test_key_and_id_are_found_through_the_index(path: Path) -> None:
    async def look() -> None:
        store = await open_json(path, epoch="other")
        repeat = await stored(store, a_message("m2", "?"))
        message = await store.message("alpha", "id-m3")
        assert repeat.repeat is not None
        assert repeat.repeat.offset == 2
        assert message is not None
        assert message.offset == 3
        await store.close()

    asyncio.run(look())


def _files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_file()]


async def _say(path: Path, key: str) -> None:
    store = await open_json(path, epoch="other")
    await store.commit([(an_append(key),)])
    await store.close()


async def _bounds(path: Path) -> Bounds:
    store = await open_json(path, epoch="other")
    bounds = store.bounds("alpha")
    await store.close()
    return bounds
