"""A relay that can't start says why in one line, whatever is wrong, and exits with an error."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import asyncpg  # type: ignore[import-untyped]  # asyncpg has no types
import pytest

from e2e import forks
from e2e.conftest import StartRelay
from e2e.databases import Cluster
from e2e.forks import ROOT
from protocol.errors import InvalidRequest, Unavailable

SECRET = "s3cret-of-the-database"
Breakage = Callable[[Path], str]


def refused(folder: Path, **settings: object) -> str:
    """Start a relay that must not start; return the one line that it prints."""
    said, log = folder / "refused.out", folder / "refused.log"
    log.unlink(missing_ok=True)
    process = forks.start(
        ["cli.main", "serve"], folder=folder, environment=_environment(settings), said=said, log=log
    )
    return _line(process.wait(60), said.read_text(), log.read_text())


def refused_without_powers(folder: Path, **settings: object) -> str:
    """Do the same without root's power to read everything."""
    powers = "-dac_override,-dac_read_search"
    without = ["setpriv", "--bounding-set", powers, "--inh-caps", powers] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*without, sys.executable, "-m", "cli.main", "serve"],
        cwd=folder,
        env=_environment(settings),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return _line(done.returncode, done.stdout, done.stderr)


def _environment(settings: dict[str, object]) -> dict[str, str]:
    given = {f"CLAWNET_{key.upper()}": str(value) for key, value in ({"port": 0} | settings).items()}
    return {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]} | given


def _line(code: int, output: str, errors: str) -> str:
    assert code in {InvalidRequest.exit_code, Unavailable.exit_code}, (code, output, errors)
    assert output == ""
    (line,) = errors.splitlines()
    assert SECRET not in line
    return line


def nothing_known(_: Path) -> str:
    return "mysql://here"


def no_path(_: Path) -> str:
    return "sqlite:"


def no_url(_: Path) -> str:
    return f"postgresql://me:{SECRET}@[::1/db"


def unreachable(_: Path) -> str:
    return f"postgresql://me:{SECRET}@127.0.0.1:9/db"


def a_folder(folder: Path) -> str:
    return f"json:{folder}"


def a_device(_: Path) -> str:
    return "json:/dev/null"


def below_a_file(folder: Path) -> str:
    (folder / "file").touch()
    return f"sqlite:{folder}/file/store"


def garbage_for_json(folder: Path) -> str:
    (folder / "store").write_bytes(b"\xff\xfe no journal\n" * 20)
    return f"json:{folder}/store"


def garbage_for_sqlite(folder: Path) -> str:
    (folder / "store").write_bytes(b"\xff\xfe no database\n" * 200)
    return f"sqlite:{folder}/store"


def foreign_database(folder: Path) -> str:
    with sqlite3.connect(folder / "store") as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()
    return f"sqlite:{folder}/store"


def newer_journal(folder: Path) -> str:
    body = b'"type":"store","format":99,"epoch":"e","tx":1,"end":true}'
    (folder / "store").write_bytes(b'{"crc":"%08x",%b\n' % (crc32(body), body))
    return f"json:{folder}/store"


@pytest.mark.parametrize(
    ("breakage", "why"),
    [
        (nothing_known, "no store of this kind; known: json"),
        (no_path, "a path belongs behind `sqlite:`"),
        (no_url, "not the URL of a database"),
        (unreachable, "nothing can be reached there"),
        (a_folder, "is a folder, not a file"),
        (a_device, "is a device, not a file"),
        (below_a_file, "is a file, not a folder"),
        (garbage_for_json, "does not begin like a journal"),
        (garbage_for_sqlite, "is not a SQLite database"),
        (foreign_database, "holds tables that are not ClawNet's"),
        (newer_journal, "was written by a newer ClawNet"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_store_that_can_not_be_opened(breakage: Breakage, why: str, tmp_path: Path) -> None:
    assert why in refused(tmp_path, store=breakage(tmp_path))


def test_file_that_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "store").touch(mode=0)

    assert "can't be written (Permission denied)" in refused_without_powers(
        tmp_path, store=f"json:{tmp_path}/store"
    )


def test_journal_of_a_running_relay(start_relay: StartRelay, tmp_path: Path) -> None:
    start_relay(store=f"json:{tmp_path}/store")

    assert "is in use by another process" in refused(tmp_path, store=f"json:{tmp_path}/store")


def test_database_file_that_somebody_else_has_locked(tmp_path: Path, made: Path) -> None:
    holder = sqlite3.connect(made, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")

    assert "can't be opened (database is locked)" in refused(tmp_path, store=f"sqlite:{made}")
    holder.close()


def test_database_file_of_a_newer_relay(tmp_path: Path, made: Path) -> None:
    with sqlite3.connect(made) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    assert "was written by a newer ClawNet (schema 9999)" in refused(tmp_path, store=f"sqlite:{made}")


async def test_database_of_a_newer_relay(start_relay: StartRelay, cluster: Cluster, tmp_path: Path) -> None:
    url = await cluster.empty_database()
    start_relay(store=url).stop()
    connection = await asyncpg.connect(url)
    await connection.execute("UPDATE clawnet.alembic_version SET version_num = '9999'")
    await connection.close()

    assert "was written by a newer ClawNet (schema 9999)" in refused(tmp_path, store=url)


async def test_database_that_does_not_let_us_in(cluster: Cluster, tmp_path: Path) -> None:
    url = await cluster.empty_database()
    user, _, place = url.removeprefix("postgresql://").partition("@")
    name = user.partition(":")[0]

    wrong = refused(tmp_path, store=f"postgresql://{name}:{SECRET}@{place}")
    missing = refused(tmp_path, store=f"{url}-is-not-there")

    assert "the user name or the password is wrong" in wrong
    assert "there is no such database" in missing


def test_choice_that_can_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "persistence.json").write_text("{")

    assert "persistence.json does not say which store was chosen" in refused(tmp_path)


def test_chosen_store_that_is_gone_is_not_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    choice = json.dumps({"store": f"sqlite:{tmp_path}/data/persistence.json/gone"})
    (tmp_path / "data" / "persistence.json").write_text(choice)

    assert "persistence.json is a file, not a folder" in refused(tmp_path)


def test_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert f"can't listen on 127.0.0.1:{port}" in refused(tmp_path, port=port)


@pytest.fixture
def made(start_relay: StartRelay, tmp_path: Path) -> Path:
    """Return the database file of a relay that has stopped."""
    start_relay(store=f"sqlite:{tmp_path}/store").stop()
    return tmp_path / "store"
