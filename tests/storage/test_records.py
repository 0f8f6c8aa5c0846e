"""Everything moves from any store to any other, and arrives as it was."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from protocol.audit import first_break
from protocol.errors import Conflict
from storage.memory import MemoryStore
from storage.ports import Bounds, CreateRoom, Receipt, Store, Write
from storage.records import HeadRecord, KeyRecord, Origin, Record
from tests.fakes import a_room, an_append
from tests.storage.contract import Opening, fill, offsets, stored
from tests.storage.samples import a_message, contents, everything, stream


async def a_full_store() -> MemoryStore:
    store = MemoryStore(epoch="of the source")
    await store.commit(everything())
    return store


async def test_dump_of_a_store_is_what_was_stored(store: Store) -> None:
    model = MemoryStore(epoch="first")
    await model.commit(everything())

    await store.commit(everything())

    assert await contents(store) == await contents(model)


async def test_loaded_store_holds_what_the_source_holds(store: Store) -> None:
    source = await a_full_store()

    await store.load(source.dump())

    assert await contents(store) == await contents(source)
    assert store.epoch == "of the source"
    assert store.bounds("alpha") == Bounds(4, 1)


async def test_store_gives_back_what_it_was_loaded_with(store: Store) -> None:
    source = await a_full_store()
    await store.load(source.dump())
    copy = MemoryStore(epoch="x")

    await copy.load(store.dump())

    assert await contents(copy) == await contents(source)
    assert await copy.page("alpha", limit=10) == await source.page("alpha", limit=10)


async def test_loaded_store_goes_on_where_the_source_stopped(store: Store) -> None:
    await store.load((await a_full_store()).dump())

    (repeat, taken) = await store.commit([(a_message("m3", "?"),), (CreateRoom(a_room("alpha")),)])
    receipt = await stored(store, an_append("next"))

    assert isinstance(repeat, Receipt)
    assert repeat.repeat is not None
    assert repeat.repeat.offset == 3
    assert not isinstance(taken, Receipt)
    assert receipt.messages[0].offset == 5
    assert first_break(await store.audit(limit=9), head=await store.audit_head()) is None


async def test_key_whose_message_is_gone_is_taken_along(store: Store) -> None:
    source = MemoryStore(epoch="x", keep=2)
    await fill(source, 5)

    await store.load(source.dump())
    repeat = await stored(store, an_append("m1", "text 1"))

    assert store.bounds("alpha") == Bounds(5, 4)
    assert repeat.repeat is not None
    assert repeat.repeat.offset == 1


async def test_room_without_messages_keeps_its_head(store: Store) -> None:
    await store.load(stream(Origin("x"), HeadRecord("alpha", 7, 8)))

    receipt = await stored(store, an_append("next"))

    assert receipt.messages[0].offset == 8
    assert store.bounds("alpha") == Bounds(8, 8)


async def test_store_that_holds_something_refuses_a_dump(store: Store) -> None:
    await fill(store, 1)

    with pytest.raises(Conflict):
        await store.load((await a_full_store()).dump())

    assert await offsets(store) == [1]
    assert store.epoch == "first"


async def test_source_that_breaks_off_leaves_the_store_empty(store: Store) -> None:
    with pytest.raises(ConnectionError):
        await store.load(_broken_off())

    assert await contents(store) == [f"Origin {Origin('first')!r}"]
    await store.load((await a_full_store()).dump())
    assert store.bounds("alpha") == Bounds(4, 1)


async def test_dump_shows_one_moment(store: Store) -> None:
    await fill(store, 3)
    dump = store.dump()
    first = await anext(dump)

    await store.commit([(an_append("late"),)])
    rest = [record async for record in dump]

    assert first == Origin("first")
    assert [record.offset for record in rest if isinstance(record, KeyRecord)] == [1, 2, 3]
    assert [record for record in rest if isinstance(record, HeadRecord)] == [HeadRecord("alpha", 3, 1)]


async def test_many_messages_arrive_whole(opening: Opening, tmp_path: Path) -> None:
    source = MemoryStore(epoch="x", keep=5000)
    writes: list[Write] = [(an_append(f"m{n}", room=f"room-{n % 3}"),) for n in range(2100)]
    await source.commit(writes)
    store = await opening(tmp_path, 5000, 1 << 30)

    await store.load(source.dump())

    assert [store.bounds(f"room-{n}") for n in range(3)] == [Bounds(700, 1)] * 3
    assert await store.page("room-2", after=690, limit=50) == await source.page("room-2", after=690, limit=50)
    await store.close()


async def _broken_off() -> AsyncIterator[Record]:
    async for record in (await a_full_store()).dump():
        yield record
    raise ConnectionError
