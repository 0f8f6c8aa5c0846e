"""One connection: what opens it, what refuses it, and what its end does to who waits."""

import pytest

from clawnet import Agent
from protocol.errors import (
    Unavailable,
)
from tests.protocol.client_relay import QUICK, TOKEN, ScriptedRelay, begun


async def test_something_that_is_no_relay_is_unavailable(relay: ScriptedRelay) -> None:
    agent = Agent(f"{relay.url}/elsewhere", token=TOKEN, pace=QUICK)

    with pytest.raises(Unavailable):
        await agent.connect(within=0.3)

    assert relay.handshakes == []


async def test_polling_serves_where_websockets_are_blocked() -> None:
    relay = ScriptedRelay(transports=["polling"])

    async with relay.running(), Agent(relay.url, token=TOKEN, pace=QUICK) as agent:
        sent = await agent.send("global", "hello")

    assert sent.offset == 1


async def test_a_request_does_not_outlive_its_connection(relay: ScriptedRelay) -> None:
    relay.answers["room_list"] = lambda _: None

    async with Agent(relay.url, token=TOKEN, pace=QUICK) as agent:
        asking = begun(agent.rooms())
        await relay.until(lambda: bool(relay.asked))
        await relay.hang_up()
        with pytest.raises(Unavailable, match="lost"):
            await asking
