"""PostgreSQL, Supabase's included: raw asyncpg, and nothing that a transaction pooler would not carry.

A pooler may hand every transaction to another server session. So there are no prepared statements that
outlive one, no session settings, no session locks; and each read stands in a transaction of its own.
"""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import cache, partial
from typing import Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import asyncpg  # type: ignore[import-untyped]
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from protocol.errors import ClawNetError, InvalidRequest, Unavailable
from storage.sql import schema
from storage.sql.driver import Clash, Fetch, Query, Stream, T, Work, run_script_async
from storage.sql.statements import SCHEMA, Statement, Statements, Values
from storage.sql.store import SqlStore

READERS = 3
OPENING = 15.0  # seconds for all that is done at the start, a migration aside
FETCH = 500
LOCK = 0x436C6177  # who holds it writes; it belongs to the transaction, so that no pooler can mislay it
# What the client gives up, the server gives up as well: no lock stays behind.
_LIMITS = "SET LOCAL lock_timeout = '1500ms'; SET LOCAL idle_in_transaction_session_timeout = '5s'"
_TAKE_TURN = f"SELECT pg_advisory_xact_lock({LOCK})"
_BEGIN_WRITE = f"BEGIN; {_LIMITS}; SET LOCAL synchronous_commit = on; {_TAKE_TURN}"
_BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_BEGIN_MOMENT = f"{_BEGIN_READ}; SELECT 1"  # the moment is that of the first query, not of BEGIN
# `IF NOT EXISTS` would ask for the right to make schemas even where there is nothing to make.
_MAKE_SCHEMA = (
    f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = '{SCHEMA}')"
    f" THEN CREATE SCHEMA {SCHEMA}; END IF; END $$"
)
_BEGIN_PREPARE = f"BEGIN; {_TAKE_TURN}; {_MAKE_SCHEMA}; SET LOCAL search_path = {SCHEMA}"
_TABLES = Statement(f"SELECT tablename::TEXT FROM pg_tables WHERE schemaname = '{SCHEMA}'", ())  # noqa: S608
_MAY_PASS = (
    OSError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.TransactionRollbackError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.InvalidTransactionStateError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.QueryCanceledError,
)
_log = logging.getLogger("clawnet.storage")


class Connection(Protocol):
    """What is used of a connection of asyncpg; its records are tuples, which is all that is asked of them."""

    async def execute(self, query: str) -> str: ...

    async def executemany(self, query: str, rows: Iterable[Values]) -> None: ...

    async def fetch(self, query: str, *values: object) -> list[Values]: ...

    async def close(self) -> None: ...

    def terminate(self) -> None: ...

    def is_closed(self) -> bool: ...


class PostgresDriver:
    """Transactions over a few connections, made when needed and thrown away when anything goes wrong."""

    def __init__(self, url: str, writer: Connection) -> None:
        self.statements = _statements()
        self._url = _plain(url)
        self._writer: Connection | None = writer
        self._idle: list[Connection] = []
        self._reading = asyncio.Semaphore(READERS)

    async def write(self, work: Work[T]) -> T:
        return await self._write(_BEGIN_WRITE, work)

    async def prepare(self, work: Work[T]) -> T:
        """Run a script that makes or changes tables."""
        return await self._write(_BEGIN_PREPARE, work)

    async def read(self, work: Work[T]) -> T:
        async with self._reading:
            connection = await self._from(self._idle.pop() if self._idle else None)
            async with _thrown_away_on_failure(connection):
                await connection.execute(_BEGIN_READ)
                result = await run_script_async(work(), partial(_execute, connection))
                await connection.execute("COMMIT")
            self._idle.append(connection)
            return result

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Stream]:
        connection = await self._from(None)
        async with _thrown_away_on_failure(connection):
            await connection.execute(_BEGIN_MOMENT)
            yield _PostgresStream(connection)
            await connection.execute("COMMIT")
        await connection.close()

    async def close(self) -> None:
        for connection in (self._writer, *self._idle):
            if connection is not None:
                connection.terminate()

    async def _write(self, begin: str, work: Work[T]) -> T:
        connection, self._writer = await self._from(self._writer), None
        async with _thrown_away_on_failure(connection):
            try:
                await connection.execute(begin)
                result = await run_script_async(work(), partial(_execute, connection))
                await connection.execute("COMMIT")
            except (ClawNetError, asyncpg.UniqueViolationError) as refusal:
                await connection.execute("ROLLBACK")
                self._writer = connection
                raise Clash(str(refusal)) if isinstance(refusal, asyncpg.PostgresError) else refusal from None
        self._writer = connection
        return result

    async def _from(self, connection: Connection | None) -> Connection:
        if connection is not None and not connection.is_closed():
            return connection
        try:
            return await _connect(self._url)
        except TimeoutError as error:
            raise Unavailable("the store does not answer", retry_after=1.0) from error
        except _MAY_PASS as error:
            raise Unavailable("the store can't be reached now", retry_after=1.0) from error


class _PostgresStream:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def rows(self, statement: Statement) -> AsyncIterator[list[Values]]:
        await self._connection.execute(f"DECLARE stream NO SCROLL CURSOR FOR {statement.sql}")
        while rows := await self._connection.fetch(f"FETCH {FETCH} FROM stream"):
            yield rows
        await self._connection.execute("CLOSE stream")


async def open_postgres(url: str, *, epoch: str) -> SqlStore:
    """Open the store in the database at `url`, or make it there.

    Raises:
        InvalidRequest: the database does not let us in, can't be reached, or is newer than this relay.
    """
    try:
        where = _name_of(url)
    except ValueError:
        raise InvalidRequest("this is not the URL of a database", field="store") from None
    driver = PostgresDriver(url, await _first_connection(url))
    prepare = partial(schema.prepare, driver.statements, epoch=epoch, tables=_TABLES, where=where)
    try:
        await driver.prepare(prepare)
        return await SqlStore.open(driver)
    except asyncpg.InsufficientPrivilegeError:
        await driver.close()
        raise InvalidRequest(f"{where}: this user may not make tables there", field="store") from None
    except Unavailable as error:
        await driver.close()
        raise InvalidRequest(f"{where} can't be used now ({error.__cause__})", field="store") from None
    except BaseException:
        await driver.close()
        raise


async def _first_connection(url: str) -> Connection:
    where = _name_of(url)
    try:
        return await _connect(_plain(url))
    except (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError):
        why = "the user name or the password is wrong"
    except asyncpg.InvalidCatalogNameError:
        why = "there is no such database"
    except TimeoutError:
        why = f"no answer within {OPENING:.0f} s; is the host right, and the port open?"
    except ssl.SSLError:
        why = "no encrypted connection could be made; see `sslmode`"
    except OSError:
        why = "nothing can be reached there; is the host right, and is PostgreSQL running?"
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        why = f"it refused the connection ({type(error).__name__})"
    raise InvalidRequest(f"{where}: {why}", field="store")


@cache
def _statements() -> Statements:
    return Statements(PGDialect_asyncpg())  # type: ignore[no-untyped-call]


@asynccontextmanager
async def _thrown_away_on_failure(connection: Connection) -> AsyncIterator[None]:
    """Never use a connection again on which something went wrong: nobody knows what is under way there."""
    try:
        yield
    except (Clash, ClawNetError):
        raise
    except BaseException as error:
        # asyncpg begins to cancel the query on the loop's next turn, and only then has something to give up.
        await asyncio.sleep(0)
        connection.terminate()
        if isinstance(error, _MAY_PASS):
            raise Unavailable("the store can't be reached now", retry_after=1.0) from error
        raise


async def _connect(url: str) -> Connection:
    connection: Connection = await asyncpg.connect(url, statement_cache_size=0, timeout=OPENING)
    return connection


async def _execute(connection: Connection, query: Query) -> list[Values]:
    if isinstance(query, Fetch):
        return await connection.fetch(query.statement.sql, *query.values)
    if query.statement.names:
        await connection.executemany(query.statement.sql, query.rows)
    else:
        await connection.execute(query.statement.sql)
    return []


def _plain(url: str) -> str:
    """Leave out what other clients write into a URL and PostgreSQL would take for a setting of its own."""
    parts = urlsplit(url)
    options = [(name, value) for name, value in parse_qsl(parts.query) if name.startswith("ssl")]
    return urlunsplit(parts._replace(query=urlencode(options)))


def _name_of(url: str) -> str:
    """Name a database without user and password."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"the store postgresql://{parts.hostname or ''}{port}{parts.path}"
