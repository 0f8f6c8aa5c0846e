"""What every durable store promises: it is there again after an end, and a failure leaves no trace."""

import asyncio
import threading
import time
from pathlib import Path

import pytest

from protocol.audit import first_break
from protocol.errors import InvalidRequest, Unavailable
from storage.json_file.store import JsonStore
from storage.memory import MemoryStore
from storage.ports import Bounds, CreateRoom, DeleteRoom, Receipt, Store
from storage.sql.sqlite import SqliteDriver
from storage.sql.store import SqlStore
from tests.fakes import a_room, an_append
from tests.storage.conftest import DURABLE
from tests.storage.contract import Opening, fill, offsets, stored
from tests.storage.samples import contents, everything


@pytest.fixture(params=DURABLE)
def hanging(request: pytest.FixtureRequest) -> Opening:
    """Open a store whose writer is a thread, which a disk can hold up."""
    return DURABLE[request.param]


def hang(store: Store) -> threading.Event:
    """Hold up the writer's thread until the event is set."""
    release = threading.Event()
    writer = store._driver if isinstance(store, SqlStore) else store
    assert isinstance(writer, SqliteDriver | JsonStore)
    writer._writer.submit(release.wait)
    return release


async def open_here(durable: Opening, folder: Path) -> Store:
    return await durable(folder, 1, 1)


async def test_durable_store_says_so(durable: Opening, tmp_path: Path) -> None:
    store = await open_here(durable, tmp_path)

    assert store.durability == "disk"
    await store.close()


async def test_everything_is_there_again_after_an_end(durable: Opening, tmp_path: Path) -> None:
    store = await open_here(durable, tmp_path)
    await store.commit(everything())
    before = await contents(store), store.epoch, await store.audit_head(), await store.rooms()
    await store.close()

    store = await open_here(durable, tmp_path)

    assert (await contents(store), store.epoch, await store.audit_head(), await store.rooms()) == before
    assert (store.bounds("alpha"), store.bounds("beta")) == (Bounds(4, 1), Bounds(1, 1))
    assert await store.cursors("ann") == {"alpha": 3}
    await store.close()


async def test_store_goes_on_after_an_end_where_it_stopped(durable: Opening, tmp_path: Path) -> None:
    store = await open_here(durable, tmp_path)
    await store.commit(everything())
    await store.close()
    store = await open_here(durable, tmp_path)

    taken, next_one = await store.commit([(CreateRoom(a_room("alpha")),), (an_append("next"),)])
    await store.commit(everything())

    assert getattr(taken, "code", None) == "room_exists"
    assert isinstance(next_one, Receipt)
    assert next_one.messages[0].offset == 5
    assert store.bounds("alpha") == Bounds(5, 1)
    assert first_break(await store.audit(limit=9), head=await store.audit_head()) is None
    await store.close()


async def test_pruned_store_keeps_its_heads_after_an_end(durable: Opening, tmp_path: Path) -> None:
    store = await open_here(durable, tmp_path)
    await fill(store, 3)
    await store.prune(before="2027", limit=10)
    await store.close()

    store = await open_here(durable, tmp_path)

    assert store.bounds("alpha") == Bounds(3, 4)
    assert (await stored(store, an_append("next"))).messages[0].offset == 4
    await store.close()


async def test_deleted_room_keeps_its_head_after_an_end_and_in_another_store(
    durable: Opening, tmp_path: Path
) -> None:
    store = await open_here(durable, tmp_path)
    await fill(store, 3)
    await stored(store, DeleteRoom("alpha"))
    await store.close()

    store = await open_here(durable, tmp_path)
    other = MemoryStore(epoch="other")
    await other.load(store.dump())

    assert store.bounds("alpha") == other.bounds("alpha") == Bounds(3, 4)
    assert (await stored(store, an_append("next"))).messages[0].offset == 4
    assert (await stored(other, an_append("next"))).messages[0].offset == 4
    await store.close()


async def test_write_that_is_given_up_in_a_hang_leaves_no_trace(tmp_path: Path, hanging: Opening) -> None:
    store = await hanging(tmp_path, 1, 1)
    await fill(store, 2)
    head = await store.audit_head()
    release = hang(store)

    began = time.monotonic()
    with pytest.raises(Unavailable) as refusal:
        await store.commit([(an_append("lost"),), *everything()[:3]])
    took = time.monotonic() - began

    assert took < 2
    assert refusal.value.retryable
    assert store.bounds("alpha") == Bounds(2, 1)
    assert await store.audit_head() == head
    assert await offsets(store) == [1, 2]
    release.set()
    assert (await stored(store, an_append("lost"))).messages[0].offset == 3
    assert await store.agents() == []
    await store.close()


async def test_loop_goes_on_while_the_store_hangs(tmp_path: Path, hanging: Opening) -> None:
    store = await hanging(tmp_path, 1, 1)
    release = hang(store)
    turns = 0

    async with asyncio.TaskGroup() as group:
        commit = group.create_task(_refused(store))
        while not commit.done():
            await asyncio.sleep(0)
            turns += 1

    assert turns > 100
    release.set()
    await store.close()


async def test_two_openers_at_once_both_find_the_tables(tmp_path: Path, durable: Opening) -> None:
    """Or the second is told that the first is at work, where only one may."""
    opened = await asyncio.gather(
        open_here(durable, tmp_path), open_here(durable, tmp_path), return_exceptions=True
    )

    stores = [store for store in opened if not isinstance(store, BaseException)]
    refusals = [refusal for refusal in opened if isinstance(refusal, BaseException)]
    assert stores
    assert all(isinstance(refusal, InvalidRequest) for refusal in refusals)
    assert len({store.epoch for store in stores}) == 1
    for store in stores:
        await store.close()


async def _refused(store: Store) -> None:
    with pytest.raises(Unavailable):
        await store.commit([(an_append("lost"),)])
