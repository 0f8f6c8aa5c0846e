"""Who asks for tasks and who executes them, on a stage."""

from dataclasses import dataclass

from protocol.acks import ResultTaken, Sent
from protocol.addressing import ToType
from protocol.messages import Message
from protocol.payloads import OrderPayload, TaskPayload, TaskUpdatePayload
from protocol.requests import TaskResult
from protocol.tasks import Task, TaskState
from tests.fakes import Reader, Stage, turns


@dataclass(slots=True)
class Crew:
    """The operator asks, ann may ask, and bob executes: he is online."""

    stage: Stage
    bob: Reader

    async def ask(self, line: str, *, by: str = "operator", room: str = "global", key: str = "") -> Sent:
        """Type a line in a room."""
        to_type: ToType = "global" if room == "global" else "room"
        actor = self.stage.actor(by)
        return await self.stage.say(actor, line, to_type=to_type, to_id=room, key=key or None)

    async def task(self, line: str = "/ask @bob how are you", **how: str) -> Task:
        """Type a line that makes one task; return it."""
        (task_id,) = (await self.ask(line, **how)).task_ids
        return self.see(task_id)

    def see(self, task_id: str) -> Task:
        """Return a task as it is now."""
        return self.stage.core.coordination.tasks.see(self.stage.operator, task_id)

    async def take(self, task: Task, *, by: str = "bob", holder: str = "") -> int:
        """Acknowledge a task as it is now; return where its order stands."""
        lease = self.see(task.id).lease
        reports = self.stage.core.coordination.reports
        return await reports.acknowledge(self.stage.actor(by), task.id, lease, holder=holder)

    async def finish(self, task: Task, *, by: str = "bob", **how: object) -> ResultTaken:
        """Report a result, with the present lease if no other is given."""
        said = {"state": "succeeded", "output": "fine", "lease": self.see(task.id).lease} | how
        result = TaskResult.model_validate({"task_id": task.id} | said)
        return await self.stage.core.coordination.reports.result(self.stage.actor(by), result)

    async def running(self, line: str = "/ask @bob how are you") -> Task:
        """Ask for a task and let bob take it."""
        task = await self.task(line)
        await self.take(task, holder=self.bob.id)
        return self.see(task.id)

    async def leave(self) -> None:
        """Take bob offline."""
        self.stage.core.readers.delivery.detach(self.bob.id)
        self.stage.core.people.presence.detach("bob", self.bob.id)

    async def back(self) -> None:
        """Bring bob back over a new connection."""
        self.bob = await self.stage.connect("bob")

    async def wait(self, seconds: float) -> None:
        """Let time pass and look after tasks."""
        self.stage.clock.advance(seconds)
        await self.stage.core.coordination.watch.sweep()
        await turns()

    async def entries(self, room: str = "global") -> list[Message]:
        """Return what stands in a room."""
        return await self.stage.core.base.store.page(room, after=0, limit=1_000)

    async def states(self, task: Task) -> list[str]:
        """Return the states that the room has heard of a task, in order."""
        return [
            entry.payload.task.state.value
            for entry in await self.entries(task.room)
            if isinstance(entry.payload, TaskPayload | TaskUpdatePayload) and entry.payload.task.id == task.id
        ]

    async def orders(self, agent_id: str = "bob") -> list[tuple[str, int]]:
        """Return the orders in an inbox: command line and attempt."""
        return [
            (entry.payload.task.line, entry.payload.task.attempt)
            for entry in await self.entries(f"inbox:{agent_id}")
            if isinstance(entry.payload, OrderPayload)
        ]


async def gather(stage: Stage) -> Crew:
    """Enrol ann and bob, and connect bob."""
    await stage.enrol("ann")
    await stage.enrol("bob")
    return Crew(stage, await stage.connect("bob"))


def a_task(task_id: str, state: TaskState = TaskState.RUNNING, **changes: object) -> Task:
    """Return a task of ann for bob."""
    fields = {"id": task_id, "room": "global", "command": "ping", "to": "bob", "requested_by": "ann"}
    created = {"created_at": "2026-01-01T00:00:00.000Z", "state": state}
    return Task.model_validate(fields | created | changes)
