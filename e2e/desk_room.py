"""What tests of the views beside the chat share: one relay a module, a tab, and hands that work."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser

from clawnet import Agent, TaskDispatched
from e2e.browser import chromium
from e2e.console import Console
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest
from e2e.workers import QUICK

SOON = 15_000


class Hands:
    """An agent that takes tasks, and ends them when the test says so."""

    def __init__(self, url: str, token: str) -> None:
        self.agent = Agent(url, token=token, pace=QUICK)
        self.orders: asyncio.Queue[TaskDispatched] = asyncio.Queue()
        self.agent.on_task(self._take)

    async def taken(self) -> TaskDispatched:
        """Wait for the next task that was taken."""
        return await asyncio.wait_for(self.orders.get(), 15)

    async def end(self, order: TaskDispatched, output: str = "") -> None:
        """Report that a task ended well."""
        await self.agent.task_result(order.task.id, order.lease, "succeeded", output=output)

    async def say(self, order: TaskDispatched, text: str) -> None:
        """Tell how far a task is."""
        await self.agent.task_progress(order.task.id, order.lease, text=text)

    async def _take(self, order: TaskDispatched) -> None:
        await self.agent.task_ack(order.task.id, order.lease)
        self.orders.put_nowait(order)


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


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Return a browser with no history."""
    async with chromium() as opened:
        yield opened


@pytest.fixture
async def console(relay: Relay, browser: Browser) -> AsyncIterator[Console]:
    """Return the operator's tab, in which nothing may go wrong."""
    opened = Console(await browser.new_page(), relay)
    await opened.sign_in()
    yield opened
    assert opened.complaints == []
