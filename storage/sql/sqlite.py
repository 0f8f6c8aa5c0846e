"""SQLite: one thread writes, a few read, and none of it happens on the event loop."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.dialects import sqlite

from protocol.errors import ClawNetError, Internal, Unavailable
from storage.files import make_private, one_at_a_time, sync_folder, unusable
from storage.sql import schema
from storage.sql.driver import Clash, Fetch, Query, Stream, T, Work, run_script
from storage.sql.statements import Statement, Statements, Values
from storage.sql.store import SqlStore
from storage.trouble import PATIENCE

READERS = 2
BUSY = 1.5  # seconds to wait for somebody else's lock, below the patience of the store
FETCH = 500
_TABLES = Statement(
    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite~_%' ESCAPE '~'",
    (),
)
# FULL and not NORMAL: what is acknowledged survives a loss of power. macOS needs a flush of its own for that.
_WRITER: tuple[str, ...] = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA fullfsync = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = FAST",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA cache_size = -16384",
)
_READER = ("PRAGMA query_only = ON",)
_log = logging.getLogger("clawnet.storage")


class SqliteDriver:
    """Transactions on a file in WAL mode; a connection that failed is made anew."""

    def __init__(self, path: Path) -> None:
        self.statements = _statements()
        self._path = path
        self._writer = ThreadPoolExecutor(1, "clawnet-writer")
        self._readers = ThreadPoolExecutor(READERS, "clawnet-reader")
        self._connection: sqlite3.Connection | None = None
        self._local = threading.local()
        self._reading: list[sqlite3.Connection] = []
        self._is_closed = False

    async def write(self, work: Work[T]) -> T:
        return await _in(self._writer, partial(self._write, work))

    async def read(self, work: Work[T]) -> T:
        return await _in(self._readers, partial(self._read, work))

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Stream]:
        # A thread of its own, so that a long dump holds up no reader.
        with ThreadPoolExecutor(1, "clawnet-dump") as thread:
            connection = await _in(thread, self._open_moment)
            try:
                yield _SqliteStream(thread, connection)
            finally:
                await _in(thread, connection.close)

    async def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            await asyncio.to_thread(self._close)

    def check(self) -> None:
        """Look at the file before anything is asked of it.

        Raises:
            InvalidRequest: it can't be a store, with the reason.
        """
        make_private(self._path)
        try:
            with one_at_a_time(self._path.parent):
                self._connected()
        except sqlite3.Error as error:
            self._drop()
            raise _refusal(self._path, error) from None
        sync_folder(self._path.parent)

    def _write(self, work: Work[T]) -> T:
        with self._translated():
            connection = self._connected()
            connection.execute("BEGIN IMMEDIATE")
            result = run_script(work(), partial(_execute, connection))
            connection.execute("COMMIT")
            return result

    def _read(self, work: Work[T]) -> T:
        try:
            connection = self._reader()
            connection.execute("BEGIN")
            try:
                return run_script(work(), partial(_execute, connection))
            finally:
                connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            self._local.connection = None
            raise _failure(error) from error

    def _reader(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect(_READER)
            self._reading.append(connection)
        return connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError as error:
            self._roll_back()
            raise Clash(str(error)) from None
        except sqlite3.Error as error:
            # After an I/O error SQLite may refuse everything until the file is opened anew.
            self._drop()
            raise _failure(error) from error
        except BaseException:
            self._roll_back()
            raise

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect(_WRITER)
        return self._connection

    def _connect(self, pragmas: tuple[str, ...]) -> sqlite3.Connection:
        # `rw` and never `rwc`: a file that went away must not come back empty.
        address = f"file:{quote(str(self._path.absolute()))}?mode=rw"
        connection = sqlite3.connect(
            address, uri=True, timeout=BUSY, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in pragmas:
                connection.execute(pragma)
            connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        except BaseException:
            connection.close()
            raise
        return connection

    def _open_moment(self) -> sqlite3.Connection:
        connection = self._connect(_READER)
        connection.execute("BEGIN")
        # A deferred transaction begins with its first read.
        connection.execute("SELECT 1 FROM meta").fetchone()
        return connection

    def _roll_back(self) -> None:
        if self._connection is not None and self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _close(self) -> None:
        self._readers.shutdown()
        for connection in self._reading:
            connection.close()
        # A writer that hangs on a dead disk must not keep the relay from ending.
        with suppress(TimeoutError):
            self._writer.submit(self._drop).result(PATIENCE)
        self._writer.shutdown(wait=False)


class _SqliteStream:
    def __init__(self, thread: ThreadPoolExecutor, connection: sqlite3.Connection) -> None:
        self._thread = thread
        self._connection = connection

    async def rows(self, statement: Statement) -> AsyncIterator[list[Values]]:
        cursor = await _in(self._thread, partial(self._connection.execute, statement.sql))
        while rows := await _in(self._thread, partial(cursor.fetchmany, FETCH)):
            yield rows


async def open_sqlite(path: Path, *, epoch: str, migrations: Path = schema.MIGRATIONS) -> SqlStore:
    """Open the store in the file `path`, or make it.

    Raises:
        InvalidRequest: the file is not a store of ClawNet, is newer than this relay, or can't be written.
    """
    driver = SqliteDriver(path)
    prepare = partial(
        schema.prepare,
        driver.statements,
        epoch=epoch,
        migrations=migrations,
        tables=_TABLES,
        where=f"the store {path}",
    )
    try:
        await asyncio.to_thread(driver.check)
        await driver.write(prepare)
        return await SqlStore.open(driver)
    except ClawNetError as error:
        await driver.close()
        if isinstance(error, Unavailable):
            raise unusable(path, f"can't be opened ({error.__cause__})") from None
        raise


@cache
def _statements() -> Statements:
    return Statements(sqlite.dialect())


async def _in(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(pool, work)


def _execute(connection: sqlite3.Connection, query: Query) -> list[Values]:
    if isinstance(query, Fetch):
        return connection.execute(query.statement.sql, query.values).fetchall()
    if len(query.rows) == 1:
        connection.execute(query.statement.sql, query.rows[0]).fetchall()
    else:
        connection.executemany(query.statement.sql, query.rows)
    return []


def _failure(error: sqlite3.Error) -> ClawNetError:
    if isinstance(error, sqlite3.OperationalError):
        return Unavailable("the store can't be reached now", retry_after=1.0)
    _log.error("the database is damaged", exc_info=error)
    return Internal("the store is damaged")


def _refusal(path: Path, error: sqlite3.Error) -> ClawNetError:
    if isinstance(error, sqlite3.OperationalError):
        return unusable(path, f"can't be opened ({error})")
    return unusable(path, "is not a SQLite database")
