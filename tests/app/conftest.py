"""The whole relay without a console and without a network: its ASGI application, started."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.types import ASGIApp, Message

from app.main import build
from app.settings import Settings
from tests.fakes import OPERATOR_TOKEN, FakeClock, FlakyStore


@asynccontextmanager
async def started(app: ASGIApp) -> AsyncIterator[None]:
    """Run an application's lifespan around what is tested."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    running = asyncio.ensure_future(app(scope, inbox.get, outbox.put))  # noqa: TID251
    inbox.put_nowait({"type": "lifespan.startup"})
    assert (await outbox.get())["type"] == "lifespan.startup.complete"
    yield
    inbox.put_nowait({"type": "lifespan.shutdown"})
    assert (await outbox.get())["type"] == "lifespan.shutdown.complete"
    await running


@pytest.fixture
async def app(settings: Settings, store: FlakyStore, clock: FakeClock) -> ASGIApp:
    """Build a relay that has not started yet."""
    return await build(settings, store=store, clock=clock, operator_token=OPERATOR_TOKEN, console=False)


@pytest.fixture
async def http(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """Speak HTTP to a relay that has started; nobody is logged in."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with started(app), httpx.AsyncClient(transport=transport, base_url="http://relay") as client:
        yield client
