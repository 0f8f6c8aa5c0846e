"""Many tasks, while agents are cut off, slow, silent and gone: each ends, and ends once.

`CLAWNET_STORM=1000` sets how many; `make bench-full` takes a thousand.
"""

import asyncio
import os
from collections import Counter
from contextlib import AsyncExitStack

from e2e.agents import RawAgent
from e2e.conftest import StartRelay
from e2e.paces import UNLIMITED
from e2e.proxy import Proxy
from e2e.relay import Relay
from e2e.rest import Rest
from e2e.workers import Worker, tasks_of
from protocol.tasks import TERMINAL

TASKS = int(os.environ.get("CLAWNET_STORM", "200"))
KINDS = {"steady": 5, "cut": 4, "slow": 3, "silent": 2, "gone": 2}
CUT_EVERY = 1.0  # seconds
TIMES = {"task_queue_time": 20, "task_take_time": 60, "task_lease_time": 8, "task_grace_time": 3}


class Storm:
    """The agents of the storm, and what is asked of them."""

    def __init__(self, relay: Relay, operator: Rest, proxy: Proxy) -> None:
        self._relay = relay
        self._operator = operator
        self._proxy = proxy
        self.workers: dict[str, Worker] = {}

    async def gather(self, stack: AsyncExitStack) -> None:
        """Let all agents come."""
        for name in [f"{kind}-{number}" for kind, count in KINDS.items() for number in range(count)]:
            url = self._proxy.url if name.startswith("cut") else self._relay.url
            seconds = 0.02 if name.startswith("slow") else 0.0
            token = await self._operator.enrol(name)
            worker = Worker(url, token, seconds=seconds, ends=not name.startswith("silent"))
            stack.push_async_callback(worker.close)
            await worker.agent.connect(within=20)
            self.workers[name] = worker

    async def ask(self, number: int) -> str:
        """Ask the next agent for something that must not be done twice; return the task's id."""
        to = list(self.workers)[number % len(self.workers)]
        timeout = {"silent": 60, "gone": 20}.get(to.partition("-")[0], 90)
        body = {"to": to, "command": "ask", "args": [str(number)], "room": "global", "timeout": timeout}
        answer = await self._operator.http.post("/api/v1/tasks", json=body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["tasks"][0]["id"])

    async def leave(self) -> None:
        """Let some agents go for good."""
        for name, worker in self.workers.items():
            if name.startswith("gone"):
                await worker.close()

    async def cut(self) -> None:
        """Cut the unlucky ones off, again and again."""
        while True:
            await asyncio.sleep(CUT_EVERY)
            self._proxy.reset_all()

    async def until_all_ended(self) -> None:
        """Wait for the end of every task."""
        async with asyncio.timeout(180):
            while any(task["state"] not in TERMINAL for task in await tasks_of(self._operator)):  # noqa: ASYNC110 - REST tells nobody
                await asyncio.sleep(0.5)

    def runs(self) -> Counter[str]:
        """Count how often each task was executed."""
        runs = Counter[str]()
        for worker in self.workers.values():
            runs.update(worker.runs)
        return runs


async def forge(forger: RawAgent, task_id: str) -> None:
    """Try to report on somebody else's task."""
    held = {"task_id": task_id, "lease": f"{task_id}.1"}
    for event, more in (("task_ack", {}), ("task_result", {"state": "succeeded", "output": "forged"})):
        assert (await forger.call(event, held | more))["error"]["code"] == "not_found"


async def test_of_many_tasks_each_ends_once_whatever_becomes_of_the_agents(
    start_relay: StartRelay, stack: AsyncExitStack
) -> None:
    relay = start_relay(**UNLIMITED, **TIMES)
    operator = await stack.enter_async_context(Rest(relay.url, relay.token))
    storm = Storm(relay, operator, await stack.enter_async_context(Proxy(relay.port)))
    await storm.gather(stack)
    forger = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("forger")))

    cutting = asyncio.create_task(storm.cut())
    for number in range(TASKS):
        task_id = await storm.ask(number)
        if number == TASKS // 2:
            await storm.leave()
        if number % 50 == 0:
            await forge(forger, task_id)
    await storm.until_all_ended()
    cutting.cancel()

    tasks = await tasks_of(operator)
    states: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for task in tasks:
        states[task["to"].partition("-")[0]].add(task["state"])
    assert len({task["id"] for task in tasks}) == TASKS
    assert max(storm.runs().values()) == 1, "executed twice"
    assert states["steady"] == states["slow"] == states["cut"] == {"succeeded"}
    assert states["silent"] == {"lost"}
    assert states["gone"] == {"succeeded", "lost"}
    assert {task["output"] for task in tasks if task["state"] == "succeeded"} == {"done"}
    endings = Counter(
        message["payload"]["task"]["id"]
        for message in await operator.history()
        if message["payload"]["kind"] == "task_update" and message["payload"]["task"]["state"] in TERMINAL
    )
    assert max(endings.values()) == 1, "told once"
