"""Agents that execute tasks with the SDK, well or badly, and count what they did."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from clawnet import Agent, ClawNetError, Pace, RetryPolicy, TaskDispatched
from e2e.rest import Rest
from protocol.errors import NotFound, StaleLease

QUICK = Pace(reconnect=RetryPolicy(first=0.05, cap=0.5))


async def tasks_of(rest: Rest) -> list[dict[str, Any]]:
    """Read the whole list of tasks, the newest first."""
    items: list[dict[str, Any]] = []
    cursor = ""
    while True:
        query = {"limit": "200"} | ({"cursor": cursor} if cursor else {})
        page = (await rest.http.get("/api/v1/tasks", params=query)).json()
        items += page["items"]
        if page["next"] is None:
            return items
        cursor = page["next"]


class Worker:
    """One agent: takes each task once, executes it for `seconds`, and reports until it is heard."""

    def __init__(self, url: str, token: str, *, seconds: float = 0.0, ends: bool = True) -> None:
        self.agent = Agent(url, token=token, pace=QUICK)
        self.runs: Counter[str] = Counter()
        self._seconds = seconds
        self._ends = ends
        self._taken: set[str] = set()
        self._work: set[asyncio.Task[None]] = set()
        self.agent.on_task(self._begin)

    async def close(self) -> None:
        """Leave, whatever is under way."""
        for work in self._work:
            work.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        with suppress(ClawNetError):
            await self.agent.close()

    async def _begin(self, order: TaskDispatched) -> None:
        work = asyncio.create_task(self._execute(order))
        self._work.add(work)
        work.add_done_callback(self._work.discard)

    async def _execute(self, order: TaskDispatched) -> None:
        task_id = order.task.id
        if task_id in self._taken:
            return
        self._taken.add(task_id)
        if not await self._said(self.agent.task_ack, task_id, order.lease):
            # Handed on: another order of it may come.
            self._taken.discard(task_id)
            return
        self.runs[task_id] += 1
        if not self._ends:
            return
        await asyncio.sleep(self._seconds)
        await self._said(self.agent.task_result, task_id, order.lease, "succeeded", output="done")

    async def _said(self, say: Callable[..., Awaitable[object]], *words: str, **more: Any) -> bool:
        while True:
            try:
                await say(*words, **more)
            except (NotFound, StaleLease):
                return False
            except ClawNetError:
                await asyncio.sleep(0.1)
            else:
                return True
