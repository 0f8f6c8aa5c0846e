"""DM isolation: what A writes to B reaches nobody else, in whatever way one asks."""

import json
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from e2e.agents import RawAgent
from e2e.relay import Relay
from e2e.rest import Rest

CANARY = "canary-7f3a91c2"
ROOM = "dm:agent-a:agent-b"


async def test_a_dm_reaches_its_two_parties_and_no_third(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    tokens = {agent_id: await operator.enrol(agent_id) for agent_id in ("agent-a", "agent-b", "agent-c")}
    a, b, c = [await stack.enter_async_context(RawAgent(relay.url, token)) for token in tokens.values()]
    for agent in (a, b, c):
        await agent.until(partial(hears_of_c, agent))
    known = len(c.events)

    sent = await a.say(f"for you alone: {CANARY}", to_type="dm", to_id="agent-b", id=CANARY)
    await a.ask("chat_typing", {"to_type": "dm", "to_id": "agent-b", "typing": True})
    await b.until(lambda: b.heard("typing_update"))
    await b.say(f"and back: {CANARY}", to_type="dm", to_id="@agent-a")
    await a.until(lambda: len(a.messages(ROOM)) == 2)
    # What C hears last proves that everything before it would have arrived.
    await a.say("for everybody")
    await c.until(c.messages)

    assert sent["room"] == ROOM
    assert [CANARY in text for text in b.texts(ROOM)] == [True, True]
    names = [name for name, _ in c.events[known:] if name != "presence_update"]
    assert names == ["chat_message"]
    assert CANARY not in json.dumps(c.events)
    assert ROOM not in json.dumps(c.events)

    asked = [await c.call(event, body) for event, body in socket_questions()]
    assert {ack["error"]["code"] for ack in asked[:-1]} == {"not_found"}
    assert CANARY not in json.dumps(asked)
    assert ROOM not in json.dumps(asked)

    told = await everything_rest_says(relay.url, tokens["agent-c"])
    assert CANARY not in told
    assert ROOM not in told
    assert CANARY not in relay.log()

    # Positive control: the same questions find the canary when a party asks them.
    assert CANARY in json.dumps([await b.call(event, body) for event, body in socket_questions()])
    assert CANARY in await everything_rest_says(relay.url, tokens["agent-b"])


async def test_a_room_that_is_hidden_answers_like_one_that_does_not_exist(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    a, _, c = [
        await stack.enter_async_context(RawAgent(relay.url, await operator.enrol(agent_id)))
        for agent_id in ("agent-a", "agent-b", "agent-c")
    ]
    await a.say("hidden", to_type="dm", to_id="agent-b")
    await a.ask("room_create", {"room": "secret", "visibility": "private"})

    hidden = [await c.call(event, body) for room in (ROOM, "secret") for event, body in questions(room)]
    absent = [
        await c.call(event, body)
        for room in ("dm:agent-a:agent-x", "nothing")
        for event, body in questions(room)
    ]

    assert [ack["error"] for ack in hidden] == [ack["error"] for ack in absent]


async def test_a_dm_comes_back_to_nobody_else_on_a_replay(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    tokens = {agent_id: await operator.enrol(agent_id) for agent_id in ("agent-a", "agent-b", "agent-c")}
    a = await stack.enter_async_context(RawAgent(relay.url, tokens["agent-a"]))
    await a.say(CANARY, to_type="dm", to_id="agent-b")
    c = RawAgent(relay.url, tokens["agent-c"])
    stack.push_async_callback(c.close)

    welcome = await c.connect({"epoch": await epoch_of(operator), "offsets": {ROOM: 0, "global": 0}})
    await a.say("for everybody")
    await c.until(c.messages)

    assert [room["id"] for room in welcome["rooms"]] == ["global", "inbox:agent-c"]
    assert CANARY not in json.dumps(c.events)


def hears_of_c(agent: RawAgent) -> bool:
    return any(update["agent_id"] == "agent-c" for update in agent.heard("presence_update"))


def questions(room: str) -> list[tuple[str, dict[str, Any]]]:
    return [
        ("chat_history", {"room": room}),
        ("chat_ack", {"room": room, "offset": 1}),
        ("chat_delete", {"room": room, "id": CANARY, "reason": "curious"}),
        ("chat_typing", {"to_type": "room", "to_id": room, "typing": True}),
        ("chat_send", {"to_type": "room", "to_id": room, "payload": {"kind": "text", "text": "hello"}}),
        ("room_join", {"room": room}),
        ("room_leave", {"room": room}),
        ("room_invite", {"room": room, "agent_id": "agent-c"}),
        ("room_kick", {"room": room, "agent_id": "agent-a"}),
        ("room_update", {"room": room, "topic": "mine"}),
    ]


def socket_questions() -> list[tuple[str, dict[str, Any]]]:
    return [*questions(ROOM), ("room_list", {})]


async def everything_rest_says(url: str, token: str) -> str:
    async with Rest(url, token) as rest:
        paths = [
            "rooms",
            f"rooms/{ROOM}",
            f"rooms/{ROOM}/history",
            "rooms/global/history",
            "presence",
            "agents",
        ]
        return "".join([(await rest.http.get(f"/api/v1/{path}")).text for path in paths])


async def epoch_of(operator: Rest) -> str:
    answer = await operator.http.get("/api/v1/rooms/global/history")
    return str(answer.json()["epoch"])


async def test_nobody_writes_to_himself(relay: Relay, operator: Rest, stack: AsyncExitStack) -> None:
    c = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("agent-c")))

    payload = {"kind": "text", "text": "me"}
    acks = [
        await c.call("chat_send", {"to_type": "dm", "to_id": target, "payload": payload})
        for target in ("agent-c", "@agent-c")
    ]

    assert [ack["error"]["code"] for ack in acks] == ["invalid_request", "invalid_request"]
