"""What a database has to offer: transactions that run a script of statements, and streams of rows.

A script is a generator that yields a query and is sent its rows. So every decision is written once and
knows neither threads nor connections; a driver runs the same script in a thread or on the event loop.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

from storage.sql.statements import Statement, Statements, Values

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fetch:
    """Ask for the rows of a statement."""

    statement: Statement
    values: Values = ()


@dataclass(frozen=True, slots=True)
class Run:
    """Execute a statement once for each row of values."""

    statement: Statement
    rows: list[Values]


Query = Fetch | Run
Script = Generator[Query, list[Values], T]
Work = Callable[[], Script[T]]


class Clash(Exception):
    """A unique index refused a row: somebody else wrote, or what is remembered is out of date."""


class Stream(Protocol):
    """One moment of the database, for as long as it is open."""

    def rows(self, statement: Statement) -> AsyncIterator[list[Values]]:
        """Yield all rows of a statement, some hundred at a time."""
        ...


class Driver(Protocol):
    """A database under one dialect; each failure that may pass is `Unavailable`, within `PATIENCE`."""

    @property
    def statements(self) -> Statements: ...

    async def write(self, work: Work[T]) -> T:
        """Run a script in a transaction of the single writer; it is on disk on return.

        Raises:
            Clash: a unique index refused. Unavailable: the outcome is unknown.
        """
        ...

    async def read(self, work: Work[T]) -> T:
        """Run a script that only fetches; it sees one moment."""
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Stream]: ...

    async def close(self) -> None: ...


def run_script(script: Script[T], execute: Callable[[Query], list[Values]]) -> T:
    """Run a script to its end in this thread."""
    try:
        query = next(script)
        while True:
            query = script.send(execute(query))
    except StopIteration as end:
        return cast("T", end.value)


async def run_script_async(script: Script[T], execute: Callable[[Query], Awaitable[list[Values]]]) -> T:
    """Run a script to its end on the event loop."""
    try:
        query = next(script)
        while True:
            query = script.send(await execute(query))
    except StopIteration as end:
        return cast("T", end.value)
