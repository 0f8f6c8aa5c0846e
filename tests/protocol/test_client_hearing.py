"""Each decorator of an agent hears its own kind of thing."""

import asyncio

import pytest
from pydantic import BaseModel

from clawnet import Agent, Message, TaskDispatched
from protocol.events import RELAY_EVENTS
from tests.protocol.client_relay import (
    NOW,
    QUICK,
    TOKEN,
    Body,
    Listener,
    ScriptedRelay,
)

ROOM = {"id": "ops", "kind": "room", "title": "ops", "created_at": NOW}


def _dispatched() -> Body:
    task = {"id": "t-1", "room": "global", "command": "run-tests", "to": "me", "requested_by": "boss"}
    return {
        "task": task | {"state": "dispatched", "created_at": NOW},
        "lease": "lease-1",
        "attempt": 1,
        "room": "inbox:me",
        "offset": 1,
    }


async def test_a_task_is_handed_over_and_its_place_acknowledged(
    relay: ScriptedRelay, listener: Listener
) -> None:
    tasks: asyncio.Queue[TaskDispatched] = asyncio.Queue()
    listener.agent.on_task(tasks.put)

    await relay.say("task_dispatch", _dispatched())
    dispatched = await asyncio.wait_for(tasks.get(), 10)
    await relay.until(lambda: ("inbox:me", 1) in relay.acks)

    assert (dispatched.task.command, dispatched.lease) == ("run-tests", "lease-1")


async def test_presence_and_typing_are_heard_in_between(relay: ScriptedRelay, listener: Listener) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    @listener.agent.on_presence
    async def came(update: object) -> None:
        await heard.put(type(update).__name__)

    @listener.agent.on_typing
    async def writes(update: object) -> None:
        await heard.put(type(update).__name__)

    peer = {"agent_id": "peer", "handle": "peer"}
    await relay.say("typing_update", peer | {"room": "global", "typing": True})
    await relay.say("presence_update", peer | {"role": "worker", "status": "offline", "since": NOW})

    assert [await heard.get(), await heard.get()] == ["TypingUpdate", "PresenceUpdate"]


@pytest.mark.parametrize(
    ("decorator", "event", "body"),
    [
        ("on_room", "room_update", {"action": "joined", "room": ROOM, "agent_id": "peer"}),
        ("on_task_cancel", "task_cancel", {"task_id": "t-1"}),
        ("on_task_update", "task_update", {"task": _dispatched()["task"]}),
        ("on_gap", "chat_gap", {"room": "global", "from": 1, "oldest": 5}),
    ],
)
async def test_each_decorator_hears_its_own_kind(
    relay: ScriptedRelay, listener: Listener, decorator: str, event: str, body: Body
) -> None:
    heard: asyncio.Queue[BaseModel] = asyncio.Queue()
    getattr(listener.agent, decorator)(heard.put)

    await relay.say(event, body)
    said = await asyncio.wait_for(heard.get(), 10)

    assert type(said) is RELAY_EVENTS[event].body


async def test_a_mention_is_a_message_of_another_that_names_me() -> None:
    relay, named = ScriptedRelay(), []
    texts = ["hello @me!", "hello @ME", "hello @mean", "me", "(@me)"]

    async with relay.running():
        agent = Agent(relay.url, token=TOKEN, pace=QUICK)
        over = asyncio.Event()

        @agent.on_mention
        async def note(message: Message) -> None:
            named.append(message.offset)
            if message.offset == len(texts) + 2:
                over.set()

        async with agent, asyncio.timeout(10):
            for offset, text in enumerate(texts, 1):
                await relay.post(offset, text=text)
            await relay.post(len(texts) + 1, text="@me", from_id="me")
            payload = {"kind": "text", "text": "by id", "mentions": ["me"]}
            await relay.post(len(texts) + 2, payload=payload)
            await over.wait()

    assert named == [1, 2, 5, 7]
