"""What an agent keeps across restarts: messages that wait, how far each room is processed, and its tasks.

A database of its own in one file. What a promise hangs on (a message that waits, a task that begins or has
ended) is on disk before the call returns; a cursor is written when its entry is processed and survives the
end of the process, not the loss of power: then the relay repeats some entries, as it may at any time.
"""

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from protocol.errors import Conflict, InvalidRequest

Body = dict[str, Any]

MAX_TASKS = 1_000  # of which a process remembers that it has run them
KEEP_DAYS = 7  # for which the result of a task is known after it was handed in

_SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS cursors (room TEXT PRIMARY KEY, place INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS history (one INTEGER PRIMARY KEY CHECK (one = 1), epoch TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS tasks (
    id TEXT PRIMARY KEY, outcome TEXT, changed_at INTEGER NOT NULL DEFAULT (unixepoch())
) STRICT;
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a task ended."""

    state: str
    output: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """A task that was begun; without an outcome nobody knows how far it came."""

    outcome: Outcome | None


class Keep(Protocol):
    """What the agent's parts ask of it."""

    def pending(self) -> list[tuple[str, Body]]: ...

    def add(self, message_id: str, body: Body) -> None: ...

    def settle(self, message_id: str) -> None: ...

    def cursors(self) -> tuple[str, dict[str, int]]: ...

    def begin(self, epoch: str, offsets: dict[str, int]) -> None: ...

    def processed(self, room: str, offset: int) -> None: ...

    def task(self, task_id: str) -> Known | None: ...

    def started(self, task_id: str) -> None: ...

    def ended(self, task_id: str, outcome: Outcome) -> None: ...

    def close(self) -> None: ...


class Memory:
    """Keeps what one process needs: which tasks it has had, and nothing that outlives it."""

    def __init__(self) -> None:
        self._tasks: dict[str, Known] = {}

    def pending(self) -> list[tuple[str, Body]]:
        """List nothing: what waits is in the outbox already."""
        return []

    def add(self, message_id: str, body: Body) -> None:
        """Keep nothing."""

    def settle(self, message_id: str) -> None:
        """Forget nothing."""

    def cursors(self) -> tuple[str, dict[str, int]]:
        """Return that nothing is known: the relay's own cursors count."""
        return "", {}

    def begin(self, epoch: str, offsets: dict[str, int]) -> None:
        """Keep nothing."""

    def processed(self, room: str, offset: int) -> None:
        """Keep nothing."""

    def task(self, task_id: str) -> Known | None:
        """Return what is known of a task."""
        return self._tasks.get(task_id)

    def started(self, task_id: str) -> None:
        """Note that a task begins."""
        self._tasks[task_id] = Known(None)

    def ended(self, task_id: str, outcome: Outcome) -> None:
        """Note how a task ended; of many the oldest are forgotten."""
        self._tasks[task_id] = Known(outcome)
        while len(self._tasks) > MAX_TASKS:
            del self._tasks[next(iter(self._tasks))]

    def close(self) -> None:
        """Do nothing."""


class Disk:
    """The same in a file, which one process at a time may use."""

    def __init__(self, path: Path) -> None:
        """Open the file, and make it for its owner's eyes if there is none.

        Raises:
            Conflict: another process uses it. InvalidRequest: it can't be used.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            # The agent's loop may run in a thread of its own; it is one at a time in any case.
            self._database = sqlite3.connect(path, timeout=1.0, isolation_level=None, check_same_thread=False)
            self._prepare()
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise Conflict("another process uses this state; give each agent its own") from None
            raise InvalidRequest(f"the state can't be opened: {error}", field="state") from None
        except (OSError, sqlite3.DatabaseError) as error:
            raise InvalidRequest(f"the state can't be used: {error}", field="state") from None

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def pending(self) -> list[tuple[str, Body]]:
        """List the messages that wait, in the order in which they were said."""
        rows = self._database.execute("SELECT id, body FROM outbox ORDER BY seq")
        return [(message_id, json.loads(body)) for message_id, body in rows]

    def add(self, message_id: str, body: Body) -> None:
        """Keep a message until the relay has answered for good."""
        self._durably("INSERT OR IGNORE INTO outbox (id, body) VALUES (?, ?)", message_id, json.dumps(body))

    def settle(self, message_id: str) -> None:
        """Forget a message."""
        self._database.execute("DELETE FROM outbox WHERE id = ?", (message_id,))

    def cursors(self) -> tuple[str, dict[str, int]]:
        """Return the epoch and how far each room is processed."""
        row = self._database.execute("SELECT epoch FROM history").fetchone()
        return (row[0] if row else ""), dict(self._database.execute("SELECT room, place FROM cursors"))

    def begin(self, epoch: str, offsets: dict[str, int]) -> None:
        """Take up where the relay says that we are."""
        self._database.execute("BEGIN")
        self._database.execute("INSERT OR REPLACE INTO history VALUES (1, ?)", (epoch,))
        self._database.execute("DELETE FROM cursors")
        self._database.executemany("INSERT INTO cursors VALUES (?, ?)", offsets.items())
        self._database.execute("COMMIT")

    def processed(self, room: str, offset: int) -> None:
        """Note how far a room is processed."""
        self._database.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?)", (room, offset))

    def task(self, task_id: str) -> Known | None:
        """Return what is known of a task."""
        row = self._database.execute("SELECT outcome FROM tasks WHERE id = ?", (task_id,)).fetchone()
        if row is None:
            return None
        return Known(Outcome(**json.loads(row[0])) if row[0] else None)

    def started(self, task_id: str) -> None:
        """Note that a task begins now."""
        self._durably("INSERT OR REPLACE INTO tasks (id) VALUES (?)", task_id)

    def ended(self, task_id: str, outcome: Outcome) -> None:
        """Note how a task ended; that is the only result that will ever be told."""
        told = json.dumps({"state": outcome.state, "output": outcome.output})
        self._durably("INSERT OR REPLACE INTO tasks (id, outcome) VALUES (?, ?)", task_id, told)

    def _prepare(self) -> None:
        # Exclusive: a second process would say and do everything a second time.
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.executescript(_SCHEMA)
        self._database.execute("DELETE FROM tasks WHERE changed_at < unixepoch() - ?", (KEEP_DAYS * 86_400,))

    def _durably(self, change: str, *values: str) -> None:
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.execute(change, values)
        self._database.execute("PRAGMA synchronous = NORMAL")
