"""The agents' door, spoken to over long polling in this process."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from app.settings import Settings
from app.sockets import answering, transport
from tests.app.sockets.polling import Polling
from tests.fakes import OPERATOR_TOKEN, FlakyStore, settings_of, turns

HELLO = {"id": "one", "to_type": "global", "to_id": "global", "payload": {"kind": "text", "text": "hello"}}


@pytest.fixture
def settings() -> Settings:
    return settings_of(send_buffer=8192)


@pytest.fixture
async def operator(http: httpx.AsyncClient) -> Polling:
    """Connect the operator and take its welcome."""
    link = Polling(http)
    await link.connect(protocol=2, token=OPERATOR_TOKEN)
    await link.until("welcome")
    return link


async def token_of(http: httpx.AsyncClient, agent_id: str) -> str:
    """Enrol an agent over REST and return its token."""
    answer = await http.post(
        "/api/v1/agents",
        json={"agent_id": agent_id},
        headers={"Authorization": f"Bearer {OPERATOR_TOKEN}"},
    )
    token: str = answer.json()["token"]
    return token


async def presence_of(http: httpx.AsyncClient, agent_id: str) -> str:
    answer = await http.get("/api/v1/presence", headers={"Authorization": f"Bearer {OPERATOR_TOKEN}"})
    return next(str(item["status"]) for item in answer.json()["items"] if item["agent_id"] == agent_id)


async def test_first_event_of_a_connection_is_its_welcome(http: httpx.AsyncClient) -> None:
    link = Polling(http)

    connected = await link.connect(protocol=2, token=OPERATOR_TOKEN)
    welcome = await link.until("welcome")

    session = json.loads(connected.removeprefix("40"))["sid"]
    assert welcome["protocol"] == 2
    assert welcome["session"] == session
    assert welcome["agent"] == {"id": "operator", "handle": "operator", "role": "master"}
    assert welcome["server"]["epoch"] == "first"
    assert welcome["rooms"][0] == {
        "id": "global",
        "kind": "global",
        "title": "global",
        "head": 0,
        "oldest": 1,
        "cursor": 0,
        "recovered": True,
    }
    assert welcome["limits"]["window"] == 256
    assert set(welcome["limits"]) == {
        "max_text",
        "max_payload",
        "send_rate",
        "window",
        "ack_timeout",
        "heartbeat",
    }


@pytest.mark.parametrize(
    ("auth", "code"),
    [
        ({}, "unauthenticated"),
        ({"token": ""}, "unauthenticated"),
        ({"token": "wrong"}, "unauthenticated"),
        ({"protocol": 2, "token": 7}, "invalid_request"),
        ({"protocol": 3, "token": OPERATOR_TOKEN}, "invalid_request"),
        ({"protocol": 2, "token": OPERATOR_TOKEN, "resume": {"offsets": {}}}, "invalid_request"),
    ],
)
async def test_stranger_is_refused_by_name(http: httpx.AsyncClient, auth: dict[str, Any], code: str) -> None:
    link = Polling(http)

    answer = await link.connect(**auth)

    assert answer.startswith("44")
    assert json.loads(answer[2:])["data"]["code"] == code
    assert await presence_of(http, "operator") == "offline"


async def test_auth_that_can_not_be_read_is_refused_by_name(http: httpx.AsyncClient) -> None:
    link = Polling(http)
    await link.open()

    await link.post('40{"token":NaN}')
    await link.read()

    assert json.loads(link.others[0].removeprefix("44"))["data"]["code"] == "invalid_request"


async def test_identity_comes_from_the_token_alone(http: httpx.AsyncClient) -> None:
    link = Polling(http)

    await link.connect(
        protocol=2, token=await token_of(http, "ann"), agent_id="operator", role="master", handle="boss"
    )
    welcome = await link.until("welcome")

    assert welcome["agent"] == {"id": "ann", "handle": "ann", "role": "worker"}


async def test_second_connect_does_not_change_who_is_behind_the_link(
    http: httpx.AsyncClient, operator: Polling
) -> None:
    token = await token_of(http, "ann")

    await operator.post(f"40{json.dumps({'token': token})}")
    answer = await operator.ask("chat_send", HELLO)

    message = await operator.until("chat_message")
    assert answer["ok"]
    assert operator.others == []
    assert message["from_id"] == "operator"
    assert await presence_of(http, "ann") == "offline"


async def test_message_is_answered_and_reaches_its_readers(
    http: httpx.AsyncClient, operator: Polling
) -> None:
    ann = Polling(http)
    await ann.connect(protocol=2, token=await token_of(http, "ann"))
    await ann.until("welcome")

    answer = await operator.ask("chat_send", HELLO)

    heard = await ann.until("chat_message")
    assert (answer["ok"], answer["offset"], answer["duplicate"]) == (True, 1, False)
    assert (heard["offset"], heard["from_id"], heard["payload"]["text"]) == (1, "operator", "hello")


async def test_events_of_one_connection_are_answered_in_their_order(operator: Polling) -> None:
    texts = [json.dumps(["chat_send", HELLO | {"id": f"m{n}"}]) for n in range(10)]

    await operator.post(*(f"42{n}{text}" for n, text in enumerate(texts)))

    assert [(await operator.ack(n))["offset"] for n in range(10)] == list(range(1, 11))


async def test_new_handle_stands_under_the_next_message(operator: Polling) -> None:
    await operator.ask("handle_set", {"handle": "boss"})

    await operator.ask("chat_send", HELLO)

    assert (await operator.until("chat_message"))["from_handle"] == "boss"


async def test_resumed_connection_gets_what_it_missed(http: httpx.AsyncClient, operator: Polling) -> None:
    for n in range(3):
        await operator.ask("chat_send", HELLO | {"id": f"m{n}"})
    link = Polling(http)

    await link.connect(protocol=2, token=OPERATOR_TOKEN, resume={"epoch": "first", "offsets": {"global": 2}})
    welcome = await link.until("welcome")
    message = await link.until("chat_message")

    assert (welcome["rooms"][0]["cursor"], welcome["rooms"][0]["recovered"]) == (2, True)
    assert (message["offset"], message["replay"]) == (3, True)


@pytest.mark.parametrize("name", ["connect", "disconnect", "nothing", "c2cp"])
async def test_client_can_not_call_handlers_of_the_library(
    http: httpx.AsyncClient, operator: Polling, name: str
) -> None:
    answer = await operator.ask(name, {"REMOTE_ADDR": "10.9.9.9"})

    assert answer["error"]["code"] == "invalid_request"
    assert await presence_of(http, "operator") == "online"
    assert (await operator.ask("room_list"))["ok"]


async def test_malformed_event_with_an_id_is_refused_in_its_ack(operator: Polling) -> None:
    await operator.post('429["chat_send",NaN]')

    answer = await operator.ack(9)

    assert answer["error"]["code"] == "invalid_request"


async def test_malformed_event_without_an_id_is_refused_by_an_event(operator: Polling) -> None:
    await operator.post("42[")

    assert (await operator.until("error"))["code"] == "invalid_request"


async def test_refusal_that_can_be_answered_is_told_once(operator: Polling) -> None:
    await operator.ask("nothing")
    await operator.ask("room_list")

    assert [name for name, _ in operator.events if name == "error"] == []


async def test_client_that_makes_only_mistakes_is_cut_off(http: httpx.AsyncClient, operator: Polling) -> None:
    await operator.post(*["42["] * 21)

    closings = [await operator.until("error") for _ in range(22)]
    await turns()

    assert closings[-1]["reason"] == "too_many_errors"
    assert await presence_of(http, "operator") == "offline"


async def test_namespace_that_is_not_there_is_refused_by_name(http: httpx.AsyncClient) -> None:
    link = Polling(http)
    await link.open()

    await link.post('40/admin,{"token":"x"}')
    await link.read()

    assert json.loads(link.others[0].removeprefix("44/admin,"))["data"]["code"] == "not_found"


async def test_agent_is_offline_when_its_last_connection_left(
    http: httpx.AsyncClient, operator: Polling
) -> None:
    second = Polling(http)
    await second.connect(protocol=2, token=OPERATOR_TOKEN)
    await second.until("welcome")

    await operator.post("41")
    after_one = await presence_of(http, "operator")
    await second.post("41")

    assert after_one == "online"
    assert await presence_of(http, "operator") == "offline"


async def test_events_after_the_farewell_do_nothing(http: httpx.AsyncClient, operator: Polling) -> None:
    await operator.post("41")

    await operator.post(f"421{json.dumps(['chat_send', HELLO])}")

    answer = await http.get(
        "/api/v1/rooms/global/history", headers={"Authorization": f"Bearer {OPERATOR_TOKEN}"}
    )
    assert answer.json()["items"] == []


async def test_acknowledged_message_is_not_sent_to_the_next_connection(
    http: httpx.AsyncClient, operator: Polling
) -> None:
    await operator.ask("chat_send", HELLO)
    await operator.until("chat_message")

    answer = await operator.ask("chat_ack", {"room": "global", "offset": 1})
    again = Polling(http)
    await again.connect(protocol=2, token=OPERATOR_TOKEN)

    assert answer["ok"]
    assert (await again.until("welcome"))["rooms"][0]["cursor"] == 1


@pytest.mark.parametrize(
    ("event", "body", "key"),
    [
        ("chat_history", {"room": "global"}, "messages"),
        ("chat_delete", {"room": "global", "id": "one", "reason": "x"}, "offset"),
        ("chat_typing", {"to_type": "global", "to_id": "global", "typing": True}, "server_time"),
        ("room_create", {"room": "beta"}, "room"),
        ("room_join", {"room": "alpha"}, "room"),
        ("room_invite", {"room": "alpha", "agent_id": "operator"}, "room"),
        ("room_update", {"room": "alpha", "topic": "x"}, "room"),
        ("room_kick", {"room": "alpha", "agent_id": "operator"}, "room"),
        ("room_leave", {"room": "alpha"}, "room"),
        ("room_list", {}, "rooms"),
        ("presence_set", {"status": "idle"}, "server_time"),
        ("handle_set", {"handle": "boss"}, "handle"),
        ("report", {"specs": {"cpu": 1}}, "server_time"),
    ],
)
async def test_event_is_served(operator: Polling, event: str, body: dict[str, Any], key: str) -> None:
    await operator.ask("chat_send", HELLO)
    await operator.ask("room_create", {"room": "alpha"})

    answer = await operator.ask(event, body)

    assert answer["ok"] is True
    assert key in answer


async def test_client_that_left_before_its_welcome_is_not_online(
    http: httpx.AsyncClient, store: FlakyStore
) -> None:
    link = Polling(http)
    await link.open()
    store.reads_open.clear()
    await link.post(f"40{json.dumps({'protocol': 2, 'token': OPERATOR_TOKEN})}")

    await link.post("41")
    store.reads_open.set()
    await turns()

    assert await presence_of(http, "operator") == "offline"


async def test_link_that_never_says_who_is_behind_it_is_ended(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "AUTH_DEADLINE", 0)
    link = Polling(http)

    await link.open()
    await turns()

    assert await link.status() == 400


async def test_client_that_asks_and_does_not_read_has_to_wait(
    operator: Polling, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "CONGESTED", 0)
    await operator.ask("chat_send", HELLO | {"payload": {"kind": "text", "text": "x" * 16_000}})
    await operator.post('421["chat_history",{"room":"global"}]')

    waiting = asyncio.ensure_future(operator.post('422["room_list",{}]'))  # noqa: TID251
    await turns()
    before = waiting.done()
    await operator.read()
    await waiting

    assert not before
    assert (await operator.ack(2))["ok"]
