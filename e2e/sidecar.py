"""The sidecar as a process of its own: started, stopped, killed, and read from outside."""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from e2e import forks
from e2e.forks import ROOT

STOP = 20.0  # seconds


class SidecarProcess:
    """One agent's sidecar with a data folder that outlives it."""

    def __init__(self, folder: Path, url: str, token: str, *words: str, **environment: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._log = folder / "sidecar.log"
        secret = folder / "relay.token"
        secret.write_text(token)
        self._words = [*("agent", "run", "--url", url, "--token-file", str(secret)), *words]
        self._words += ["--data-dir", str(folder / "data"), "--json"]
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("CLAWNET", "OPENCLAW"))
        }
        self._environment = kept | {"PYTHONPATH": str(ROOT), "HOME": str(folder)} | environment
        self._process: forks.Process | None = None

    def start(self) -> Self:
        """Start it and do not wait for it."""
        self._process = forks.start(
            ["cli.main", *self._words],
            folder=self._folder,
            environment=self._environment,
            said=self._log,
            log=self._log,
        )
        return self

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None and self._process.poll() is None:
            try:
                os.killpg(self._process.pid, signal.SIGKILL)
            except ProcessLookupError:
                # It has ended in between, or has not begun to lead a group yet.
                with suppress(ProcessLookupError):
                    os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()

    async def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        assert self._process is not None
        self._process.terminate()
        return await self.ended()

    async def ended(self) -> int:
        """Wait until it ends and return its exit code; whom it talks to goes on meanwhile."""
        assert self._process is not None
        try:
            return await asyncio.to_thread(self._process.wait, STOP)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the sidecar did not end within {STOP} s\n{self.log()}") from None

    def restart(self) -> None:
        """Start it again after `kill` or `stop`, with the same data folder."""
        self.start()

    @property
    def pid(self) -> int:
        """Return its process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def data(self) -> Path:
        """Return its data folder."""
        return self._folder / "data"

    def log(self) -> str:
        """Return everything that it has logged."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def faults(self) -> list[dict[str, Any]]:
        """Return what must never be in a log: errors, tracebacks, and lines that are no JSON."""
        records = [_record(line) for line in self.log().splitlines() if line.strip()]
        bad = {"error", "unparsed"}
        told = [each for each in records if "error" not in each]  # the last words of one that ended itself
        return [each for each in told if each.get("level") in bad or "traceback" in each]


async def eventually(look: Callable[[], bool], within: float = 30.0) -> None:
    """Wait until something on this machine is so."""
    async with asyncio.timeout(within):
        while not look():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)


def _record(line: str) -> dict[str, Any]:
    try:
        return dict(json.loads(line))
    except ValueError:
        return {"level": "unparsed", "event": line}
