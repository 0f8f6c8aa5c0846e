"""From an address to a store."""

from pathlib import Path

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


@pytest.mark.parametrize("scheme", ["json", "sqlite"])
async def test_file_is_made_with_its_folder_and_opened_again(scheme: str, tmp_path: Path) -> None:
    address = f"{scheme}:{tmp_path}/new/store"
    store = await open_store(address, OPTIONS)
    await store.commit([(an_append("m1"),)])
    await store.close()

    again = await open_store(address, StoreOptions(new_epoch="e2", keep_messages=2, keep_bytes=1000))

    assert (again.epoch, again.durability, again.bounds("alpha").head) == ("e1", "disk", 1)
    await again.close()


@pytest.mark.parametrize("scheme", ["postgresql", "postgres"])
async def test_database_is_opened_by_its_connection_string(scheme: str, database: str) -> None:
    store = await open_store(database.replace("postgresql", scheme, 1), OPTIONS)

    assert (store.epoch, store.durability) == ("first", "disk")
    await store.close()


@pytest.mark.parametrize(
    "address", ["json:", "sqlite:", "json", "sqlite:a\0b", "json:~nobody-of-this-name/x"]
)
async def test_file_without_a_path_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(InvalidRequest, match="a path belongs behind"):
        await open_store(address, OPTIONS)


@pytest.mark.parametrize("address", ["json:/proc/clawnet/store", "sqlite:/proc/clawnet/store"])
async def test_path_that_can_not_be_written_is_refused_with_the_reason(address: str) -> None:
    with pytest.raises(InvalidRequest, match=r"the store /proc/clawnet/store can't be written \("):
        await open_store(address, OPTIONS)


async def test_secret_in_an_unknown_address_is_not_repeated() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await open_store("mysql://user:secret@host/db", OPTIONS)

    assert "secret" not in refusal.value.message
