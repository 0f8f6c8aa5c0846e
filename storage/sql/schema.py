"""The schema's versions: a store is brought up to this relay's when it is opened, and never back.

Alembic writes the steps as SQL and the relay runs them in one transaction of its own, so that they need
neither a second connection nor a session, which a pooler would not give.
"""

from io import StringIO
from pathlib import Path
from sqlite3 import complete_statement

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from protocol.errors import InvalidRequest
from storage.sql.driver import Fetch, Run, Script
from storage.sql.scripts import EPOCH
from storage.sql.statements import Statement, Statements

MIGRATIONS = Path(__file__).parent / "migrations"
VERSION_TABLE = "alembic_version"
_VERSION = Statement("SELECT version_num FROM alembic_version", ())  # what Alembic itself calls them


def prepare(
    statements: Statements, *, epoch: str, migrations: Path = MIGRATIONS, tables: Statement, where: str
) -> Script[None]:
    """Bring the schema up to date; a history that begins now gets its `epoch`.

    Raises:
        InvalidRequest: a newer relay wrote this store, or it was never ClawNet's.
    """
    present = {row[0] for row in (yield Fetch(tables))}
    version = yield from _version(present, where)
    directory = ScriptDirectory(str(migrations))
    known = [script.revision for script in directory.walk_revisions()]
    if version is not None and version not in known:
        newest = directory.get_current_head()
        raise InvalidRequest(
            f"{where} was written by a newer ClawNet (schema {version}); this one knows {newest} and older",
            field="store",
        )
    if version != directory.get_current_head():
        for sql in _steps(statements.dialect_name, version, migrations):
            yield Run(Statement(sql, ()), [()])
    if version is None:
        yield Run(statements.upsert_meta, [(EPOCH, epoch)])


def _version(present: set[str], where: str) -> Script[str | None]:
    if VERSION_TABLE in present:
        rows = yield Fetch(_VERSION)
        if rows:
            return str(rows[0][0])
    if present - {VERSION_TABLE}:
        raise InvalidRequest(f"{where} holds tables that are not ClawNet's", field="store")
    return None


def _steps(dialect_name: str, version: str | None, migrations: Path) -> list[str]:
    output = StringIO()
    config = Config(attributes={"dialect_name": dialect_name, "output": output})
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    command.upgrade(config, f"{version or 'base'}:head", sql=True)
    return _split(output.getvalue())


def _split(script: str) -> list[str]:
    steps: list[str] = []
    step = ""
    for line in script.splitlines(keepends=True):
        step += line
        if complete_statement(step):
            steps.append(step.strip())
            step = ""
    return steps
