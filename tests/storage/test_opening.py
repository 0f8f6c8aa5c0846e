"""From an address to a store."""

import pytest

from protocol.errors import InvalidRequest
from storage.memory import MemoryStore
from storage.opening import StoreOptions, open_store
from tests.fakes import an_append

OPTIONS = StoreOptions(new_epoch="e1", keep_messages=2, keep_bytes=1000)


async def test_memory_is_a_memory_store_of_the_new_epoch() -> None:
    store = await open_store("memory", OPTIONS)

    assert isinstance(store, MemoryStore)
    assert store.epoch == "e1"


async def test_options_bound_what_is_kept() -> None:
    store = await open_store("memory", OPTIONS)

    await store.commit([(an_append(f"m{n}", size=10),) for n in range(5)])

    assert store.bounds("alpha").oldest == 4


async def test_option_for_bytes_bounds_what_is_kept() -> None:
    store = await open_store("memory", OPTIONS)

    await store.commit([(an_append(f"m{n}", size=900),) for n in range(2)])

    assert store.bounds("alpha").oldest == 2


@pytest.mark.parametrize("address", ["carrier-pigeon:loft", "", ":", "MEMORY", "/tmp/store"])  # noqa: S108 - no file
async def test_unknown_kind_of_store_is_refused_and_the_known_are_named(address: str) -> None:
    with pytest.raises(InvalidRequest, match=r"known: .*memory") as refusal:
        await open_store(address, OPTIONS)

    assert refusal.value.field == "store"
