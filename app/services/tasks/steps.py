"""How a step of a task is stored: the task, its entry in the room, its order if there is one, and the record.

All of it in one write, so that a task is never in a state that its room has not heard of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.actor import Actor
from app.clock import Clock
from app.events import Fact, TaskMoved
from app.journal import Journal
from app.services.audit import AuditService
from app.services.posting import Address, Stub, append_of, digest, posted
from app.services.room_shapes import inbox_of
from app.services.rooms import RoomService
from protocol.addressing import address_of
from protocol.payloads import OrderPayload, TaskPayload, TaskUpdatePayload
from protocol.rooms import Room
from protocol.tasks import Task, TaskState
from storage.ports import Append, Op, Receipt, SaveTask


@dataclass(frozen=True, slots=True)
class Asked:
    """How tasks were asked for: id and dedupe key of the request, and the words that the key stands for."""

    id: str
    key: str
    words: str


class TaskSteps:
    """Writes the life of tasks."""

    def __init__(self, *, rooms: RoomService, journal: Journal, audit: AuditService, clock: Clock) -> None:
        self._rooms = rooms
        self._journal = journal
        self._audit = audit
        self._clock = clock

    async def open(self, actor: Actor, tasks: Sequence[Task], asked: Asked) -> Receipt:
        """Store the tasks of one request, all or none; the same request again changes nothing.

        Raises:
            DedupeMismatch: the key was used for another request.
        """
        ops: list[Op] = []
        for number, task in enumerate(tasks):
            stub = Stub(f"task:{task.id}", f"task:{task.id}")
            if number == 0:
                stub = _stub_of(asked)
            ops += self._ops(actor, task, TaskPayload(task=task), stub)
            if task.attempt:
                ops.append(self._order(actor, task))
        return await self._journal.write(*ops, facts=lambda receipt: _facts(receipt, tasks))

    async def repeat(self, actor: Actor, room: Room, first: Task, asked: Asked) -> Receipt:
        """Ask the store for the place of a request that was made already; no task is touched.

        Raises:
            DedupeMismatch: the key was used for another request.
        """
        address = Address(room, *address_of(room.id, actor.agent_id))
        append = append_of(actor, address, TaskPayload(task=first), _stub_of(asked), self._now())
        return await self._journal.write(append, facts=posted)

    async def advance(
        self, actor: Actor, before: Task, state: TaskState, *, with_order: bool = False, **changes: Any
    ) -> None:
        """Store one step on behalf of who caused it: the task in its new state, with what else has changed.

        With `with_order` its assignee gets it for the first time, or once more.
        """
        ended = {"ended_at": self._now()} if state.is_terminal else {}
        task = before.model_copy(update={"state": state} | ended | changes)
        name = f"task:{task.id}:{task.attempt}:{task.state}"
        ops = self._ops(actor, task, TaskUpdatePayload(task=task), Stub(name, name))
        if with_order:
            ops.append(self._order(actor, task))
        await self._journal.write(*ops, facts=lambda receipt: _facts(receipt, (task,)))

    async def end(self, actor: Actor, task: Task, state: TaskState, reason: str) -> None:
        """Store that the relay, or a person, has ended a task, and why."""
        await self.advance(actor, task, state, reason=reason[:256] or None)

    def _ops(
        self, actor: Actor, task: Task, payload: TaskPayload | TaskUpdatePayload, stub: Stub
    ) -> list[Op]:
        ops: list[Op] = []
        # A room can be deleted while its tasks run; they still come to an end.
        if (room := self._rooms.room(task.room)) is not None:
            address = Address(room, *address_of(room.id, actor.agent_id))
            ops.append(append_of(actor, address, payload, stub, self._now()))
        ops += [SaveTask(task), self._record(actor, task)]
        return ops

    def _order(self, actor: Actor, task: Task) -> Append:
        name = order_id(task)
        address = Address(inbox_of(task.to), "dm", task.to)
        payload = OrderPayload(task=task, lease=task.lease)
        return append_of(actor, address, payload, Stub(name, name), self._now())

    def _record(self, actor: Actor, task: Task) -> Op:
        return self._audit.op(
            actor,
            f"task.{task.state}",
            task.id,
            to=task.to,
            command=task.command,
            attempt=task.attempt,
            sha256=digest(task.command, "\0".join(task.args).encode()).hex(),
        )

    def _now(self) -> str:
        return self._clock.stamp()


def order_id(task: Task) -> str:
    """Return the id of the entry in the assignee's inbox that tells it to execute this attempt."""
    return f"order:{task.id}:{task.attempt}"


def _stub_of(asked: Asked) -> Stub:
    # The first entry stands for the request: its dedupe key is what a repeat is known by.
    return Stub(asked.id, asked.key, asked.words.encode())


def _facts(receipt: Receipt, tasks: Sequence[Task]) -> tuple[Fact, ...]:
    if receipt.repeat is not None:
        return ()
    return (*map(TaskMoved, tasks), *posted(receipt))
