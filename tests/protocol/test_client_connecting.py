"""Connecting with the SDK: for ever, with back-off, unless the relay refuses for good."""

import asyncio

import pytest

from clawnet import Agent, Welcome
from protocol.errors import (
    Unauthenticated,
    Unavailable,
)
from protocol.roles import Role
from tests.protocol.client_relay import (
    QUICK,
    TOKEN,
    ScriptedRelay,
)


async def test_the_handshake_says_who_and_what_connects(relay: ScriptedRelay) -> None:
    async with Agent(relay.url, token=TOKEN, name="echo", version="1.2", pace=QUICK) as agent:
        assert (agent.id, agent.handle, agent.role, agent.epoch) == ("me", "me", Role.WORKER, "epoch-1")

    client = {"name": "echo", "version": "1.2"}
    assert relay.handshakes == [{"protocol": 2, "token": TOKEN, "client": client}]


async def test_a_refusal_for_good_is_raised(relay: ScriptedRelay) -> None:
    relay.refuse_connects = [Unauthenticated("this token is not valid")]

    with pytest.raises(Unauthenticated, match="not valid"):
        async with Agent(relay.url, token=TOKEN, pace=QUICK):
            pass

    assert len(relay.handshakes) == 1


async def test_a_passing_refusal_is_tried_again(relay: ScriptedRelay) -> None:
    relay.refuse_connects = [Unavailable("starting"), Unavailable("starting", retry_after=0.1)]

    async with Agent(relay.url, token=TOKEN, pace=QUICK) as agent:
        assert agent.id == "me"

    assert len(relay.handshakes) == 3


async def test_a_reconnect_says_where_the_agent_left_off(relay: ScriptedRelay) -> None:
    async with Agent(relay.url, token=TOKEN, pace=QUICK):
        await relay.post(1)
        await relay.post(2)
        await relay.until(lambda: ("global", 2) in relay.acks)
        await relay.hang_up()
        await relay.until(lambda: len(relay.handshakes) == 2 and relay.connections == 1)

    assert relay.handshakes[1]["resume"] == {"epoch": "epoch-1", "offsets": {"global": 2}}


async def test_a_relay_that_restarts_finds_its_agents_again() -> None:
    relay = ScriptedRelay()
    welcomes: asyncio.Queue[Welcome] = asyncio.Queue()

    async with relay.running() as port:
        agent = Agent(relay.url, token=TOKEN, pace=QUICK)
        agent.on_welcome(welcomes.put)
        await agent.connect()
        await welcomes.get()
    relay.epoch = "epoch-2"
    async with relay.running(port):
        welcome = await asyncio.wait_for(welcomes.get(), 10)
        await agent.send("global", "hello again")
        await agent.close()

    assert welcome.server.epoch == "epoch-2"
    assert relay.texts == ["hello again"]
