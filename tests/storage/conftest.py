"""The stores that keep to the contract; another store is one more row of `STORES`."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.memory import MemoryStore
from storage.ports import Store
from storage.sql.sqlite import open_sqlite
from tests.storage.contract import Opening


async def open_memory(_: Path, keep: int, keep_bytes: int) -> Store:
    return MemoryStore(epoch="first", keep=keep, keep_bytes=keep_bytes)


async def open_sqlite_store(folder: Path, _: int, __: int) -> Store:
    return await open_sqlite(folder / "store.db", epoch="first")


STORES: dict[str, Opening] = {"memory": open_memory, "sqlite": open_sqlite_store}


@pytest.fixture(params=STORES)
def opening(request: pytest.FixtureRequest) -> Opening:
    return STORES[request.param]


@pytest.fixture
async def store(opening: Opening, tmp_path: Path) -> AsyncIterator[Store]:
    store = await opening(tmp_path, 1000, 1024 * 1024)
    yield store
    await store.close()
