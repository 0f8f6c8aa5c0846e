"""The statements fit their tables in both dialects: a row's values stand in the order of its columns."""

import pytest
from sqlalchemy import Dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlmodel import SQLModel

from storage.sql.statements import META_TABLE, TABLES, Statements
from storage.sql.tables import HeadRow, table_of

DIALECTS: list[Dialect] = [sqlite.dialect(), PGDialect_asyncpg()]  # type: ignore[no-untyped-call]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: str(dialect.name))
@pytest.mark.parametrize("row", [*TABLES, META_TABLE], ids=lambda row: str(row.__tablename__))
def test_values_of_a_row_stand_in_the_order_of_its_columns(dialect: Dialect, row: type[SQLModel]) -> None:
    statements = Statements(dialect)
    columns = tuple(column.name for column in table_of(row).columns)

    assert statements.insert[row].names == columns
    assert statements.upsert[row].names == columns


def test_values_are_bound_by_name() -> None:
    redact = Statements(DIALECTS[0]).redact

    assert redact.bind(at_offset=3, payload="{}", at_room="alpha") == ("{}", "alpha", 3)


def test_postgres_statements_name_the_schema() -> None:
    statements = Statements(DIALECTS[1])

    assert "FROM clawnet.messages" in statements.slice.sql
    assert "INTO clawnet.room_heads" in statements.upsert[HeadRow].sql
    assert "clawnet.dedupe_keys" in statements.known_keys.sql


def test_no_value_is_written_into_a_statement() -> None:
    for dialect, mark in zip(DIALECTS, ("?", "$1"), strict=True):
        assert mark in Statements(dialect).slice.sql
