"""A PostgreSQL of the tests' own: a temporary cluster, with a fresh database for each test or one store."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]  # asyncpg has no types

from e2e.forks import ROOT

TOOL = ROOT / "tools" / "postgres.sh"


class Cluster:
    """A running PostgreSQL; `stop` ends it and forgets everything."""

    def __init__(self) -> None:
        # Not pytest's folder, which the owner of the cluster may not enter.
        self._folder = Path(tempfile.mkdtemp(prefix="clawnet-e2e-"))
        self._url = postgres("start", self._folder)
        self._count = 0

    async def empty_database(self) -> str:
        """Make a database and return its URL."""
        self._count += 1
        connection = await asyncpg.connect(self._url)
        await connection.execute(f"CREATE DATABASE relay{self._count}")
        await connection.close()
        return f"{self._url.rpartition('/')[0]}/relay{self._count}"

    def stop(self) -> None:
        """End the server."""
        postgres("stop", self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def empty_store(kind: str, parent: str | None = None) -> Iterator[tuple[str, Path]]:
    """Return the address of an empty store of a kind, for a while, and the new folder that it is in."""
    with tempfile.TemporaryDirectory(prefix="clawnet-store-", dir=parent) as name:
        folder = Path(name)
        if kind != "postgresql":
            yield "memory" if kind == "memory" else f"{kind}:{folder}/store", folder
            return
        try:
            yield postgres("start", folder), folder
        finally:
            postgres("stop", folder)


def postgres(verb: str, folder: Path) -> str:
    """Do something with the cluster in a folder; return what there is to say of it, such as its URL."""
    done = subprocess.run([TOOL, verb, folder], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
