"""What an operator may do with tasks; each step asks again whether the session still allows it."""

from datetime import datetime

from app.services.permissions import Operation, Standing
from components.authority import Authority
from protocol.acks import CommandInfo
from protocol.addressing import RoomKind
from protocol.tasks import Task, TaskState


class Work(Authority):
    """The doings of one session with tasks; the services judge them."""

    async def cancel(self, task_id: str) -> Task:
        """End a task that nobody has begun, or ask for an end of it.

        Raises:
            ClawNetError: what the relay refuses; so do all others here.
        """
        return await self._console.work.tasks.cancel(self.acting(), task_id)

    async def approve(self, task_id: str) -> Task:
        """Let a risky task run, once."""
        return await self._console.work.tasks.approve(self.acting(), task_id)

    async def deny(self, task_id: str, reason: str = "") -> Task:
        """Refuse a risky task."""
        return await self._console.work.tasks.deny(self.acting(), task_id, reason)

    def decided(self, task_id: str) -> str:
        """Say what became of a task that somebody was too late to decide on."""
        task = self._console.work.tasks.see(self.actor(), task_id)
        if task.state is TaskState.DENIED:
            return f"already denied: {task.reason}" if task.reason else "already denied"
        if task.approved_by is None:
            return "this task does not wait for approval any more"
        return f"already approved by {self._console.identity.agent(task.approved_by).handle}"

    async def retry(self, task_id: str, key: str) -> Task:
        """Run a task once more; who is not in its public room yet enters it with that."""
        actor = self.acting()
        before = self._console.work.tasks.see(actor, task_id)
        room = self._console.rooms.see(actor, before.room)
        is_stranger = room.kind is RoomKind.ROOM and actor.agent_id not in room.members
        if is_stranger and self.may(Operation.CHAT_SEND, Standing.MEMBER):
            await self._console.rooms.join(actor, room.id)
        return await self._console.work.retrying.retry(actor, task_id, key=key)

    async def save(self, name: str, line: str) -> None:
        """Keep a command line under a name."""
        await self._console.work.saved.save(self.acting(), name, line)

    async def forget(self, name: str) -> None:
        """Forget a command line that was kept."""
        await self._console.work.saved.forget(self.acting(), name)

    def now(self) -> datetime:
        """Return the relay's time."""
        return self._console.now()

    def commands(self) -> list[CommandInfo]:
        """List what can be typed; looking does not keep the session awake."""
        actor = self.watcher()
        return self._console.work.slash.commands(actor) if actor else []

    def views(self) -> dict[str, str]:
        """Return the operator's own queries by name, without keeping the session awake."""
        actor = self.watcher()
        return self._console.views.of(actor) if actor else {}

    async def save_view(self, name: str, query: str) -> None:
        """Keep a query under a name."""
        await self._console.views.save(self.acting(), name, query)

    async def forget_view(self, name: str) -> None:
        """Forget a query."""
        await self._console.views.forget(self.acting(), name)
