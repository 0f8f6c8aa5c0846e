"""Measuring: what is counted when it happens, and what is looked up when somebody asks for it."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.background import Background
from app.clock import Clock
from app.delivery.building import Readers
from app.events import Fact, TaskMoved
from app.journal import Journal
from app.metrics import Metrics
from app.services.presence import PresenceService
from app.services.tasks.book import TaskBook
from protocol.addressing import RoomKind, kind_of
from protocol.agents import Status
from protocol.audit import AuditEntry
from protocol.errors import ClawNetError, Unauthenticated
from protocol.tasks import Task, TaskState
from storage.ports import Append, AppendAudit, Outcome, Receipt, Write

_DOORS = {"rest.authenticate": "rest", "agent.connect": "socket", "login": "console"}
BEAT = 0.5  # seconds between two looks at how late the event loop is


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is looked at."""

    readers: Readers
    presence: PresenceService
    tasks: TaskBook
    journal: Journal
    folder: Path


class Measuring:
    """Fills the instruments of a relay."""

    def __init__(self, *, metrics: Metrics, measured: Measured, clock: Clock) -> None:
        self.metrics = metrics
        self._measured = measured
        self._clock = clock
        # To find the instrument by its labels costs more than to move it.
        self._stored = {kind: metrics.messages.labels(kind, "stored") for kind in RoomKind}

    def start(self, background: Background) -> None:
        """Begin to watch the event loop."""
        background.spawn(self._watch(), name="measuring")

    def on_fact(self, fact: Fact) -> None:
        """Count what has happened."""
        match fact:
            case TaskMoved(task) if task.state.is_terminal:
                self.metrics.task_seconds.labels(task.state).observe(_seconds_of(task))
            case _:
                pass

    @contextmanager
    def store(self, operation: str) -> Iterator[None]:
        """Time what is asked of the store."""
        begun = self._clock.monotonic()
        try:
            yield
        except ClawNetError:
            self.metrics.store_errors.labels(operation).inc()
            raise
        finally:
            self.metrics.store_seconds.labels(operation).observe(self._clock.monotonic() - begun)

    def committed(self, writes: Sequence[Write], outcomes: Sequence[Outcome]) -> None:
        """Count what was stored; the audit trail knows what nobody else tells."""
        taken: list[Write] = []
        rooms: list[str] = []
        for write, outcome in zip(writes, outcomes, strict=True):
            if isinstance(outcome, Receipt) and outcome.repeat is None:
                taken.append(write)
                rooms += [message.room for message in outcome.messages]
            else:
                self._not_stored(write, outcome)
        # Once a commit: a counter costs as much as storing in memory.
        for room, count in Counter(rooms).items():
            self._stored[kind_of(room)].inc(count)
        records = [op.entry for write in taken for op in write if type(op) is AppendAudit]
        self.metrics.audit_records.inc(len(records))
        for entry in records:
            self._audited(entry)

    async def text(self) -> bytes:
        """Return all instruments as they stand now."""
        seen, metrics = self._measured, self.metrics
        metrics.connections.labels("socket").set(len(seen.readers.connections))
        metrics.connections.labels("stream").set(len(seen.readers.streams))
        there = Counter(presence.status for presence in seen.presence.everyone())
        for status in Status:
            metrics.agents.labels(status).set(there[status])
        tasks = Counter(task.state for task in seen.tasks.newest_first())
        for state in TaskState:
            metrics.tasks.labels(state).set(tasks[state])
        metrics.store_writable.set(seen.journal.is_writable)
        metrics.disk_free.set(await asyncio.to_thread(_free, seen.folder))
        metrics.queued.set(sum(each.wire.backlog() for each in seen.readers.connections.all()))
        return metrics.text()

    def _not_stored(self, write: Write, outcome: Outcome) -> None:
        result = "duplicate" if isinstance(outcome, Receipt) else "refused"
        for op in write:
            if isinstance(op, Append):
                self.metrics.messages.labels(kind_of(op.draft.room), result).inc()
                self.metrics.repeats.inc(result == "duplicate")

    def _audited(self, entry: AuditEntry) -> None:
        if entry.action == "agent.connect":
            self.metrics.connects.labels(entry.result).inc()
        if entry.result == "denied" and entry.detail.get("code") == Unauthenticated.code:
            self.metrics.auth_failures.labels(_DOORS.get(entry.action, "other")).inc()

    async def _watch(self) -> None:
        while True:
            due = self._clock.monotonic() + BEAT
            await asyncio.sleep(BEAT)
            self.metrics.loop_lag.observe(max(0.0, self._clock.monotonic() - due))


def _seconds_of(task: Task) -> float:
    began, ended = task.started_at or task.created_at, task.ended_at or task.created_at
    return max(0.0, (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds())


def _free(folder: Path) -> int:
    # The folder is made when something is put there; what it will stand in is there already.
    while not folder.exists():
        folder = folder.absolute().parent
    return shutil.disk_usage(folder).free
