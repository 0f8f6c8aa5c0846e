"""Restart of a relay that keeps nothing: its clients are told, and nothing is missing in silence."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest

from clawnet import Agent, Pace, RetryPolicy
from e2e.agents import RawAgent, say_many
from e2e.diary import Diary
from e2e.relay import Relay
from e2e.rest import Rest

Ending = Callable[[Relay], object]


@pytest.mark.parametrize("end", [Relay.kill, Relay.stop], ids=["killed", "stopped"])
async def test_a_restart_of_the_memory_relay_changes_the_epoch_and_is_told(
    relay: Relay, stack: AsyncExitStack, end: Ending
) -> None:
    pace = Pace(reconnect=RetryPolicy(first=0.05, cap=0.2))
    agent = Agent(relay.url, token=relay.token, pace=pace)
    diary = Diary(agent)
    await stack.enter_async_context(agent)
    for number in range(5):
        await agent.send("global", f"before {number}")
    await diary.reaches(5)

    await asyncio.to_thread(end, relay)
    await asyncio.to_thread(relay.restart)
    welcome = await diary.welcomed(2)
    for number in range(3):
        await agent.send("global", f"after {number}")
    await diary.reaches(3)

    assert diary.welcomes[0].server.epoch != welcome.server.epoch == agent.epoch
    assert [room.recovered for room in welcome.rooms] == [False, False]
    assert [room.head for room in welcome.rooms] == [0, 0]
    # Offsets begin anew; nothing of the new history is taken for something that was seen before.
    assert diary.offsets == [1, 2, 3, 4, 5, 1, 2, 3]


async def test_a_client_with_offsets_of_another_epoch_gets_all_of_the_new_history(
    relay: Relay, stack: AsyncExitStack
) -> None:
    veteran = RawAgent(relay.url, relay.token)
    stack.push_async_callback(veteran.close)
    epoch = (await veteran.connect())["server"]["epoch"]
    await say_many(veteran, 10)
    await veteran.until(lambda: len(veteran.messages()) == 10)
    await veteran.close()
    await asyncio.to_thread(relay.kill)
    await asyncio.to_thread(relay.restart)
    async with Rest(relay.url, relay.token) as rest:
        for number in range(3):
            await rest.say(f"new {number}")

    welcome = await veteran.connect({"epoch": epoch, "offsets": {"global": 10}})
    await veteran.until(lambda: len(veteran.messages()) == 13)

    assert welcome["server"]["epoch"] != epoch
    assert {room["id"]: room["recovered"] for room in welcome["rooms"]}["global"] is False
    assert veteran.texts()[10:] == ["new 0", "new 1", "new 2"]


async def test_the_token_of_an_agent_is_gone_with_a_memory_relay(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    token = await operator.enrol("agent-a")
    agent = RawAgent(relay.url, token)
    stack.push_async_callback(agent.close)
    await agent.connect()
    await agent.close()

    await asyncio.to_thread(relay.stop)
    await asyncio.to_thread(relay.restart)
    refusal = await RawAgent(relay.url, token).refused()

    assert (refusal["code"], refusal["retryable"]) == ("unauthenticated", False)
