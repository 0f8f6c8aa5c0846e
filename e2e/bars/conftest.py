"""One relay and one browser for all bars of a module; every test has a tab of its own."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from e2e.agents import RawAgent
from e2e.bars.measure import LONG_TASKS
from e2e.browser import chromium
from e2e.console import Console
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest

OpenTab = Callable[..., Awaitable[Console]]


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """Return the relay of a module."""
    relay = Relay(tmp_path_factory.mktemp("relay"), **UNLIMITED).start()
    yield relay
    if relay.is_running:
        relay.stop()
    assert relay.faults() == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chrome() -> AsyncIterator[Browser]:
    """Return the browser of a module."""
    async with chromium() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def crowd(hall: Relay) -> AsyncIterator[dict[str, RawAgent]]:
    """Let two agents in, and the operator as one who speaks over a socket."""
    async with AsyncExitStack() as stack:
        rest = await stack.enter_async_context(Rest(hall.url, hall.token))
        await rest.enrol("eve")  # who never comes: what she is to do waits
        tokens = {"ann": await rest.enrol("ann"), "bob": await rest.enrol("bob")}
        agents = {
            name: await stack.enter_async_context(RawAgent(hall.url, token)) for name, token in tokens.items()
        }
        for room in ("alpha", "beta", "gamma"):
            await agents["ann"].ask("room_create", {"room": room})
            await agents["bob"].ask("room_join", {"room": room})
        yield agents


@pytest_asyncio.fixture(loop_scope="module")
async def tab(hall: Relay, chrome: Browser) -> AsyncIterator[OpenTab]:
    """Open tabs, each of a browser without history; none of them may have complained at the end."""
    opened: list[Console] = []

    async def new(
        path: str = "/r/alpha", *, width: int = 1280, height: int = 800, base: str = "", **more: Any
    ) -> Console:
        context = await chrome.new_context(viewport={"width": width, "height": height}, **more)
        await context.add_init_script(LONG_TASKS)
        console = Console(await context.new_page(), hall)
        opened.append(console)
        url = base or hall.url
        await console.page.goto(f"{url}/login?next=/dashboard{path}#{hall.token}")
        await console.page.wait_for_url(f"{url}/dashboard{path}", timeout=20_000)
        if path.startswith(("/r/", "/dm/")):
            await expect(console.at("composer-input")).to_be_editable(timeout=20_000)
        return console

    yield new
    for console in opened:
        await console.page.context.close()
