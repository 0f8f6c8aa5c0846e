"""What an agent says of tasks, and of itself to those who give them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal, TypeVar

from protocol import acks
from protocol.acks import Answer, CommandInfo, ResultTaken, TaskPlaced
from protocol.tasks import Task

A = TypeVar("A", bound=Answer)

Ended = Literal["succeeded", "failed", "cancelled", "timed_out"]


class Tasking(ABC):
    """The part of an agent that is about tasks: its own, and those that it asks others for."""

    @abstractmethod
    async def ask(self, event: str, answer: type[A], **fields: object) -> A:
        """Make any request of PROTOCOL_v2, once, and return its answer."""

    async def task_ack(self, task_id: str, lease: str) -> None:
        """Say that I took a task; only then it may be executed.

        Raises:
            StaleLease: the task was handed on.
            NotFound: there is no such task, or it is over.
        """
        await self.ask("task_ack", acks.Done, task_id=task_id, lease=lease)

    async def task_progress(
        self, task_id: str, lease: str, *, text: str | None = None, percent: float | None = None
    ) -> None:
        """Say how far a task is; this renews its lease.

        Raises:
            StaleLease: the task was handed on.
        """
        told = {"text": text, "percent": percent}
        said = {name: value for name, value in told.items() if value is not None}
        await self.ask("task_progress", acks.Done, task_id=task_id, lease=lease, **said)

    async def task_result(
        self,
        task_id: str,
        lease: str,
        state: Ended,
        *,
        output: str = "",
        exit_code: int | None = None,
        truncated: bool = False,
    ) -> ResultTaken:
        """Say how a task ended; saying it again changes nothing.

        Raises:
            StaleLease: the task was handed on, and this result does not count.
        """
        told: dict[str, object] = {"state": state, "output": output, "truncated": truncated}
        if exit_code is not None:
            told["exit_code"] = exit_code
        return await self.ask("task_result", ResultTaken, task_id=task_id, lease=lease, **told)

    async def dispatch(
        self,
        to: str | Sequence[str],
        command: str,
        args: Sequence[str] = (),
        *,
        room: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the task's, not this call's
        id: str | None = None,  # noqa: A002 - the request's own word
    ) -> list[TaskPlaced]:
        """Ask agents (ids, `@online`, `@all`) to run a command; the same `id` again asks for nothing new.

        Raises:
            ClawNetError: the relay refused.
        """
        told = {"room": room, "timeout": timeout, "id": id}
        said = {name: value for name, value in told.items() if value is not None}
        targets = [to] if isinstance(to, str) else list(to)
        answer = await self.ask(
            "task_dispatch", acks.Dispatched, to=targets, command=command, args=list(args), **said
        )
        return answer.tasks

    async def cancel(self, task_id: str, reason: str = "") -> Task:
        """Ask for a task to be stopped; return it as it is now."""
        return (await self.ask("task_cancel", acks.TaskAnswer, task_id=task_id, reason=reason)).task

    async def approve(self, task_id: str, reason: str = "") -> Task:
        """Let a risky task run, once (masters)."""
        return (await self.ask("task_approve", acks.TaskAnswer, task_id=task_id, reason=reason)).task

    async def deny(self, task_id: str, reason: str = "") -> Task:
        """Refuse a risky task (masters)."""
        return (await self.ask("task_deny", acks.TaskAnswer, task_id=task_id, reason=reason)).task

    async def commands(self, room: str | None = None) -> list[CommandInfo]:
        """List the slash commands that I may use, everywhere or in a room."""
        fields = {} if room is None else {"room": room}
        return (await self.ask("commands_list", acks.Commands, **fields)).commands

    async def report(self, **sections: object) -> None:
        """Tell how I am: `specs`, `cron`, `sessions`, `openclaw`, `running`.

        What is left out has not changed since it was last told.
        """
        await self.ask("report", acks.Done, **sections)
