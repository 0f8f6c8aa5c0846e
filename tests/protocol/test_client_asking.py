"""What an author writes becomes a request of the wire, or is refused before it leaves."""

import pytest

from clawnet import Agent
from protocol.errors import (
    InvalidRequest,
    TooLarge,
)
from tests.protocol.client_relay import ScriptedRelay


async def test_rooms_are_addressed_as_the_wire_does(relay: ScriptedRelay, agent: Agent) -> None:
    for room in ("global", "ops", "@peer", "dm:me:peer"):
        await agent.send(room, "hello")

    addresses = [(body["to_type"], body["to_id"]) for body in relay.sends]
    assert addresses == [("global", "global"), ("room", "ops"), ("dm", "@peer"), ("dm", "peer")]


@pytest.mark.parametrize("room", ["", "no such room", "@", "inbox:me", "dm:one:two", "dm:me"])
async def test_what_is_no_address_is_refused_at_once(relay: ScriptedRelay, agent: Agent, room: str) -> None:
    with pytest.raises(InvalidRequest):
        await agent.send(room, "hello")

    assert relay.sends == []


async def test_texts_that_no_relay_takes_are_refused_at_once(agent: Agent) -> None:
    with pytest.raises(TooLarge):
        await agent.send("global", "x" * 16_001)
    with pytest.raises(TooLarge, match="bytes"):
        await agent.send("global", "\x01" * 16_000)
    with pytest.raises(InvalidRequest):
        await agent.send("global", "  ")


async def test_the_longest_text_of_four_byte_characters_fits(relay: ScriptedRelay, agent: Agent) -> None:
    await agent.send("global", "\N{CRAB}" * 16_000)

    assert len(relay.stored) == 1
