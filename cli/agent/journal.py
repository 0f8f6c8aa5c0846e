"""What the sidecar must not forget: each task, from its acceptance to the relay's receipt for its result.

The order of the writes is the promise. A task is *accepted* before the relay is told so, *started* before
anything of it happens, *done* with its result before that is sent, and *closed* when the relay has it. So
after a crash at any point it is known what may have happened, and nothing is lost or done twice.
"""

import json
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from cli.agent.runs import Outcome
from protocol.errors import Conflict, InvalidRequest
from protocol.tasks import Task

KEEP_DAYS = 7

_SCHEMA = """
CREATE TABLE IF NOT EXISTS tasks (
    id TEXT PRIMARY KEY,
    task TEXT NOT NULL,
    lease TEXT NOT NULL,
    session TEXT,
    outcome TEXT,
    is_closed INTEGER NOT NULL DEFAULT 0,
    changed_at INTEGER NOT NULL DEFAULT (unixepoch())
) STRICT;
CREATE TABLE IF NOT EXISTS rooms (id TEXT PRIMARY KEY, session INTEGER NOT NULL, task TEXT NOT NULL) STRICT;
"""
_ACCEPT = """
INSERT INTO tasks (id, task, lease) VALUES (?, ?, ?)
ON CONFLICT (id) DO UPDATE SET lease = excluded.lease, is_closed = 0, changed_at = unixepoch()
"""
_RENEW = """
INSERT INTO rooms (id, session, task) VALUES (?, 1, ?)
ON CONFLICT (id) DO UPDATE SET session = session + 1, task = excluded.task WHERE task <> excluded.task
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A task as the journal knows it; it was started if it has a session."""

    task: Task
    lease: str
    session: str | None
    outcome: Outcome | None
    is_closed: bool


class Journal:
    """A database of its own in the data folder, which one sidecar at a time may use."""

    def __init__(self, folder: Path) -> None:
        """Open the journal, and make it if there is none.

        Raises:
            Conflict: another sidecar uses this folder.
            InvalidRequest: the folder can't be used.
        """
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._database = sqlite3.connect(folder / "journal.db", timeout=1.0, isolation_level=None)
            (folder / "journal.db").chmod(0o600)
            self._prepare()
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise Conflict(
                    "another sidecar uses this data folder; give each its own --data-dir"
                ) from None
            raise InvalidRequest(f"the journal can't be opened: {error}", field="data_dir") from None
        except (OSError, sqlite3.DatabaseError) as error:
            raise InvalidRequest(f"the data folder can't be used: {error}", field="data_dir") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def accept(self, task: Task, lease: str) -> Entry:
        """Note a task, or the new lease of one that is known; what is known of it stays."""
        self._database.execute(_ACCEPT, (task.id, task.model_dump_json(), lease))
        entry = self.find(task.id)
        assert entry is not None
        return entry

    def start(self, task_id: str, session: str) -> None:
        """Note that the task begins now, in this session."""
        self._set(task_id, "session = ?", session)

    def finish(self, task_id: str, outcome: Outcome) -> None:
        """Note the result, which is the only one that will ever be sent."""
        self._set(task_id, "outcome = ?", json.dumps(asdict(outcome)))

    def close(self, task_id: str) -> None:
        """Note that nothing is left to do: the relay has the result, or gave the task to somebody else."""
        self._set(task_id, "is_closed = ?", 1)

    def find(self, task_id: str) -> Entry | None:
        """Return what is known of a task."""
        rows = self._entries("id = ?", task_id)
        return rows[0] if rows else None

    def unfinished(self) -> list[Entry]:
        """List the tasks that are not closed, oldest first."""
        return self._entries("is_closed = ?", 0)

    def session_of(self, room: str) -> int:
        """Return how many times the room's session was begun anew."""
        row = self._database.execute("SELECT session FROM rooms WHERE id = ?", (room,)).fetchone()
        return int(row[0]) if row else 0

    def renew_session(self, room: str, task_id: str) -> None:
        """Begin the room's session anew, once for a task."""
        self._database.execute(_RENEW, (room, task_id))

    def prune(self) -> None:
        """Forget what was closed many days ago."""
        self._database.execute(
            "DELETE FROM tasks WHERE is_closed AND changed_at < unixepoch() - ?", (KEEP_DAYS * 86_400,)
        )

    def _prepare(self) -> None:
        # Exclusive: a second sidecar would execute everything a second time.
        self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_SCHEMA)
        self.prune()

    def _set(self, task_id: str, change: str, value: str | int) -> None:
        self._database.execute(
            f"UPDATE tasks SET {change}, changed_at = unixepoch() WHERE id = ?",  # noqa: S608 - our own words
            (value, task_id),
        )

    def _entries(self, condition: str, value: str | int) -> list[Entry]:
        rows = self._database.execute(
            "SELECT task, lease, session, outcome, is_closed FROM tasks "  # noqa: S608 - our own words
            f"WHERE {condition} ORDER BY rowid",
            (value,),
        )
        return [
            Entry(
                Task.model_validate_json(task),
                lease,
                session,
                Outcome(**json.loads(outcome)) if outcome else None,
                bool(is_closed),
            )
            for task, lease, session, outcome, is_closed in rows
        ]
