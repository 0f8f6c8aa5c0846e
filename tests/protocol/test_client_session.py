"""A session: what it starts, it ends, in good order and bounded time."""

import asyncio
import socket
from dataclasses import replace

import pytest

from clawnet import Agent
from protocol.errors import (
    Unauthenticated,
    Unavailable,
)
from tests.protocol.client_relay import (
    QUICK,
    TOKEN,
    ScriptedRelay,
    begun,
)


async def test_close_sends_what_waits(relay: ScriptedRelay) -> None:
    async with Agent(relay.url, token=TOKEN, pace=QUICK) as agent:
        for number in range(20):
            await agent.send("global", f"n{number}", wait=False)

    assert len(relay.stored) == 20


async def test_close_gives_up_in_bounded_time_and_says_so(relay: ScriptedRelay) -> None:
    relay.on_send = lambda _: None
    agent = Agent(relay.url, token=TOKEN, pace=replace(QUICK, drain=0.1))
    await agent.connect()
    sending = begun(agent.send("global", "hello"))
    await relay.until(lambda: bool(relay.sends))

    await agent.close()

    with pytest.raises(Unavailable):
        await sending
    with pytest.raises(Unavailable):
        await agent.send("global", "too late")


async def test_a_refusal_on_the_way_back_ends_the_agent(relay: ScriptedRelay) -> None:
    agent = Agent(relay.url, token=TOKEN, pace=QUICK)
    await agent.connect()
    relay.on_send = lambda _: None
    sending = begun(agent.send("global", "hello"))
    await relay.until(lambda: bool(relay.sends))
    relay.refuse_connects = [Unauthenticated("revoked")]

    await relay.hang_up()

    with pytest.raises(Unauthenticated, match="revoked"):
        await agent.wait()
    with pytest.raises(Unauthenticated, match="revoked"):
        await sending


async def test_why_the_relay_closes_reaches_on_error(relay: ScriptedRelay) -> None:
    errors: asyncio.Queue[Exception] = asyncio.Queue()

    async with Agent(relay.url, token=TOKEN, pace=QUICK) as agent:
        agent.on_error(errors.put)
        await relay.say("error", {"code": "unavailable", "message": "going down", "reason": "shutdown"})
        await relay.hang_up()
        error = await asyncio.wait_for(errors.get(), 10)
        await relay.until(lambda: len(relay.handshakes) == 2)

    assert isinstance(error, Unavailable)


async def test_nobody_there_is_said_within_the_time_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    agent = Agent(f"http://127.0.0.1:{port}", token=TOKEN, pace=QUICK)

    with pytest.raises(Unavailable, match="could not be reached"):
        await agent.connect(within=0.2)
