"""The real relay as a process of its own: started, stopped, killed and watched from outside."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import psutil

from e2e import forks
from e2e.forks import ROOT

OPERATOR_TOKEN = "an-operator-token-of-the-tests"
START = 30.0  # seconds; the console alone takes one, on a quiet machine
# `make fallback` serves the sockets without what reaches below the libraries' public interfaces.
TRANSPORT = {"transport": os.environ["E2E_TRANSPORT"]} if "E2E_TRANSPORT" in os.environ else {}
STOP = 15.0
_WAY_IN = re.compile(r"^Console: (http://\S+?)/login", re.MULTILINE)
# Engine.IO calls the first refused request of each kind an error, uvicorn a client that stays until the end.
_NO_FAULTS = ("(further occurrences of this error will be logged", "timeout graceful shutdown exceeded")

T = TypeVar("T")


class Relay:
    """A relay with settings of its own; `setting=value` becomes `CLAWNET_SETTING=value`."""

    program: tuple[str, ...] = ("cli.main", "serve")

    def __init__(self, folder: Path, **settings: object) -> None:
        self._folder = folder
        self._settings = {"port": 0, "master_token": OPERATOR_TOKEN} | TRANSPORT | settings
        self._process: forks.Process | None = None
        self._log = folder / "relay.log"
        self._said = folder / "relay.out"
        self.url = ""
        self.token = str(self._settings["master_token"])

    def start(self) -> Self:
        """Start the relay and wait until it takes work."""
        return self.launch().ready()

    def launch(self) -> Self:
        """Start the relay and do not wait for it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._said.unlink(missing_ok=True)
        self._said.touch()
        self._process = forks.start(
            [*self.program],
            folder=self._folder,
            environment=self._environment(),
            said=self._said,
            log=self._log,
        )
        return self

    def ready(self) -> Self:
        """Wait until a relay that was launched takes work."""
        self.url = self._until(self._way_in)
        self._until(self._is_ready)
        return self

    def stop(self) -> int:
        """Ask the relay to stop and return its exit code; kill it if it does not."""
        assert self._process is not None
        self._process.terminate()
        try:
            return self._process.wait(STOP)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the relay did not stop within {STOP} s\n{self.log()}") from None

    def kill(self) -> None:
        """End the relay and whatever it started, at once."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def restart(self) -> None:
        """Start again on the same port, after `stop` or `kill`."""
        self._settings["port"] = self.port
        self.start()

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        return int(self.url.rpartition(":")[2])

    @property
    def is_running(self) -> bool:
        """Tell whether the process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def process(self) -> psutil.Process:
        """Return the process, to be measured."""
        assert self._process is not None
        return psutil.Process(self._process.pid)

    def log(self) -> str:
        """Return everything that the relay has logged."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def records(self) -> list[dict[str, Any]]:
        """Return the log's lines; one that is no JSON becomes a record of the level `unparsed`."""
        return [_record(line) for line in self.log().splitlines() if line.strip()]

    def faults(self) -> list[dict[str, Any]]:
        """Return what must never be in a log: tracebacks, errors, and lines that are no JSON."""
        bad = {"error", "critical", "unparsed"}
        suspects = [each for each in self.records() if each["level"] in bad or "traceback" in each]
        return [each for each in suspects if not any(words in each["event"] for words in _NO_FAULTS)]

    def _environment(self) -> dict[str, str]:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("CLAWNET_")}
        given = {f"CLAWNET_{key.upper()}": str(value) for key, value in self._settings.items()}
        return inherited | given | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    def _way_in(self) -> str | None:
        found = _WAY_IN.search(self._said.read_text(encoding="utf-8"))
        return found[1] if found else None

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _until(self, look: Callable[[], T | None]) -> T:
        deadline = time.monotonic() + START
        while time.monotonic() < deadline:
            if found := look():
                return found
            if not self.is_running:
                raise AssertionError(f"the relay did not start\n{self.log()}")
            time.sleep(0.02)
        self.kill()
        raise AssertionError(f"the relay was not ready within {START} s\n{self.log()}")


def _record(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    return record if isinstance(record, dict) else {"level": "unparsed", "event": line}
