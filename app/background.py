"""The keeper of background work: no task is lost to the garbage collector, no failure goes unseen."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

_log = logging.getLogger("clawnet.background")


class Background:
    """Runs coroutines beside the requests and ends them with the relay."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any], *, name: str) -> None:
        """Start `work`; its failure is logged under `name`."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    async def close(self) -> None:
        """Cancel what still runs and wait for its end."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _on_done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("background work failed", extra={"work": task.get_name()}, exc_info=error)
