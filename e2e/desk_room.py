"""What tests of the views beside the chat share: one relay a module, and hands that work."""

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress

import pytest

from clawnet import Agent, ClawNetError, TaskCancelled, TaskDispatched
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest
from e2e.workers import QUICK
from protocol.client.tasking import Ended

SOON = 15_000


class Hands:
    """An agent that takes tasks, and ends them when the test says so or, if it `stops`, when asked to."""

    def __init__(self, url: str, token: str) -> None:
        self.agent = Agent(url, token=token, pace=QUICK)
        self.orders: asyncio.Queue[TaskDispatched] = asyncio.Queue()
        self.stops = True
        self._leases: dict[str, str] = {}
        self.agent.on_task(self._take)
        self.agent.on_task_cancel(self._stop)

    async def taken(self) -> TaskDispatched:
        """Wait for the next task that was taken."""
        return await asyncio.wait_for(self.orders.get(), 15)

    async def end(self, order: TaskDispatched, output: str = "", state: Ended = "succeeded") -> None:
        """Report how a task ended."""
        await self.agent.task_result(order.task.id, order.lease, state, output=output)

    async def say(self, order: TaskDispatched, text: str) -> None:
        """Tell how far a task is."""
        await self.agent.task_progress(order.task.id, order.lease, text=text)

    async def _take(self, order: TaskDispatched) -> None:
        await self.agent.task_ack(order.task.id, order.lease)
        self._leases[order.task.id] = order.lease
        self.orders.put_nowait(order)

    async def _stop(self, asked: TaskCancelled) -> None:
        if self.stops:
            with suppress(ClawNetError):
                await self.agent.task_result(asked.task_id, self._leases[asked.task_id], "cancelled")


async def hands(relay: Relay, operator: Rest, stack: AsyncExitStack, name: str) -> Hands:
    """Let an agent in that works by hand."""
    worker = Hands(relay.url, await operator.enrol(name))
    await stack.enter_async_context(worker.agent)
    return worker


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """Return one relay for all tests of a module: each names its agents otherwise."""
    shared = Relay(tmp_path_factory.mktemp("relay"), **UNLIMITED).start()
    yield shared
    shared.stop()
    assert shared.faults() == []
