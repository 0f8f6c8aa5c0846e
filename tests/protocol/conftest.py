"""A scripted relay, and those that are connected to it."""

from collections.abc import AsyncIterator

import pytest

from clawnet import Agent
from tests.protocol.client_relay import QUICK, TOKEN, Listener, ScriptedRelay


@pytest.fixture
async def relay() -> AsyncIterator[ScriptedRelay]:
    """Return a relay that does what the test says."""
    scripted = ScriptedRelay()
    async with scripted.running():
        yield scripted


@pytest.fixture
async def agent(relay: ScriptedRelay) -> AsyncIterator[Agent]:
    """Return an agent that is connected."""
    async with Agent(relay.url, token=TOKEN, pace=QUICK) as connected:
        yield connected


@pytest.fixture
async def listener(relay: ScriptedRelay) -> AsyncIterator[Listener]:
    """Return an agent that is connected and writes down what it hears."""
    listener = Listener(relay)
    async with listener.agent:
        yield listener
