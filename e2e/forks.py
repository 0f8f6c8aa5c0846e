"""Processes of the product that start at once, forked off one that has loaded everything and done nothing.

Loading takes most of a start, and the tests start the relay hundreds of times. What is forked is what `python
-m` would run: a process of its own, in a session of its own, with its own environment and files. Where a fork
is not to be trusted (macOS), `start` runs Python anew.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parents[1]
_LOADED = (
    *("cli.main", "cli.agent.sidecar", "app.main", "components.pages"),
    *("storage.json_file.store", "storage.sql.sqlite", "storage.sql.postgres", "alembic.command"),
)
_LOOK = 0.005  # seconds between two looks at a process that is to end


class Process(Protocol):
    """As much of `subprocess.Popen` as the tests use."""

    pid: int

    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def terminate(self) -> None: ...


def start(words: list[str], *, folder: Path, environment: dict[str, str], said: Path, log: Path) -> Process:
    """Run `python -m WORDS` in `folder`; its output goes anew to `said`, its errors to the end of `log`."""
    # What is loaded is of this tree; a relay of another one starts by itself.
    if sys.platform != "linux" or environment.get("PYTHONPATH", str(ROOT)) != str(ROOT):
        with said.open("ab" if said == log else "wb") as output, log.open("ab") as errors:
            return subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
    order = {"words": words, "folder": str(folder), "environment": environment}
    return _forker().start(order | {"said": str(said), "log": str(log)})


class _Forked:
    """A process whose parent is the forker."""

    def __init__(self, forker: "_Forker", pid: int) -> None:
        self._forker = forker
        self._code: int | None = None
        self.pid = pid

    def poll(self) -> int | None:
        if self._code is None:
            self._code = self._forker.ask({"code_of": self.pid})
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(_LOOK)
        return code

    def terminate(self) -> None:
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)


class _Forker:
    """The process that has loaded everything, asked line by line."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "e2e.forks"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        atexit.register(self._process.communicate)

    def ask(self, question: dict[str, Any]) -> Any:
        with self._lock:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def start(self, order: dict[str, Any]) -> _Forked:
        return _Forked(self, self.ask(order))


@cache
def _forker() -> _Forker:
    return _Forker()


def _code_of(pid: int) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _become(words: list[str], folder: str, environment: dict[str, str], said: str, log: str) -> None:
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    again = os.O_APPEND if said == log else os.O_TRUNC
    files = (
        os.open(os.devnull, os.O_RDONLY),
        os.open(said, os.O_WRONLY | os.O_CREAT | again, 0o600),
        os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
    )
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 (the process's own)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    sys.argv = words
    sys.modules.pop(words[0], None)
    runpy.run_module(words[0], run_name="__main__", alter_sys=True)


def _serve() -> None:
    for module in _LOADED:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        if pid := asked.get("code_of"):
            answer = _code_of(pid)
        elif not (answer := os.fork()):
            _become(**asked)
            return
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
