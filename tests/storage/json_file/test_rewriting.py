"""A journal is written anew without what no longer counts, while everything goes on."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.json_file import engine
from storage.json_file.lines import encode
from storage.json_file.store import JsonStore, open_json
from storage.ports import Bounds, MoveCursor, Redact, SaveSetting, Write
from tests.fakes import an_append
from tests.storage.contract import a_tombstone, fill, offsets, stored
from tests.storage.samples import a_message, contents, everything

SLACK = 200


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(engine, "SLACK", SLACK)
    return tmp_path / "store.jsonl"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[JsonStore]:
    store = await open_json(path, epoch="first")
    yield store
    await store.close()


async def waste(store: JsonStore, lines: int) -> None:
    """Add lines that are superseded at once."""
    writes: list[Write] = [(SaveSetting("busy", str(n)),) for n in range(lines)]
    await store.commit(writes)


async def rewritten(store: JsonStore, path: Path) -> int:
    """Wait for the journal to shrink; return its lines."""
    while store._compacting.is_running:
        await offsets(store, limit=1)
    return len(await asyncio.to_thread(lambda: path.read_bytes().splitlines()))


async def test_rewritten_journal_holds_the_same_in_fewer_lines(store: JsonStore, path: Path) -> None:
    await store.commit(everything())
    await fill(store, 50, room="gamma")
    await stored(store, Redact("gamma", 7, a_tombstone(7)))
    await store.prune(before="2026-01-01T00:00:00.001Z", limit=3)
    await waste(store, 5)
    before = await contents(store), await store.audit_head()

    await waste(store, 3 * SLACK)
    await stored(store, SaveSetting("busy", "4"))

    assert await rewritten(store, path) < 80
    assert (await contents(store), await store.audit_head()) == before
    assert store.bounds("alpha") == Bounds(4, 4)


async def test_rewritten_journal_opens_and_goes_on(store: JsonStore, path: Path) -> None:
    await store.commit(everything())
    await waste(store, 3 * SLACK)
    await rewritten(store, path)
    await fill(store, 3, room="gamma")
    before = await contents(store)
    await store.close()
    path.with_name("store.jsonl.index").unlink()

    again = await open_json(path, epoch="x")

    assert await contents(again) == before
    repeat = await stored(again, a_message("m3", "?"))
    assert repeat.repeat is not None
    await again.close()


async def test_writes_reads_and_dumps_go_on_meanwhile(store: JsonStore, path: Path) -> None:
    await fill(store, 400)
    dump = store.dump()
    await anext(dump)
    await waste(store, 3 * SLACK + 1000)
    taken = 0
    while store._compacting.is_running:
        await stored(store, an_append(f"meanwhile-{taken}"), MoveCursor("ann", "alpha", taken))
        taken += 1
        assert await offsets(store, after=398, limit=2) == [399, 400]

    await rewritten(store, path)

    assert await offsets(store, before=taken + 401, limit=100) == list(range(400 + taken, 0, -1))[:100][::-1]
    assert store.bounds("alpha") == Bounds(400 + taken, 1)
    assert len([record async for record in dump]) == 801
    repeat = await stored(store, an_append("m1", "text 1"))
    assert repeat.repeat is not None


async def test_lock_stays_with_the_file_that_took_the_place(store: JsonStore, path: Path) -> None:
    await waste(store, 3 * SLACK)
    await rewritten(store, path)

    with pytest.raises(Exception, match="in use by another process"):
        await open_json(path, epoch="x")


async def test_damage_in_a_rewritten_journal_is_never_cut(store: JsonStore, path: Path) -> None:
    await fill(store, 10)
    await waste(store, 3 * SLACK)
    await rewritten(store, path)
    await store.close()
    path.with_name("store.jsonl.index").unlink()
    spoil(path)

    with pytest.raises(Exception, match="is damaged at line"):
        await open_json(path, epoch="x")


def spoil(path: Path) -> None:
    """Change one message."""
    path.write_bytes(path.read_bytes().replace(b"text 9", b"text 0", 1))


async def test_rest_of_an_append_that_failed_is_not_taken_along(store: JsonStore, path: Path) -> None:
    await fill(store, 3)
    journal = store._engine.current[0]
    new, moment = store._engine.begin_compacting()
    new.add(moment.entries())
    left = encode({"type": "setting", "key": "k", "value": "failed"}, tx=journal.tx + 1, is_last=True)
    leave(path, left)

    store._engine.compact(new, moment)

    assert await store.settings() == {}
    assert await offsets(store) == [1, 2, 3]


def leave(path: Path, line: bytes) -> None:
    """Put bytes at the end of the journal behind the store's back."""
    with path.open("ab") as file:
        file.write(line)
