"""Handlers: one at a time, in order, and none can stop the agent."""

import asyncio

from clawnet import Agent, Message
from tests.protocol.client_relay import (
    QUICK,
    TOKEN,
    Listener,
    ScriptedRelay,
)


async def test_a_handler_that_fails_stops_nothing(relay: ScriptedRelay, listener: Listener) -> None:
    @listener.agent.on_message
    async def fail(_: Message) -> None:
        raise ValueError("a bug of the author")

    await relay.post(1)
    await relay.post(2)
    await relay.until(lambda: ("global", 2) in relay.acks)

    assert len(listener.messages) == 2


async def test_a_handler_may_close_the_agent(relay: ScriptedRelay) -> None:
    agent = Agent(relay.url, token=TOKEN, pace=QUICK)

    @agent.on_message
    async def leave(_: object) -> None:
        await agent.send("global", "bye", wait=False)
        await agent.close()

    await agent.connect()
    await relay.post(1)
    await asyncio.wait_for(agent.wait(), 10)

    assert relay.texts == ["bye"]
    assert relay.acks == [("global", 1)]
