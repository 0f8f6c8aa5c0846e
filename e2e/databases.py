"""A PostgreSQL of the tests' own: a temporary cluster with a fresh database for each test."""

import shutil
import subprocess
import tempfile

import asyncpg  # type: ignore[import-untyped]  # asyncpg has no types

from e2e.forks import ROOT

TOOL = ROOT / "tools" / "postgres.sh"


class Cluster:
    """A running PostgreSQL; `stop` ends it and forgets everything."""

    def __init__(self) -> None:
        # Not pytest's folder, which the owner of the cluster may not enter.
        self._folder = tempfile.mkdtemp(prefix="clawnet-e2e-")
        self._url = self._tool("start")
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
        self._tool("stop")
        shutil.rmtree(self._folder, ignore_errors=True)

    def _tool(self, verb: str) -> str:
        done = subprocess.run([TOOL, verb, self._folder], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()
