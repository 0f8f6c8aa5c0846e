"""What can be asked of tasks: to run one, to stop it, to approve it, to see it.

A task lives in the room where it was asked for: its creation and every step are entries there. The order to
execute is an entry in the assignee's inbox and carries a lease; only who holds the present lease may report.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.actor import Actor
from app.clock import Clock
from app.events import Fact, MessagePosted, TaskCancelAsked, TaskMoved
from app.journal import Journal
from app.services.commands import Command
from app.services.pausing import PauseService
from app.services.permissions import Operation, check, standing_to
from app.services.posting import digest, place_in
from app.services.presence import PresenceService
from app.services.rooms import RoomService
from app.services.tasks.book import Entry, TaskBook
from app.services.tasks.policy import Policy
from app.services.tasks.steps import Asked, TaskSteps, order_id
from app.services.tasks.targets import Targets
from protocol.addressing import inbox_room
from protocol.errors import Conflict, DedupeMismatch, NotFound, RateLimited
from protocol.roles import Role
from protocol.rooms import Room
from protocol.tasks import Task, TaskState
from storage.ports import Directory, Log, Place

MAX_PENDING = 100  # tasks that wait for one agent
FORCE_AFTER = 15.0  # seconds after which asking again ends a task that does not stop
_WAITING = frozenset({TaskState.QUEUED, TaskState.DISPATCHED, TaskState.NEEDS_APPROVAL})


@dataclass(frozen=True, slots=True)
class Order:
    """A command with its arguments, for whom, and on behalf of which room; `timeout` in seconds."""

    room: Room
    command: Command
    args: tuple[str, ...]
    targets: Targets
    timeout: float = 600.0
    retry_of: str | None = None


@dataclass(frozen=True, slots=True)
class Dispatch:
    """The tasks that came of a request, and where its first entry stands."""

    tasks: list[Task]
    place: Place
    duplicate: bool


class TaskService:
    """Dispatches tasks and takes their results."""

    def __init__(
        self,
        *,
        rooms: RoomService,
        presence: PresenceService,
        pausing: PauseService,
        steps: TaskSteps,
        book: TaskBook,
        journal: Journal,
        log: Log,
        policy: Policy,
        worker_risk: int,
        clock: Clock,
    ) -> None:
        self._rooms = rooms
        self._presence = presence
        self._pausing = pausing
        self._steps = steps
        self._journal = journal
        self._log = log
        self._policy = policy
        self._worker_risk = worker_risk
        self._clock = clock
        self._book = book

    def adopt(self, policy: Policy, worker_risk: int) -> None:
        """Judge commands by other rules from now on."""
        self._policy, self._worker_risk = policy, worker_risk

    async def load(self, directory: Directory) -> None:
        """Take up what the store knows; what runs is given its time anew."""
        for task in sorted(await directory.tasks(), key=lambda task: task.created_at):
            self._book.put(task, self._clock.monotonic())
        for entry in self._book.under_way():
            if order := await self._log.message(inbox_room(entry.task.to), order_id(entry.task)):
                entry.offset = order.offset

    def apply(self, fact: Fact) -> None:
        """Follow what the journal published."""
        match fact:
            case TaskMoved(task):
                self._book.put(task, self._clock.monotonic())
            case MessagePosted(message) if message.payload.kind == "order":
                if entry := self._book.get(message.payload.task.id):
                    entry.offset = message.offset
            case _:
                pass

    async def dispatch(self, actor: Actor, order: Order, asked: Asked) -> Dispatch:
        """Make one task for each target; the same request again answers with the first one's tasks.

        Raises:
            Forbidden: not with this role, or not to others. Paused: the actor, or a target.
            RateLimited: a target has too much to do already. DedupeMismatch: the key was used otherwise.
        """
        group = _group_of(actor, asked.key)
        if before := self._book.of_group(group):
            return await self._repeated(actor, order, asked, before)
        self._check_order(actor, order)
        tasks = [
            self._made(actor, order, target, group, number) for number, target in enumerate(order.targets.ids)
        ]
        receipt = await self._steps.open(actor, tasks, asked)
        return Dispatch(self._book.of_group(group), place_in(receipt), receipt.repeat is not None)

    def targets_before(self, actor: Actor, key: str) -> Targets | None:
        """Return for whom an actor's earlier request with this key was, if there was one.

        Who is online by now, or has left, is nothing to a repeat.
        """
        tasks = self._book.of_group(_group_of(actor, key))
        return Targets(tuple(task.to for task in tasks)) if tasks else None

    async def cancel(self, actor: Actor, task_id: str, reason: str = "") -> Task:
        """End a task that nobody has begun, or ask its assignee to stop.

        Asked again after a while, a task that does not stop is given up for lost.

        Raises:
            NotFound: no such task for this actor. Forbidden: neither its requester nor a master.
            Conflict: it has ended.
        """
        task = self.see(actor, task_id)
        check(actor, Operation.TASK_CANCEL, standing_to(actor, task.requested_by))
        return await self.stop(actor, task_id, reason)

    async def stop(self, actor: Actor, task_id: str, reason: str = "") -> Task:
        """Do as `cancel` does for an actor who has been let in already.

        Raises:
            NotFound: no such task. Conflict: it has ended.
        """
        entry = self._entry(task_id)
        async with entry.lock:
            task = entry.task
            if task.state.is_terminal:
                raise Conflict("this task has ended", field="task_id")
            if task.state in _WAITING:
                await self._steps.end(actor, task, TaskState.CANCELLED, reason)
            elif task.state is TaskState.RUNNING:
                await self._steps.advance(actor, task, TaskState.CANCELLING)
                self._journal.announce(TaskCancelAsked(entry.task))
            elif self._clock.monotonic() - entry.since >= FORCE_AFTER:
                await self._steps.end(
                    actor, task, TaskState.LOST, reason or "given up: it did not confirm to stop"
                )
            return entry.task

    async def approve(self, actor: Actor, task_id: str) -> Task:
        """Let a risky task run: this command, with these arguments, on this agent, once.

        Raises:
            Forbidden: no master. NotFound: no such task. Conflict: it does not wait for approval.
            Paused: the actor, or the assignee.
        """
        self._pausing.check(actor)
        async with self._awaiting(actor, task_id) as entry:
            self._pausing.check_target(entry.task.to)
            state = self._state_for(entry.task.to)
            changes = {"approved_by": actor.agent_id, "attempt": 1}
            await self._steps.advance(actor, entry.task, state, with_order=True, **changes)
            return entry.task

    async def deny(self, actor: Actor, task_id: str, reason: str = "") -> Task:
        """Refuse a risky task for good.

        Raises:
            Forbidden: no master. NotFound: no such task. Conflict: it does not wait for approval.
        """
        async with self._awaiting(actor, task_id) as entry:
            await self._steps.end(actor, entry.task, TaskState.DENIED, reason or "denied")
            return entry.task

    def see(self, actor: Actor, task_id: str) -> Task:
        """Return a task.

        Raises:
            NotFound: it does not exist, or not for this actor.
        """
        entry = self._book.get(task_id)
        if entry is None or not self.may_see(actor, entry.task):
            raise NotFound("no such task", field="task_id")
        return entry.task

    def may_see(self, actor: Actor, task: Task) -> bool:
        """Tell whether a task is an actor's own, in a room that it sees, or waits for its approval."""
        if actor.agent_id in {task.to, task.requested_by}:
            return True
        if actor.role is Role.MASTER and task.state is TaskState.NEEDS_APPROVAL:
            return True
        return self._rooms.may_see(actor, self._rooms.room(task.room))

    def listed(
        self, actor: Actor, *, state: str | None = None, agent: str | None = None, room: str | None = None
    ) -> list[Task]:
        """List the tasks that an actor may see, the newest first."""
        check(actor, Operation.TASK_LIST)
        return [
            task
            for task in self._book.newest_first()
            if state in {None, task.state}
            and agent in {None, task.to}
            and room in {None, task.room}
            and self.may_see(actor, task)
        ]

    async def _repeated(self, actor: Actor, order: Order, asked: Asked, before: list[Task]) -> Dispatch:
        first = before[0]
        # The store forgets keys in time, and tasks must not be made anew then, nor others in their place.
        if (first.room, first.command, tuple(first.args)) != (order.room.id, order.command.name, order.args):
            raise DedupeMismatch("this dedupe key was used for another command", field="dedupe_key")
        receipt = await self._steps.repeat(actor, order.room, first, asked)
        return Dispatch(before, place_in(receipt), duplicate=True)

    def _check_order(self, actor: Actor, order: Order) -> None:
        self._pausing.check(actor)
        is_risky = order.command.risk > self._worker_risk
        operation = Operation.TASK_DISPATCH_RISKY if is_risky else Operation.TASK_DISPATCH
        for target in order.targets.ids:
            check(actor, operation, standing_to(actor, target))
            self._pausing.check_target(target)
            if self._book.waiting_for(target) >= MAX_PENDING:
                raise RateLimited(f"{target} has {MAX_PENDING} tasks waiting", retry_after=30.0)

    def _made(self, actor: Actor, order: Order, target: str, group: str, number: int) -> Task:
        is_alone = len(order.targets.ids) == 1
        task = Task(
            id=group if is_alone else f"{group}-{number + 1}",
            group_id=None if is_alone else group,
            retry_of=order.retry_of,
            room=order.room.id,
            command=order.command.name,
            args=list(order.args),
            risk=order.command.risk,
            to=target,
            requested_by=actor.agent_id,
            state=self._state_for(target),
            attempt=1,
            timeout=order.timeout,
            created_at=self._now(),
        )
        ruling = self._policy.rule_on(task.line)
        if ruling.blocked:
            ended = {"reason": "not allowed by policy", "ended_at": self._now()}
            held = {"state": TaskState.BLOCKED, "rule": ruling.rule, "attempt": 0} | ended
        elif ruling.needs_approval:
            held = {"state": TaskState.NEEDS_APPROVAL, "rule": ruling.rule, "attempt": 0}
        else:
            return task
        return task.model_copy(update=held)

    def _state_for(self, agent_id: str) -> TaskState:
        return TaskState.DISPATCHED if self._presence.is_online(agent_id) else TaskState.QUEUED

    @asynccontextmanager
    async def _awaiting(self, actor: Actor, task_id: str) -> AsyncIterator[Entry]:
        check(actor, Operation.TASK_APPROVE)
        self.see(actor, task_id)
        entry = self._entry(task_id)
        async with entry.lock:
            if entry.task.state is not TaskState.NEEDS_APPROVAL:
                raise Conflict("this task does not wait for approval", field="task_id")
            yield entry

    def _entry(self, task_id: str) -> Entry:
        if (entry := self._book.get(task_id)) is None:
            raise NotFound("no such task", field="task_id")
        return entry

    def _now(self) -> str:
        return self._clock.stamp()


def _group_of(actor: Actor, key: str) -> str:
    """Return what a request's tasks are known by; the same for the same key, so that a repeat finds them."""
    return digest(actor.agent_id, key.encode()).hex()[:24]
