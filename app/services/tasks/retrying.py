"""Retrying: a task that has ended is asked for once more; the new one names the old one."""

from app.actor import Actor
from app.clock import Clock
from app.services.commands import CommandRegistry
from app.services.permissions import Operation
from app.services.rooms import RoomService
from app.services.tasks.service import Order, TaskService
from app.services.tasks.steps import Asked
from app.services.tasks.targets import TargetFinder
from protocol.errors import Conflict
from protocol.tasks import Task


class Retrying:
    """Makes a new task out of an old one, with the rights of who asks for it now."""

    def __init__(
        self,
        *,
        tasks: TaskService,
        registry: CommandRegistry,
        finder: TargetFinder,
        rooms: RoomService,
        clock: Clock,
    ) -> None:
        self._tasks = tasks
        self._registry = registry
        self._finder = finder
        self._rooms = rooms
        self._clock = clock

    async def retry(self, actor: Actor, task_id: str, *, key: str | None = None) -> Task:
        """Run a task once more; the same `key` again makes no second one.

        Raises:
            NotFound: no such task for this actor. Conflict: it has not ended, or its retry is long gone.
        """
        before = self._tasks.see(actor, task_id)
        if not before.state.is_terminal:
            raise Conflict("this task has not ended", field="task_id")
        room = self._rooms.permitted(actor, Operation.CHAT_SEND, before.room)
        order = Order(
            room,
            self._registry.named(before.command),
            tuple(before.args),
            self._finder.find(actor, room, (before.to,)),
            before.timeout,
            retry_of=before.id,
        )
        made = key or self._clock.new_id()
        dispatch = await self._tasks.dispatch(actor, order, Asked(made, made, f"retry {before.id}"))
        if not dispatch.tasks:
            raise Conflict("this was asked for already, so long ago that the task has left", field="key")
        return dispatch.tasks[0]
