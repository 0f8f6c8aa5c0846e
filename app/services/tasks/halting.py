"""Halting: an agent that is paused stops what it is at."""

from contextlib import suppress

from app.actor import Actor
from app.services.pausing import PauseService
from app.services.tasks.book import TaskBook
from app.services.tasks.service import TaskService
from protocol.errors import ClawNetError


class Halting:
    """Pauses agents together with their tasks."""

    def __init__(self, *, pausing: PauseService, tasks: TaskService, book: TaskBook) -> None:
        self._pausing = pausing
        self._tasks = tasks
        self._book = book

    async def pause(self, actor: Actor, who: str, reason: str = "") -> list[str]:
        """Stop an agent, or with `@all` every worker, and ask for an end of all its tasks.

        Returns the ids of those who were stopped.

        Raises:
            Forbidden: no master. NotFound: no such agent.
        """
        stopped = await self._pausing.pause(actor, who, reason)
        for entry in self._book.under_way():
            if entry.task.to in stopped:
                # One that ends by itself at this moment needs no end from here.
                with suppress(ClawNetError):
                    await self._tasks.stop(actor, entry.task.id, "paused")
        return stopped
