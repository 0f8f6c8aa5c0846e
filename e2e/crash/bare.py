"""Relays without console, forked off a process that has loaded everything: for tests that start them often.

Each line of JSON on standard input, `{"said": FILE, "settings": {…}}`, starts a relay in a process group of
its own that writes to FILE; its process id is the answer.
"""

import importlib
import json
import os
import signal
import sys

from app import main
from app.settings import Settings

STORES = ("storage.json_file.store", "storage.sql.sqlite", "storage.sql.postgres", "alembic.command")


def _no_console(*_: object) -> None:
    """Mount nothing: the console takes most of a start."""


def _become(said: str, settings: dict[str, str]) -> None:
    """Be a relay until the end."""
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.dup2(os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.environ |= settings
    main._mount_console = _no_console  # type: ignore[assignment]
    main.serve(Settings())


if __name__ == "__main__":
    for store in STORES:
        importlib.import_module(store)
    # Nobody waits for a relay that was killed.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if pid := os.fork():
            sys.stdout.write(f"{pid}\n")
            sys.stdout.flush()
        else:
            _become(**json.loads(line))
            break
