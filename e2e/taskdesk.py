"""The real relay as a `Desk`: tasks are given over REST and watched by a warden on a socket."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any, Self

from e2e.agents import RawAgent
from e2e.relay import Relay
from e2e.rest import Rest
from e2e.taskrelay import AGENT, PATIENCE, Body
from protocol.tasks import TERMINAL


class RealDesk:
    """Gives tasks to the agent `claw` of a real relay."""

    def __init__(self, relay: Relay, operator: Rest) -> None:
        self._relay = relay
        self._operator = operator
        self._watcher: RawAgent | None = None
        self.token = ""

    @property
    def url(self) -> str:
        """Return where the relay is."""
        return self._relay.url

    async def open(self, stack: AsyncExitStack) -> Self:
        """Enrol the agent, and a warden who watches."""
        self.token = await self._operator.enrol(AGENT)
        warden = RawAgent(self._relay.url, await self._operator.enrol("watcher", "warden"))
        self._watcher = await stack.enter_async_context(warden)
        return self

    async def dispatch(self, command: str, *args: str, room: str = "global", timeout: float = 60) -> str:
        """Give the agent a task."""
        body: Body = {"to": [AGENT], "command": command.removeprefix("/"), "args": list(args)}
        body |= {"room": room, "timeout": timeout}
        answer = await self._operator.http.post("/api/v1/tasks", json=body)
        assert answer.status_code == 201, answer.text
        task = answer.json()["tasks"][0]
        if task["state"] == "needs_approval":
            approved = await self._operator.http.post(f"/api/v1/tasks/{task['id']}/approve")
            assert approved.status_code == 200, approved.text
        return str(task["id"])

    async def cancel(self, task_id: str) -> None:
        """Ask for a task to be stopped."""
        answer = await self._operator.http.post(f"/api/v1/tasks/{task_id}/cancel")
        assert answer.status_code == 200, answer.text

    async def ended(self, task_id: str, within: float = PATIENCE) -> Body:
        """Wait for a task's result."""
        await self._until(lambda: self.results(task_id), within)
        answer = await self._operator.http.get(f"/api/v1/tasks/{task_id}")
        return dict(answer.json())

    async def running(self, task_id: str) -> None:
        """Wait until the agent has taken a task."""
        await self._until(lambda: any(each["task"]["state"] == "running" for each in self._told(task_id)))

    def progress(self, task_id: str) -> list[str]:
        """Return what was said of a task, one after the other."""
        return [each["text"] for each in self._told(task_id) if each.get("text")]

    def results(self, task_id: str) -> int:
        """Return how many ends a task has in its room."""
        assert self._watcher is not None
        steps = [each["payload"] for each in self._watcher.heard("chat_message")]
        ends = [step for step in steps if step["kind"] == "task_update" and step["task"]["id"] == task_id]
        return sum(step["task"]["state"] in set(TERMINAL) for step in ends)

    async def told(self, section: str) -> Body:
        """Wait until the agent has reported a section; return all of them."""
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self._operator.http.get(f"/api/v1/agents/{AGENT}/telemetry")
                if section in (sections := dict(answer.json()["sections"])):
                    return sections
                await asyncio.sleep(0.2)

    async def said(self, task_id: str, within: float = PATIENCE) -> None:
        """Wait until something was said of a task."""
        await self._until(lambda: self.progress(task_id), within)

    def _told(self, task_id: str) -> list[Any]:
        assert self._watcher is not None
        return [each for each in self._watcher.heard("task_update") if each["task"]["id"] == task_id]

    async def _until(self, look: Any, within: float = PATIENCE) -> None:
        assert self._watcher is not None
        await self._watcher.until(look, within)
