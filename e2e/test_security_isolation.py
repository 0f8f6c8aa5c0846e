"""Isolation: what is private is found by no outsider, whatever he hears, asks or reads (S17, S18, S19)."""

import asyncio
import json
import statistics
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial

import httpx
from playwright.async_api import expect

from e2e.agents import RawAgent
from e2e.browser import chromium
from e2e.canary import (
    Values,
    console_pages,
    crawl,
    hits,
    new_canary,
    private_calls,
    private_questions,
    routes_of,
)
from e2e.conftest import StartRelay
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest

PAIRS = 300
BACKUP = "/api/v1/backup"  # holds everything; masters may take it, and that is recorded
# The operator is a master, dora was put out of the private room before the canary was said there.
ROLES = {
    "ann": "worker",
    "ben": "worker",
    "carl": "worker",
    "dora": "worker",
    "mia": "master",
    "wendy": "warden",
}
VIEWS = (
    "",
    "/r/global",
    "/dm/ann",
    "/dm/ben",
    "/fleet",
    "/fleet/ben",
    "/ops",
    "/logs",
    "/audit",
    "/settings",
)


@dataclass
class House:
    """A relay with everybody in it, and what is private in it."""

    relay: Relay
    operator: Rest
    tokens: dict[str, str]
    agents: dict[str, RawAgent]
    name: str
    secret: str
    room: str = ""
    dm: str = "dm:ann:ben"
    tasks: list[str] = field(default_factory=list)

    def values(self) -> Values:
        """Return what an outsider fills into paths."""
        return {
            "room_id": [self.room, self.name, self.dm, "inbox:ann", "global"],
            "agent_id": list(ROLES),
            "token_id": ["operator"],
            "application_id": ["nothing"],
            "task_id": self.tasks,
            "message_id": ["once"],
            "handle": ["ann"],
            "name": ["status"],
            "who": ["ann"],
        }


async def house_on(relay: Relay, stack: AsyncExitStack) -> House:
    """Bring everybody in; ann makes a private room whose name is a canary, and puts dora out of it."""
    operator = await stack.enter_async_context(Rest(relay.url, relay.token))
    tokens = {name: await operator.enrol(name, role) for name, role in ROLES.items()}
    agents = {
        name: await stack.enter_async_context(RawAgent(relay.url, token)) for name, token in tokens.items()
    }
    house = House(relay, operator, tokens, agents, new_canary(), new_canary())
    made = await agents["ann"].ask(
        "room_create", {"room": house.name, "visibility": "private", "members": ["dora"]}
    )
    house.room = made["room"]["id"]
    await agents["ann"].ask("room_kick", {"room": house.room, "agent_id": "dora"})
    await agents["ann"].ask("room_invite", {"room": house.room, "agent_id": "ben"})
    return house


async def live_privately(house: House) -> None:
    """Say, type, change, repeat, retract and fail in private, over both doors."""
    ann, ben = house.agents["ann"], house.agents["ben"]
    said = f"for us alone: {house.secret}"
    await ann.ask("room_update", {"room": house.room, "topic": said})
    await ann.say(said, to_type="room", to_id=house.room, id="once")
    await ann.say(said, to_type="room", to_id=house.room, id="once")
    await ann.say(said, to_type="dm", to_id="ben", id="twice", dedupe_key=house.secret)
    await ben.say(said, to_type="dm", to_id="@ann")
    refused = await ann.call(
        "chat_send",
        {
            "to_type": "dm",
            "to_id": "ben",
            "payload": {"kind": "text", "text": f"other {house.secret}"},
            "dedupe_key": house.secret,
        },
    )
    assert refused["error"]["code"] == "dedupe_mismatch"
    for to_type, to_id in (("room", house.room), ("dm", "ben")):
        await ann.ask("chat_typing", {"to_type": to_type, "to_id": to_id, "typing": True})
    async with Rest(house.relay.url, house.tokens["ann"]) as rest:
        await rest.say(said, to_type="room", to_id=house.room)
        sent = await rest.say(said, to_type="dm", to_id="ben")
    await ann.ask("chat_delete", {"room": house.dm, "id": sent["id"], "reason": said})
    await ben.ask("chat_history", {"room": house.room})
    for room in (house.room, house.dm):
        asked = await ann.ask(
            "task_dispatch", {"to": ["ann"], "command": "ask", "args": [said], "room": room}
        )
        house.tasks += [task["id"] for task in asked["tasks"]]
    # What is heard last proves that everything before it would have been heard.
    last = await ann.say("for everybody")
    for agent in house.agents.values():
        await agent.until(partial(_has_heard, agent, last["offset"]))


def _has_heard(agent: RawAgent, offset: int) -> bool:
    return any(message["offset"] == offset for message in agent.messages())


async def test_a_canary_in_private_places_is_found_by_no_outsider(
    start_relay: StartRelay, stack: AsyncExitStack
) -> None:
    relay = start_relay(**UNLIMITED)
    house = await house_on(relay, stack)
    before = {name: len(agent.events) for name, agent in house.agents.items()}
    private = (house.room, house.dm)
    needles = [house.name, house.secret, *private]
    page = await (await stack.enter_async_context(chromium())).new_page()
    frames: list[str] = []
    page.on("websocket", lambda link: link.on("framereceived", lambda frame: frames.append(str(frame))))
    await page.goto(f"{relay.url}/login#{house.tokens['mia']}")
    await expect(page.get_by_test_id("timeline")).to_be_visible(timeout=30_000)

    await live_privately(house)
    await expect(page.get_by_text("for everybody", exact=True)).to_be_visible(timeout=20_000)

    # Unasked: nobody outside hears of it; the warden, who may read everything, has to ask as well.
    for name in ("carl", "dora", "mia", "wendy"):
        assert hits(needles, house.agents[name].events[before[name] :]) == [], name
    assert hits(needles, frames) == []
    assert hits(needles, await page.content()) == []

    # Asked over the socket. An answer does not even repeat the name that was asked for.
    for name in ("carl", "dora", "mia"):
        agent = house.agents[name]
        for room in (house.room, house.name, house.dm, "inbox:ann"):
            questions = private_questions(room, agent="ann", message="once")
            acks = await asyncio.gather(*(agent.call(event, body) for event, body in questions))
            assert {ack["error"]["code"] for ack in acks} == {"not_found"}, (name, room, acks)
            assert hits(needles, acks) == [], (name, room)
        assert hits(needles, await agent.call("room_list", {})) == []

    # Asked over REST and through the console.
    routes = await routes_of(house.operator, "GET")
    for name in ("carl", "dora", "mia"):
        async with Rest(relay.url, house.tokens[name]) as rest:
            said = await crawl(rest, routes, house.values())
            for room in (house.room, house.name, house.dm):
                calls = private_calls(room, agent="ann", message="once")
                answers = await asyncio.gather(*(rest.http.request(m, p, json=body) for m, p, body in calls))
                assert {answer.status_code for answer in answers} == {404}, (name, room)
                said[f"calls of {room}"] = "".join(answer.text for answer in answers)
        assert said.pop(BACKUP).startswith("200" if ROLES[name] == "master" else "403"), name
        found = {path: hits(needles, text) for path, text in said.items()}
        # The audit names rooms and messages by their ids; names, topics, keys and bodies never stand there.
        audited = {path: hits([house.room, house.dm], said[path]) for path in said if "/audit" in path}
        found = {path: sorted(set(words) - set(audited.get(path, []))) for path, words in found.items()}
        assert {path: words for path, words in found.items() if words} == {}, name
    paths = [f"/dashboard{view}" for view in (*VIEWS, f"/r/{house.room}", f"/r/{house.name}")]
    for name in ("carl", "dora", "mia"):
        pages = await console_pages(relay.url, house.tokens[name], paths)
        assert [path for path, text in pages.items() if hits([house.secret], text)] == []

    assert hits([house.name, house.secret], relay.log()) == []

    # Positive control: the same crawl finds all of it with a party's authority, and with the warden's.
    for name in ("ben", "wendy"):
        async with Rest(relay.url, house.tokens[name]) as rest:
            assert hits(needles, await crawl(rest, routes, house.values())) == needles, name
    trail = await house.operator.http.get("/api/v1/audit", params={"limit": 1000})
    done = {(each["actor"], each["action"], each["target"]) for each in trail.json()["items"]}
    looks = {(action, target) for actor, action, target in done if actor == "wendy"}
    assert {(action, room) for action in ("message.read", "room.read") for room in private} <= looks
    assert ("room.list", "") in looks
    assert ("mia", "store.backup") in {(actor, action) for actor, action, _ in done}


async def test_a_hidden_room_and_one_that_does_not_exist_answer_byte_for_byte_alike(
    start_relay: StartRelay, stack: AsyncExitStack
) -> None:
    house = await house_on(start_relay(**UNLIMITED), stack)
    await live_privately(house)
    # Pairs of equal length: what exists and is hidden, and what does not exist at all.
    pairs = [
        (house.room, "p-" + "0" * (len(house.room) - 2)),
        (house.dm, "dm:ann:bob"),
        (house.dm, "dm:ann:eve"),
        ("inbox:ann", "inbox:eve"),
    ]

    for name in ("carl", "dora", "mia"):
        agent = house.agents[name]
        async with Rest(house.relay.url, house.tokens[name]) as rest:
            for hidden, absent in pairs:
                assert await _acks(agent, hidden) == await _acks(agent, absent), (name, hidden)
                assert await _answers(rest, hidden) == await _answers(rest, absent), (name, hidden)


async def test_how_long_an_answer_takes_does_not_tell_whether_a_room_is_hidden(
    start_relay: StartRelay, stack: AsyncExitStack
) -> None:
    house = await house_on(start_relay(**UNLIMITED), stack)
    await live_privately(house)
    times: dict[str, list[float]] = {house.dm: [], "dm:ann:bob": []}

    for _ in range(PAIRS):
        for room, taken in times.items():
            begin = time.perf_counter()
            await house.agents["carl"].call("chat_history", {"room": room})
            taken.append(time.perf_counter() - begin)

    hidden, absent = (statistics.median(taken) for taken in times.values())
    assert abs(hidden - absent) < 0.005, times


async def test_a_private_room_made_under_a_name_in_use_tells_nothing_of_the_other(
    start_relay: StartRelay, stack: AsyncExitStack
) -> None:
    house = await house_on(start_relay(**UNLIMITED), stack)

    private = await house.agents["carl"].ask("room_create", {"room": house.name, "visibility": "private"})
    public = await house.agents["carl"].ask("room_create", {"room": house.name})

    assert private["room"]["id"] not in {house.room, house.name}
    assert public["room"]["members"] == ["carl"]


async def test_a_client_cannot_name_a_room_of_the_transport(
    start_relay: StartRelay, stack: AsyncExitStack
) -> None:
    house = await house_on(start_relay(**UNLIMITED), stack)
    session = next(body for name, body in house.agents["ann"].events if name == "welcome")["session"]
    carl = house.agents["carl"]

    names = (session, f"conv:{house.room}", "/", "", "dm:ann:ben:carl", "DM:ann:ben", f" {house.room}")
    acks = await asyncio.gather(*(carl.call("room_join", {"room": name}) for name in names))
    await live_privately(house)

    assert {ack["error"]["code"] for ack in acks} <= {"not_found", "invalid_request"}
    assert hits([house.secret], carl.events) == []


async def _acks(agent: RawAgent, room: str) -> list[str]:
    questions = private_questions(room, agent="ann", message="m1")
    acks = await asyncio.gather(*(agent.call(event, body) for event, body in questions))
    return [json.dumps(ack | {"server_time": ""}).replace(room, "ROOM") for ack in acks]


async def _answers(rest: Rest, room: str) -> list[tuple[object, ...]]:
    calls = private_calls(room, agent="ann", message="m1")
    answers = await asyncio.gather(
        *(rest.http.request(method, path, json=body) for method, path, body in calls)
    )
    return [_bytes_of(answer, room) for answer in answers]


def _bytes_of(answer: httpx.Response, room: str) -> tuple[object, ...]:
    changing = {"date", "ratelimit-remaining", "ratelimit-reset", "x-request-id"}
    headers = [(name, value) for name, value in answer.headers.items() if name not in changing]
    return answer.status_code, headers, answer.content.replace(room.encode(), b"ROOM")
