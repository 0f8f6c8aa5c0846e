"""Deadlines: every task ends in one state in time, whatever becomes of its assignee.

Durations are monotonic; a restart of the relay gives what runs its time anew.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.clock import Clock
from app.events import TaskCancelAsked
from app.journal import Journal
from app.services.audit import RELAY
from app.services.presence import PresenceService
from app.services.tasks.book import Entry, TaskBook
from app.services.tasks.steps import TaskSteps
from protocol.errors import ClawNetError
from protocol.tasks import TaskState
from storage.ports import ForgetTask


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited for what, in seconds.

    `queue`: for an assignee to come; `take`: for an online one to take its task; `lease`: for its next word;
    `grace`: beyond a task's own timeout; `approval`: for a master; `cancel`: for the end of what was stopped.
    """

    queue: float = 3600.0
    take: float = 30.0
    lease: float = 60.0
    grace: float = 30.0
    approval: float = 900.0
    cancel: float = 60.0
    attempts: int = 3


class TaskWatch:
    """Looks at the tasks under way; one look is one `sweep`."""

    def __init__(
        self,
        *,
        book: TaskBook,
        steps: TaskSteps,
        presence: PresenceService,
        journal: Journal,
        patience: Patience,
        clock: Clock,
    ) -> None:
        self._book = book
        self._steps = steps
        self._presence = presence
        self._journal = journal
        self._patience = patience
        self._clock = clock

    async def sweep(self) -> None:
        """Move on what is due; what can't be stored now is due again at the next look."""
        # A task that the store keeps after all is found again, and forgotten, when it is next loaded.
        with suppress(ClawNetError):
            if forgotten := self._book.take_forgotten():
                await self._journal.write(*map(ForgetTask, forgotten))
        for entry in self._book.under_way():
            # A task that is being changed at this moment is looked at next time.
            if not entry.lock.locked():
                async with entry.lock:
                    with suppress(ClawNetError):
                        await self._look_at(entry)

    def approval_ends(self, task_id: str) -> datetime | None:
        """Return when a task that waits for approval is denied for want of it; None for all others."""
        entry = self._book.get(task_id)
        if entry is None or entry.task.state is not TaskState.NEEDS_APPROVAL:
            return None
        left = entry.since + self._patience.approval - self._clock.monotonic()
        return self._clock.now() + timedelta(seconds=left)

    async def _look_at(self, entry: Entry) -> None:
        match entry.task.state:
            case TaskState.NEEDS_APPROVAL:
                if self._is_over(entry.since, self._patience.approval):
                    await self._end(entry, TaskState.DENIED, "nobody approved it in time")
            case TaskState.QUEUED:
                await self._look_at_queued(entry)
            case TaskState.DISPATCHED:
                await self._look_at_dispatched(entry)
            case TaskState.RUNNING:
                await self._look_at_running(entry)
            case TaskState.CANCELLING:
                await self._look_at_cancelling(entry)
            case _:
                pass

    async def _look_at_queued(self, entry: Entry) -> None:
        if self._is_over(entry.since, self._patience.queue):
            await self._end(entry, TaskState.LOST, "the agent did not come in time")
        elif self._presence.is_online(entry.task.to):
            await self._steps.advance(RELAY, entry.task, TaskState.DISPATCHED)

    async def _look_at_dispatched(self, entry: Entry) -> None:
        if self._is_over(entry.since, self._patience.queue):
            await self._end(entry, TaskState.LOST, "the agent did not take it in time")
        elif not self._presence.is_online(entry.task.to):
            # Its time to take the task begins when it is back.
            entry.heard_at = self._clock.monotonic()
        elif self._is_over(entry.heard_at, self._patience.take):
            # Nobody executes before its ack was answered: this task has not begun.
            await self._dispatch_again(entry, "the agent does not take it")

    async def _look_at_running(self, entry: Entry) -> None:
        has_word = not self._is_over(entry.heard_at, self._patience.lease)
        if self._is_over(entry.since, entry.task.timeout + self._patience.grace):
            if has_word:
                await self._end(entry, TaskState.TIMED_OUT, "no result in time")
                self._journal.announce(TaskCancelAsked(entry.task))
            else:
                await self._end(entry, TaskState.LOST, "the agent fell silent; it may have run")
        elif not has_word and entry.task.risk == 0:
            # It reads and changes nothing, so a second run does no harm.
            await self._dispatch_again(entry, "the agent fell silent")

    async def _look_at_cancelling(self, entry: Entry) -> None:
        if self._is_over(entry.since, self._patience.cancel):
            await self._end(entry, TaskState.LOST, "the agent did not confirm that it stopped")
        else:
            self._journal.announce(TaskCancelAsked(entry.task))

    async def _dispatch_again(self, entry: Entry, why_not: str) -> None:
        attempt = entry.task.attempt + 1
        if attempt > self._patience.attempts:
            await self._end(entry, TaskState.LOST, why_not)
            return
        state = TaskState.DISPATCHED if self._presence.is_online(entry.task.to) else TaskState.QUEUED
        await self._steps.advance(RELAY, entry.task, state, with_order=True, attempt=attempt)
        entry.holder = ""

    async def _end(self, entry: Entry, state: TaskState, reason: str) -> None:
        await self._steps.end(RELAY, entry.task, state, reason)

    def _is_over(self, since: float, seconds: float) -> bool:
        return self._clock.monotonic() - since >= seconds
