"""The agent as its author meets it."""

import asyncio
import sys
from pathlib import Path

import pytest

from clawnet import Agent
from protocol.errors import (
    Forbidden,
    NotFound,
    Unavailable,
)
from tests.protocol.client_relay import (
    NOW,
    QUICK,
    TOKEN,
    ScriptedRelay,
    begun,
    refusal,
)

ROOT = Path(__file__).parents[2]
BOT = """
import sys
from clawnet import Agent

agent = Agent(sys.argv[1], token=sys.argv[2])

@agent.on_message
async def answer(message):
    if message.payload.kind == "text" and message.from_id != agent.id and not message.replay:
        await agent.send(message.room, f"echo: {message.payload.text}")

agent.run()
"""


async def test_send_returns_what_the_relay_stored(relay: ScriptedRelay, agent: Agent) -> None:
    sent = await agent.send("global", "hello", id="m-1")

    assert (sent.id, sent.offset, sent.duplicate) == ("m-1", 1, False)
    assert relay.sends[0]["payload"]["text"] == "hello"


async def test_without_waiting_a_refusal_reaches_on_error(relay: ScriptedRelay, agent: Agent) -> None:
    errors: asyncio.Queue[Exception] = asyncio.Queue()
    agent.on_error(errors.put)
    relay.on_send = lambda _: refusal(Forbidden("not here"))

    message_id = await agent.send("closed", "hello", wait=False)
    error = await asyncio.wait_for(errors.get(), 5)

    assert isinstance(error, Forbidden)
    assert relay.sends[0]["id"] == message_id


async def test_giving_up_the_wait_does_not_take_the_message_back(relay: ScriptedRelay, agent: Agent) -> None:
    relay.on_send = lambda body: relay.store(body) if len(relay.sends) > 1 else None
    sending = begun(agent.send("global", "hello"))
    await relay.until(lambda: len(relay.sends) == 1)

    sending.cancel()
    await relay.until(lambda: relay.texts == ["hello"])

    assert sending.cancelled() or sending.cancelling()


async def test_requests_are_answered_and_refused(relay: ScriptedRelay) -> None:
    room = {"id": "ops", "kind": "room", "title": "ops", "created_at": NOW}
    relay.answers["room_list"] = lambda _: {"ok": True, "rooms": [room]}
    relay.answers["room_create"] = lambda body: {"ok": True, "room": room | {"topic": body["topic"]}}
    relay.answers["room_join"] = lambda _: refusal(NotFound("no such room"))
    relay.answers["chat_typing"] = lambda _: {"ok": True}

    async with Agent(relay.url, token=TOKEN, pace=QUICK) as agent:
        rooms = await agent.rooms()
        created = await agent.create_room("ops", topic="work")
        await agent.typing("@peer")
        with pytest.raises(NotFound):
            await agent.join("secret")

    assert [room.id for room in rooms] == ["ops"]
    assert created.topic == "work"
    assert relay.asked[2] == ("chat_typing", {"to_type": "dm", "to_id": "@peer", "typing": True})


async def test_an_agent_that_was_never_connected_says_so() -> None:
    agent = Agent("http://127.0.0.1:9", token=TOKEN)

    with pytest.raises(Unavailable):
        await agent.rooms()
    with pytest.raises(Unavailable):
        _ = agent.id
    await agent.close()


async def test_forbidden_at_the_door_ends_run(relay: ScriptedRelay) -> None:
    relay.refuse_connects = [Forbidden("not you")]
    agent = Agent(relay.url, token=TOKEN, pace=QUICK)

    with pytest.raises(Forbidden):
        await asyncio.to_thread(agent.run)


async def test_mentions_and_replies_travel_with_the_text(relay: ScriptedRelay, agent: Agent) -> None:
    await agent.send("global", "hello", reply_to="m-0", mentions=["peer"])

    assert relay.sends[0]["payload"] == {
        "kind": "text",
        "text": "hello",
        "reply_to": "m-0",
        "mentions": ["peer"],
    }


async def test_an_agent_of_ten_lines_answers_until_it_is_told_to_stop(relay: ScriptedRelay) -> None:
    bot = await asyncio.create_subprocess_exec(sys.executable, "-c", BOT, relay.url, TOKEN, cwd=ROOT)

    await relay.until(lambda: relay.connections == 1)
    await relay.post(1, text="ping")
    await relay.until(lambda: relay.texts == ["echo: ping"] and ("global", 1) in relay.acks)
    bot.terminate()

    assert await asyncio.wait_for(bot.wait(), 10) == 0
