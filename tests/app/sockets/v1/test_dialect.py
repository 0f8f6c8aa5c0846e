"""Version 1 at the door, over long polling: the handshake, the first words, a whole conversation."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from app.settings import Settings
from tests.app.conftest import started
from tests.app.sockets.polling import Polling
from tests.app.sockets.v1.conftest import SECRET
from tests.fakes import OPERATOR_TOKEN, settings_of, turns


@pytest.fixture
def settings() -> Settings:
    return settings_of(secret_key=SECRET, allowed_hosts=["relay"])


@pytest.fixture
async def http(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {OPERATOR_TOKEN}"}
    async with (
        started(app),
        httpx.AsyncClient(transport=transport, base_url="http://relay", headers=headers) as client,
    ):
        yield client


async def connect(http: httpx.AsyncClient, agent_id: str = "node-1", **auth: Any) -> Polling:
    link = Polling(http)
    answer = await link.connect(**({"token": SECRET, "agent_id": agent_id, "role": "worker"} | auth))
    assert answer.startswith("40"), answer
    return link


async def agent_of(http: httpx.AsyncClient, agent_id: str) -> dict[str, Any]:
    return dict((await http.get(f"/api/v1/agents/{agent_id}")).json())


async def test_first_that_is_told_is_the_fleet(http: httpx.AsyncClient) -> None:
    link = await connect(http, specs={"os": "any"})

    fleet: Any = await link.until("fleet_update")

    assert {agent["id"]: agent["status"] for agent in fleet} == {"node-1": "online", "operator": "offline"}
    assert [name for name, _ in link.events if name == "welcome"] == []
    assert (await agent_of(http, "node-1"))["role"] == "worker"


@pytest.mark.parametrize(
    ("auth", "code"),
    [
        ({"token": "wrong"}, "unauthenticated"),
        ({"token": None}, "unauthenticated"),
        ({"agent_id": None}, "invalid_request"),
        ({"agent_id": "a b"}, "invalid_request"),
        ({"agent_id": {"a": 1}}, "invalid_request"),
        ({"agent_id": "operator"}, "forbidden"),
        ({"protocol": 2}, "unauthenticated"),
    ],
)
async def test_who_is_not_let_in_is_told_why(
    http: httpx.AsyncClient, auth: dict[str, Any], code: str
) -> None:
    link = Polling(http)

    answer = await link.connect(**({"token": SECRET, "agent_id": "node-1", "role": "worker"} | auth))

    assert answer.startswith("44")
    assert json.loads(answer[2:])["data"]["code"] == code


@pytest.mark.parametrize("auth", [{"role": None, "specs": None}, {"role": "scout"}, {"specs": "x"}])
async def test_handshake_that_says_little_is_enough(http: httpx.AsyncClient, auth: dict[str, Any]) -> None:
    await connect(http, **auth)

    assert (await agent_of(http, "node-1"))["role"] == "worker"


async def test_own_token_needs_no_secret_and_no_name(http: httpx.AsyncClient) -> None:
    link = await connect(http, token=OPERATOR_TOKEN, role="worker")

    assert await link.ask("chat", {"msg": "it is me"}) == {"ok": True}
    said = await link.until("chat_update")
    assert (said["from"], said["to"], said["msg"]) == ("operator", "all", "it is me")


async def test_refusal_without_an_ack_says_nothing(http: httpx.AsyncClient) -> None:
    link = await connect(http)

    await link.post('42["chat",{}]', "42[")
    await link.ask("agent_hello")

    assert [name for name, _ in link.events if name == "error"] == []


async def test_what_was_polled_for_is_not_sent_again(http: httpx.AsyncClient) -> None:
    link = await connect(http)
    await link.until("fleet_update")
    await http.post("/api/v1/messages", json={"to_type": "global", "to_id": "global", "text": "one"})
    await link.until("chat_update")
    # The next poll says that the answer to the last one came through.
    polling = asyncio.ensure_future(link.read())  # noqa: TID251
    await turns()
    await link.post("41")
    await polling
    await http.post("/api/v1/messages", json={"to_type": "global", "to_id": "global", "text": "two"})

    again = await connect(http)

    assert (await again.until("chat_update"))["msg"] == "two"


async def test_what_was_not_taken_is_sent_to_the_next_connection(http: httpx.AsyncClient) -> None:
    link = await connect(http)
    await link.until("fleet_update")
    await http.post("/api/v1/messages", json={"to_type": "global", "to_id": "global", "text": "one"})
    await turns()
    await link.post("41")

    again = await connect(http)

    assert (await again.until("chat_update"))["msg"] == "one"


async def test_role_that_is_reassigned_counts_at_once(http: httpx.AsyncClient) -> None:
    link = await connect(http)

    await http.patch("/api/v1/agents/node-1", json={"role": "warden"})

    assert (await link.ask("chat", {"msg": "hello"}))["error"].startswith("forbidden: ")


async def test_agent_that_got_a_token_is_let_in_by_nothing_else(http: httpx.AsyncClient) -> None:
    link = await connect(http)
    await http.post("/api/v1/tokens", json={"agent_id": "node-1"})

    answer = await link.ask("chat", {"msg": "hello"})

    assert answer["error"].startswith("unauthenticated: ")
