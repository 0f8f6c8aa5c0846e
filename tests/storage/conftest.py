"""The stores that keep to the contract; another store is one more row of `STORES`."""

import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest

from storage.json_file.store import open_json
from storage.memory import MemoryStore
from storage.ports import Store
from storage.sql.postgres import open_postgres
from storage.sql.sqlite import open_sqlite
from storage.sql.statements import TABLES
from tests.storage.contract import Opening

TOOL = Path(__file__).parent.parent.parent / "tools" / "postgres.sh"


async def open_memory(_: Path, keep: int, keep_bytes: int) -> Store:
    return MemoryStore(epoch="first", keep=keep, keep_bytes=keep_bytes)


async def open_json_store(folder: Path, _: int, __: int) -> Store:
    return await open_json(folder / "store.jsonl", epoch="first")


async def open_sqlite_store(folder: Path, _: int, __: int) -> Store:
    return await open_sqlite(folder / "store.db", epoch="first")


BOUNDED: dict[str, Opening] = {"memory": open_memory}
DURABLE: dict[str, Opening] = {"json": open_json_store, "sqlite": open_sqlite_store}
STORES = BOUNDED | DURABLE


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL of our own."""

    url: str
    folder: str

    def crash(self) -> None:
        """End it at once."""
        subprocess.run([TOOL, "crash", self.folder], check=True)  # noqa: S603

    def resume(self) -> None:
        """Start it again with its data, on its port."""
        subprocess.run([TOOL, "resume", self.folder], check=True, stdout=subprocess.DEVNULL)  # noqa: S603


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """Start PostgreSQL; the folder is not pytest's, which nobody else may enter."""
    with tempfile.TemporaryDirectory(prefix="clawnet-pg-") as folder:
        started = subprocess.run([TOOL, "start", folder], check=True, capture_output=True, text=True)  # noqa: S603
        yield Cluster(started.stdout.strip(), folder)
        subprocess.run([TOOL, "stop", folder], check=True)  # noqa: S603


@pytest.fixture
async def bare_database(cluster: Cluster) -> str:
    """Return the URL of a database without a store."""
    connection = await asyncpg.connect(cluster.url)
    await connection.execute("DROP SCHEMA IF EXISTS clawnet CASCADE")
    await connection.close()
    return cluster.url


@pytest.fixture
async def database(cluster: Cluster) -> str:
    """Return the URL of a database with an empty store: to make its tables each time would take long."""
    store = await open_postgres(cluster.url, epoch="first")
    await store.close()
    connection = await asyncpg.connect(cluster.url)
    for row in reversed(TABLES):
        await connection.execute(f"DELETE FROM clawnet.{row.__tablename__}")  # noqa: S608 - names of ours
    await connection.execute("UPDATE clawnet.meta SET value = 'first'")
    await connection.close()
    return cluster.url


@pytest.fixture(params=BOUNDED)
def bounded(request: pytest.FixtureRequest) -> Opening:
    """Open a store that keeps only so much of each room."""
    return BOUNDED[request.param]


@pytest.fixture(params=[*STORES, "postgresql"])
def opening(request: pytest.FixtureRequest) -> Opening:
    """Open a store; the second time in the same folder it is the same store."""
    return _opening(request)


@pytest.fixture(params=[*DURABLE, "postgresql"])
def durable(request: pytest.FixtureRequest) -> Opening:
    """Open a store that lasts."""
    return _opening(request)


@pytest.fixture
async def store(opening: Opening, tmp_path: Path) -> AsyncIterator[Store]:
    store = await opening(tmp_path, 1000, 1024 * 1024)
    yield store
    await store.close()


def _opening(request: pytest.FixtureRequest) -> Opening:
    if request.param in STORES:
        return STORES[request.param]
    database: str = request.getfixturevalue("database")

    async def open_postgresql_store(_: Path, __: int, ___: int) -> Store:
        return await open_postgres(database, epoch="first")

    return open_postgresql_store
