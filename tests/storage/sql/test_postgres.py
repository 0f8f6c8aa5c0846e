"""PostgreSQL that stops, hangs, dies or loses an answer, and addresses that are wrong."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import asyncpg  # type: ignore[import-untyped]
import pytest

from protocol.errors import InvalidRequest, Unavailable
from storage.ports import Bounds
from storage.sql.postgres import open_postgres
from storage.sql.store import SqlStore
from tests.fakes import an_append
from tests.storage.conftest import Cluster
from tests.storage.contract import fill, offsets, stored
from tests.storage.samples import contents, everything


@pytest.fixture
async def store(database: str) -> AsyncIterator[SqlStore]:
    store = await open_postgres(database, epoch="first")
    yield store
    await store.close()


async def backends(database: str) -> list[int]:
    """Return the process ids of the sessions other than one's own."""
    connection = await asyncpg.connect(database)
    rows = await connection.fetch(
        "SELECT pid FROM pg_stat_activity WHERE datname = 'clawnet' AND pid <> pg_backend_pid()"
    )
    await connection.close()
    return [row[0] for row in rows]


async def refused_in_time(store: SqlStore, key: str) -> None:
    """Commit a message to a store that is away."""
    began = time.monotonic()
    with pytest.raises(Unavailable) as refusal:
        await store.commit([(an_append(key),)])
    assert time.monotonic() - began < 2
    assert refusal.value.retryable


async def stored_soon(store: SqlStore, key: str) -> int:
    """Commit a message as a client does, again until it is taken; return its offset."""
    async with asyncio.timeout(5):
        while True:
            try:
                receipt = await stored(store, an_append(key))
            except Unavailable:
                continue
            return receipt.repeat.offset if receipt.repeat else receipt.messages[0].offset


class Proxy:
    """Stands between relay and PostgreSQL and can lose the answer to a COMMIT."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.loses_commits = False
        self._carrying: set[asyncio.Task[None] | None] = set()

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[int]:
        server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        yield server.sockets[0].getsockname()[1]
        server.close()
        await asyncio.gather(*(task for task in self._carrying if task))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._carrying.add(asyncio.current_task())
        back, forth = await asyncio.open_connection("127.0.0.1", self._port)
        lost = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump(reader, forth, lost, is_request=True))
            group.create_task(self._pump(back, writer, lost, is_request=False))
        for end in (forth, writer):
            with suppress(ConnectionError):
                await end.wait_closed()

    async def _pump(
        self,
        source: asyncio.StreamReader,
        target: asyncio.StreamWriter,
        lost: asyncio.Event,
        *,
        is_request: bool,
    ) -> None:
        try:
            while block := await source.read(65536):
                if is_request and self.loses_commits and b"COMMIT" in block:
                    lost.set()
                if is_request or not lost.is_set():
                    target.write(block)
                    await target.drain()
        except ConnectionError:
            pass
        target.close()


async def test_hanging_backend_is_reported_in_time_and_survived(store: SqlStore, database: str) -> None:
    await fill(store, 2)
    stopped = await backends(database)
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)

    await refused_in_time(store, "key")
    assert store.bounds("alpha") == Bounds(2, 1)
    assert await offsets(store) == [1, 2]
    for pid in stopped:
        os.kill(pid, signal.SIGCONT)

    assert await stored_soon(store, "key") == 3
    assert await offsets(store) == [1, 2, 3]


async def test_killed_backend_costs_one_answer_at_most(store: SqlStore, database: str) -> None:
    await fill(store, 2)
    doomed = await backends(database)
    connection = await asyncpg.connect(database)
    for pid in doomed:
        await connection.execute(f"SELECT pg_terminate_backend({pid})")
    await connection.close()

    assert await stored_soon(store, "key") == 3


async def test_crash_of_the_server_loses_nothing_and_is_survived(store: SqlStore, cluster: Cluster) -> None:
    await store.commit(everything())
    before = await contents(store)

    await asyncio.to_thread(cluster.crash)
    await refused_in_time(store, "key")
    assert store.bounds("alpha") == Bounds(4, 1)
    with pytest.raises(Unavailable):
        await store.page("alpha", limit=10)
    await asyncio.to_thread(cluster.resume)

    assert await contents(store) == before
    assert await stored_soon(store, "key") == 5


async def test_commit_whose_answer_is_lost_is_found_by_the_retry(database: str) -> None:
    parts = urlsplit(database)
    assert parts.port
    proxy = Proxy(parts.port)
    async with proxy.serve() as port:
        store = await open_postgres(database.replace(str(parts.port), str(port)), epoch="first")
        await fill(store, 2)

        proxy.loses_commits = True
        await refused_in_time(store, "key")
        assert store.bounds("alpha") == Bounds(2, 1)
        proxy.loses_commits = False
        repeat = await stored(store, an_append("key"))

        assert repeat.repeat is not None
        assert repeat.repeat.offset == 3
        assert store.bounds("alpha") == Bounds(3, 1)
        assert await stored_soon(store, "next") == 4
        await store.close()


async def test_two_relays_write_in_turns_and_neither_repeats_an_offset(
    store: SqlStore, database: str
) -> None:
    other = await open_postgres(database, epoch="x")

    outcomes = await asyncio.gather(
        *(one.commit([(an_append(f"{one is other}-{n}"),)]) for n in range(20) for one in (store, other))
    )

    assert len(outcomes) == 40
    reader = await open_postgres(database, epoch="x")
    assert await offsets(reader) == list(range(1, 41))
    await reader.close()
    await other.close()


async def test_store_keeps_out_of_the_schema_that_supabase_serves(bare_database: str) -> None:
    await (await open_postgres(bare_database, epoch="e")).close()

    connection = await asyncpg.connect(bare_database)
    schemas = await connection.fetch("SELECT DISTINCT schemaname FROM pg_tables WHERE tablename = 'messages'")
    await connection.close()

    assert [row[0] for row in schemas] == ["clawnet"]


async def test_what_other_clients_write_into_a_url_is_left_out(database: str) -> None:
    store = await open_postgres(f"{database}?pgbouncer=true&connection_limit=1&sslmode=prefer", epoch="x")

    assert store.epoch == "first"
    await store.close()


async def test_wrong_password_is_named_and_never_shown(database: str) -> None:
    secret = urlsplit(database).password
    assert secret
    wrong = database.replace(secret, "a-wrong-secret")

    with pytest.raises(InvalidRequest, match="password is wrong") as refusal:
        await open_postgres(wrong, epoch="e")

    assert "a-wrong-secret" not in refusal.value.message
    assert refusal.value.field == "store"


async def test_database_that_is_not_there_is_named(database: str) -> None:
    with pytest.raises(InvalidRequest, match="no such database"):
        await open_postgres(f"{database}-nowhere", epoch="e")


async def test_server_that_is_not_there_is_named() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(InvalidRequest, match=f"127.0.0.1:{port}/db.*nothing can be reached there"):
            await open_postgres(f"postgresql://user:secret@127.0.0.1:{port}/db", epoch="e")


@pytest.mark.parametrize("url", ["postgresql://user:secret@127.0.0.1:port/db", "postgresql://[/db"])
async def test_url_that_makes_no_sense_is_refused_without_its_secret(url: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        await open_postgres(url, epoch="e")

    assert "secret" not in refusal.value.message


async def test_user_who_may_make_nothing_is_told_so(bare_database: str) -> None:
    connection = await asyncpg.connect(bare_database)
    await connection.execute("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'guest'")
    await connection.close()
    parts = urlsplit(bare_database)
    url = f"postgresql://guest:guest@{parts.hostname}:{parts.port}{parts.path}"

    with pytest.raises(InvalidRequest, match="may not make tables"):
        await open_postgres(url, epoch="e")
