"""The store behind a transaction pooler, which hands every transaction to whatever session is free."""

import asyncio
import subprocess

import pytest

from storage.memory import MemoryStore
from storage.ports import Bounds
from storage.sql.postgres import open_postgres
from tests.fakes import an_append
from tests.storage.conftest import TOOL, Cluster
from tests.storage.samples import contents, everything


@pytest.fixture(scope="session")
def pooler(cluster: Cluster) -> str:
    """Start the pooler; it ends with its cluster."""
    started = subprocess.run([TOOL, "pool", cluster.folder], check=True, capture_output=True, text=True)  # noqa: S603
    return started.stdout.strip()


async def test_everything_is_stored_and_read_through_a_pooler(pooler: str, bare_database: str) -> None:
    assert bare_database
    model = MemoryStore(epoch="first")
    await model.commit(everything())

    store = await open_postgres(f"{pooler}?pgbouncer=true", epoch="first")
    await store.commit(everything())

    assert await contents(store) == await contents(model)
    await store.close()


async def test_more_clients_than_sessions_write_and_read_at_once(pooler: str, database: str) -> None:
    assert database
    stores = [await open_postgres(pooler, epoch="x") for _ in range(4)]

    async def write(number: int) -> None:
        for turn in range(10):
            keys = [f"{number}-{turn}-{n}" for n in range(5)]
            await stores[number].commit([(an_append(key),) for key in keys])

    async def read(number: int) -> None:
        for _ in range(20):
            await stores[number].page("alpha", limit=10)
            await stores[number].cursors("ann")

    await asyncio.gather(*(work(number) for number in range(4) for work in (write, read, read)))

    fresh = await open_postgres(pooler, epoch="x")
    assert fresh.bounds("alpha") == Bounds(200, 1)
    assert [message.offset for message in await fresh.page("alpha", after=0, limit=300)] == list(
        range(1, 201)
    )
    for store in (*stores, fresh):
        await store.close()
