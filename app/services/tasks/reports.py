"""What assignees report: that they took a task, how far it is, and how it ended, once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.actor import Actor
from app.clock import Clock
from app.events import TaskCancelAsked, TaskProgressed
from app.journal import Journal
from app.services.pausing import PauseService
from app.services.permissions import Operation, check, standing_to
from app.services.presence import PresenceService
from app.services.tasks.book import Entry, TaskBook
from app.services.tasks.steps import TaskSteps
from protocol.acks import ResultTaken
from protocol.errors import NotFound, StaleLease
from protocol.requests import TaskProgress, TaskResult
from protocol.tasks import TaskState

HELD = frozenset({TaskState.RUNNING, TaskState.CANCELLING})


class TaskReports:
    """Takes the word of who executes; a late or forged one counts for nothing."""

    def __init__(
        self,
        *,
        book: TaskBook,
        steps: TaskSteps,
        presence: PresenceService,
        pausing: PauseService,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._book = book
        self._steps = steps
        self._presence = presence
        self._pausing = pausing
        self._journal = journal
        self._clock = clock

    async def acknowledge(self, actor: Actor, task_id: str, lease: str, *, holder: str = "") -> int:
        """Let the assignee execute; return where the order stands in its inbox. `holder` is its connection.

        Raises:
            NotFound: not its task. Paused: it is not to work now.
            StaleLease: the lease was handed on, the task has ended, or another connection holds it.
        """
        async with self._held(actor, task_id, lease) as entry:
            self._pausing.check(actor)
            task = entry.task
            if task.state in {TaskState.QUEUED, TaskState.DISPATCHED}:
                entry.holder = holder
                await self._steps.advance(actor, task, TaskState.RUNNING, started_at=self._clock.stamp())
            elif task.state in HELD and self._is_free_for(actor, entry, holder):
                entry.holder = holder
            else:
                raise StaleLease("this task has ended, or another connection of this agent holds it")
            return entry.offset

    async def progress(self, actor: Actor, request: TaskProgress) -> None:
        """Note that a task is being worked on; this renews its lease.

        Raises:
            NotFound: not its task. StaleLease: the lease was handed on, or the task has ended.
        """
        async with self._held(actor, request.task_id, request.lease) as entry:
            if entry.task.state not in HELD:
                raise StaleLease("this task is not running")
            if request.percent is not None:
                entry.task = entry.task.model_copy(update={"percent": request.percent})
            self._journal.announce(TaskProgressed(entry.task, request.text))
            if entry.task.state is TaskState.CANCELLING:
                self._journal.announce(TaskCancelAsked(entry.task))

    async def result(self, actor: Actor, request: TaskResult) -> ResultTaken:
        """Record how a task ended, once; the same report again is a duplicate and changes nothing.

        Raises:
            NotFound: not its task. StaleLease: the lease was handed on, or the task ended otherwise.
        """
        async with self._held(actor, request.task_id, request.lease) as entry:
            task = entry.task
            if task.state.is_terminal:
                if task.state != request.state or task.reason is not None:
                    raise StaleLease("this task has ended otherwise")
                return ResultTaken(duplicate=True)
            await self._steps.advance(
                actor,
                task,
                TaskState(request.state),
                output=request.output,
                exit_code=request.exit_code,
                truncated=request.truncated,
            )
        return ResultTaken()

    def lease_of(self, actor: Actor, task_id: str) -> str:
        """Return the present lease of a task of the actor's own, for clients whose protocol has none.

        Raises:
            NotFound: not its task.
        """
        entry = self._book.get(task_id)
        if entry is None or entry.task.to != actor.agent_id:
            raise NotFound("no such task", field="task_id")
        return entry.task.lease

    def _is_free_for(self, actor: Actor, entry: Entry, holder: str) -> bool:
        if entry.holder in {"", holder}:
            return True
        return not self._presence.has(actor.agent_id, entry.holder)

    @asynccontextmanager
    async def _held(self, actor: Actor, task_id: str, lease: str) -> AsyncIterator[Entry]:
        entry = self._book.get(task_id)
        # Somebody else's task answers like one that does not exist.
        if entry is None or entry.task.to != actor.agent_id:
            raise NotFound("no such task", field="task_id")
        check(actor, Operation.TASK_REPORT, standing_to(actor, entry.task.to))
        async with entry.lock:
            if not lease or lease != entry.task.lease:
                raise StaleLease("the lease was handed on", field="lease")
            yield entry
            entry.heard_at = self._clock.monotonic()
