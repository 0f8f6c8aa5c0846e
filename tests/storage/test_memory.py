"""What is the memory store's own: its epoch, its promise, and the bound of its dedupe keys."""

from storage.memory import MemoryStore
from storage.memory_log import DEDUPE_KEYS
from storage.ports import Receipt, Write
from tests.fakes import an_append


def test_memory_store_says_that_it_forgets() -> None:
    store = MemoryStore(epoch="e1")

    assert store.epoch == "e1"
    assert store.durability == "memory"


async def test_two_memory_stores_share_nothing() -> None:
    one, other = MemoryStore(epoch="e1"), MemoryStore(epoch="e2")
    await one.commit([(an_append("key"),)])

    (outcome,) = await other.commit([(an_append("key"),)])

    assert isinstance(outcome, Receipt)
    assert outcome.repeat is None


async def test_dedupe_keys_of_a_sender_are_bounded_and_the_newest_stay() -> None:
    store = MemoryStore(epoch="e1", keep=10)
    writes: list[Write] = [(an_append(f"m{n}"),) for n in range(DEDUPE_KEYS + 1)]
    await store.commit(writes)

    second, first = await store.commit([(an_append("m1"),), (an_append("m0"),)])

    assert isinstance(second, Receipt)
    assert second.repeat is not None
    assert isinstance(first, Receipt)
    assert first.repeat is None


async def test_dedupe_keys_of_one_sender_do_not_push_out_anothers() -> None:
    store = MemoryStore(epoch="e1", keep=10)
    await store.commit([(an_append("mine", sender="bob"),)])

    await store.commit([(an_append(f"m{n}", sender="ann"),) for n in range(DEDUPE_KEYS + 1)])
    (repeat,) = await store.commit([(an_append("mine", sender="bob"),)])

    assert isinstance(repeat, Receipt)
    assert repeat.repeat is not None


async def test_closing_a_memory_store_loses_nothing_before_the_process_ends() -> None:
    store = MemoryStore(epoch="e1")
    await store.commit([(an_append("key"),)])

    await store.close()

    assert store.bounds("alpha").head == 1
