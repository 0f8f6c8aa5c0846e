"""The audit trail: one record for every stored message, none of its words, a chain that holds (R21, S34)."""

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest

from e2e.agents import RawAgent
from e2e.canary import hits, new_canary
from e2e.conftest import StartRelay
from e2e.crowd import LightAgent
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest
from protocol.audit import AuditRecord, first_break
from protocol.payloads import TextPayload

ACCEPTED = 5_000
IN_FLIGHT = 32
# Beside what is accepted: every tenth is said again, and every tenth is refused, in one of these ways.
REPEAT, REFUSE = 10, 10
Send = Callable[[dict[str, Any]], Awaitable[tuple[bool, bool]]]


class Talker(LightAgent):
    """A light agent that takes a refusal for an answer."""

    async def send(self, message: dict[str, Any]) -> tuple[bool, bool]:
        """Send and tell whether it was accepted, and whether it was a repetition."""
        body = {key: value for key, value in message.items() if key != "text"}
        body["payload"] = {"kind": "text", "text": message["text"]}
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(f"42{number}" + json.dumps(["chat_send", body]))
        ack = await asyncio.wait_for(answer, 60)
        return ack["ok"], ack.get("duplicate", False)


class Poster:
    """REST by a client that is quick enough for a thousand messages."""

    def __init__(self, relay: Relay, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self.http = aiohttp.ClientSession(relay.url, headers=headers, raise_for_status=False)

    async def send(self, message: dict[str, Any]) -> tuple[bool, bool]:
        """Send and tell whether it was accepted, and whether it was a repetition."""
        async with self.http.post("/api/v1/messages", json=message) as answer:
            return answer.status in {200, 201}, answer.status == 200


async def talk(send: Send, name: str, rooms: list[dict[str, str]], count: int, word: str) -> Counter[str]:
    """Say `count` different things, with repetitions and refusals in between; count what came of them."""
    slots, told = asyncio.Semaphore(IN_FLIGHT), Counter[str]()

    async def say(message: dict[str, Any]) -> None:
        async with slots:
            accepted, repeated = await send(message)
        told["repeated" if repeated else "accepted" if accepted else "refused"] += 1

    async def several(index: int) -> None:
        room = rooms[index % len(rooms)]
        message = room | {"id": f"{name}.{index}", "text": f"{word} {index}"}
        await say(message)
        if index % REPEAT == 0:
            await asyncio.gather(say(message), say(message))
        if index % REFUSE == 0:
            other = message | {"text": f"another {word}"}
            nowhere = message | {"to_type": "room", "to_id": "p-nowhere", "id": f"{name}.{index}.lost"}
            nobody = message | {"to_type": "dm", "to_id": "@nobody", "id": f"{name}.{index}.lost"}
            await asyncio.gather(say(other), say(nowhere), say(nobody))

    await asyncio.gather(*map(several, range(count)))
    return told


async def trail(operator: Rest) -> list[AuditRecord]:
    """Read the whole trail, page by page."""
    records: list[AuditRecord] = []
    page: dict[str, Any] = {"next": "0"}
    while page["next"] is not None:
        query = {"after": page["next"], "limit": 1000}
        page = (await operator.http.get("/api/v1/audit", params=query)).json()
        records += [AuditRecord.model_validate(item) for item in page["items"]]
    return records


@pytest.fixture
async def relay(start_relay: StartRelay) -> Relay:
    """Return a relay that keeps all of it and refuses nobody for being quick."""
    return start_relay(keep_messages=20_000, keep_bytes=64 * 1024 * 1024, **UNLIMITED)


async def test_of_5000_accepted_messages_each_has_one_record_and_no_record_has_a_word_of_them(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    tokens = {name: await operator.enrol(name) for name in ("ann", "ben", "carl")}
    sockets = {
        name: await stack.enter_async_context(Talker(relay.url, token)) for name, token in tokens.items()
    }
    posters = {name: Poster(relay, token) for name, token in tokens.items()}
    for poster in posters.values():
        await stack.enter_async_context(poster.http)
    word = new_canary()
    await sockets["ann"].ask("room_create", {"room": "open", "members": ["ben", "carl"]})
    made = await sockets["ann"].ask("room_create", {"room": "s", "visibility": "private", "members": ["ben"]})
    shut = made["room"]["id"]
    shared = [{"to_type": "global", "to_id": "global"}, {"to_type": "room", "to_id": "open"}]
    inside = [*shared, {"to_type": "room", "to_id": shut}]
    each = ACCEPTED // 5

    told = await asyncio.gather(
        talk(sockets["ann"].send, "ann-s", [*inside, dm("ben")], each, word),
        talk(sockets["ben"].send, "ben-s", [*inside, dm("ann")], each, word),
        talk(sockets["carl"].send, "carl-s", shared, each, word),
        talk(posters["ann"].send, "ann-r", [*inside, dm("ben")], each, word),
        talk(posters["ben"].send, "ben-r", [*inside, dm("ann")], each, word),
    )

    counted = sum(told, Counter[str]())
    assert counted == {
        "accepted": ACCEPTED,
        "repeated": 2 * ACCEPTED // REPEAT,
        "refused": 3 * ACCEPTED // REFUSE,
    }
    rooms = ("global", "open", shut, "dm:ann:ben")
    async with Rest(relay.url, tokens["ben"]) as reader:
        stored = [message for room in rooms for message in await reader.history(room)]
    records = await trail(operator)
    sent = [record for record in records if record.action == "message.send"]
    assert len(stored) == len(sent) == ACCEPTED
    # Who, where, which, how large, and a hash that only these words have.
    assert sorted(map(fingerprint, sent)) == sorted(map(expected, stored))
    # In every room the records stand in the order of the messages.
    for room in rooms:
        order = [message["id"] for message in stored if message["room"] == room]
        assert [record.detail["id"] for record in sent if record.target == room] == order
    assert {record.via for record in sent} == {"socket", "rest"}
    assert hits([word], relay.log()) == []
    assert hits([word], [record.model_dump() for record in records]) == []
    await holds(operator, records)


def dm(peer: str) -> dict[str, str]:
    return {"to_type": "dm", "to_id": peer}


def fingerprint(record: AuditRecord) -> tuple[object, ...]:
    return (
        record.actor,
        record.target,
        record.detail["id"],
        record.detail["size"],
        record.detail["sha256"],
        record.result,
    )


def expected(message: dict[str, Any]) -> tuple[object, ...]:
    body = TextPayload.model_validate(message["payload"]).model_dump_json().encode()
    digest = hashlib.sha256(message["room"].encode() + b"\0" + body).hexdigest()
    return message["from_id"], message["room"], message["id"], len(body), digest, "ok"


async def holds(operator: Rest, records: list[AuditRecord]) -> None:
    """Check the chain as the relay does, and by our own reckoning from the first record on."""
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert first_break(records) is None
    verdict = (await operator.http.get("/api/v1/audit/verify")).json()
    assert verdict["ok"]
    assert verdict["head"] >= records[-1].seq
    # Positive control: a chain with one record changed, or one less, does not hold.
    forged = records[10].model_copy(update={"actor": "somebody-else"})
    assert first_break([*records[:10], forged, *records[11:]]) is not None
    assert first_break([*records[:10], *records[11:]]) is not None


async def test_what_is_done_to_tokens_rooms_names_and_roles_is_recorded_and_so_is_what_is_refused(
    relay: Relay, operator: Rest, stack: AsyncExitStack
) -> None:
    tokens = {name: await operator.enrol(name) for name in ("ann", "ben", "carl")}
    ann, ben = [await stack.enter_async_context(RawAgent(relay.url, tokens[name])) for name in ("ann", "ben")]
    ann_rest = await stack.enter_async_context(Rest(relay.url, tokens["ann"]))
    token = (await operator.http.post("/api/v1/tokens", json={"agent_id": "carl"})).json()
    token_id = token["token"]["id"]
    await ann.ask("room_create", {"room": "mine", "members": ["ben"]})
    await ann.ask("room_update", {"room": "mine", "topic": "news"})
    await ann.ask("room_kick", {"room": "mine", "agent_id": "ben"})
    await ann.ask("room_invite", {"room": "mine", "agent_id": "ben"})
    await ben.ask("room_leave", {"room": "mine"})
    await ben.ask("room_join", {"room": "mine"})
    await ann.ask("handle_set", {"handle": "annabel"})
    said = await ann.say("a slip")
    await ann.ask("chat_delete", {"room": "global", "id": said["id"], "reason": "a slip"})
    await operator.http.patch("/api/v1/agents/ben", json={"role": "warden"})
    await operator.http.post(f"/api/v1/tokens/{token_id}/rotate", json={"overlap": 600})
    await operator.http.delete(f"/api/v1/tokens/{token_id}")
    await operator.http.delete("/api/v1/rooms/mine")
    await operator.http.get("/api/v1/audit/export")
    for refused in ("/api/v1/audit", "/api/v1/joins"):
        assert (await ann_rest.http.get(refused)).status_code == 403
    await ann.call("room_kick", {"room": "global", "agent_id": "ben"})
    await RawAgent(relay.url, "clw_nobody_nothing").refused()
    async with Rest(relay.url, "clw_nobody_nothing") as nobody:
        await nobody.http.get("/api/v1/rooms")
        await nobody.http.get("/api/v1/rooms")

    records = await trail(operator)
    done = {(record.actor, record.action, record.target) for record in records if record.result == "ok"}
    denied = Counter((record.actor, record.action) for record in records if record.result == "denied")

    assert done >= {
        ("operator", "token.create", "carl"),
        ("operator", "token.rotate", "carl"),
        ("operator", "token.revoke", "carl"),
        ("operator", "role.change", "ben"),
        ("operator", "room.delete", "mine"),
        ("operator", "audit.export", ""),
        ("ann", "room.create", "mine"),
        ("ann", "room.update", "mine"),
        ("ann", "room.kick", "mine"),
        ("ann", "room.invite", "mine"),
        ("ann", "handle.change", "ann"),
        ("ann", "message.delete", "global"),
        ("ann", "agent.connect", "ann"),
        ("ben", "room.leave", "mine"),
        ("ben", "room.join", "mine"),
    }
    assert denied == {
        ("ann", "GET /audit"): 1,
        ("ann", "GET /joins"): 1,
        ("ann", "room_kick"): 1,
        ("", "agent.connect"): 1,
        ("", "rest.authenticate"): 2,
    }
    assert hits([token["secret"], "nothing", relay.token], [record.model_dump() for record in records]) == []
    await holds(operator, records)
