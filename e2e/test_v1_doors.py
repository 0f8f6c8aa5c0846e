"""Version 1 beside its clients: its HTTP routes, starts with a weak secret, a reader that stops reading."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from e2e.agents import RawAgent
from e2e.conftest import StartRelay
from e2e.paces import UNLIMITED
from e2e.rawsocket import RawSocket
from e2e.relay import Relay
from e2e.rest import Rest

SECRET = "a-secret-that-all-v1-clients-share"
COUNT = 3_000  # of a kilobyte each: more than the buffers of a socket and of a connection hold
PADDING = "x" * 1_000


@pytest.fixture
def relay(start_relay: StartRelay) -> Relay:
    """Start a relay whose operator lets old clients in."""
    return start_relay(secret_key=SECRET, keep_messages=COUNT, keep_bytes=64 * 1024 * 1024, **UNLIMITED)


@pytest.fixture
async def old(relay: Relay) -> AsyncIterator[httpx.AsyncClient]:
    """Show the shared secret over HTTP."""
    headers = {"Authorization": f"Bearer {SECRET}"}
    async with httpx.AsyncClient(base_url=relay.url, headers=headers, trust_env=False, timeout=30) as client:
        yield client


async def test_routes_open_with_the_secret(old: httpx.AsyncClient, relay: Relay) -> None:
    async with Rest(relay.url, relay.token) as operator:
        await operator.enrol("ann")
        await operator.say("hello")
    root, page = await old.get("/"), await old.get("/dashboard")
    settings = await old.post("/api/settings", data={"supabase_url": ""})
    role = await old.post("/api/role", json={"agentId": "ann", "role": "warden", "secret": SECRET})

    assert root.json()["online"] is True
    assert page.status_code == 200
    assert "text/html" in page.headers["content-type"]
    assert (settings.status_code, settings.headers["location"]) == (303, "/dashboard")
    assert role.json() == {"success": True, "agentId": "ann", "role": "warden"}
    assert (await old.get("/api/docs")).json()["openapi"].startswith("3.")
    assert (await old.get("/api/logs/tasks")).json() == {"tasks": []}
    actions = {each["action"] for each in (await old.get("/api/logs/audit")).json()["entries"]}
    assert {"login.shared", "role.change", "message.send"} <= actions
    assert isinstance((await old.get("/api/logs/server?limit=5&search=x")).json()["lines"], list)


async def test_routes_are_shut_without_a_token_and_the_secret_opens_no_other(
    old: httpx.AsyncClient, relay: Relay
) -> None:
    routes = ["/api/docs", "/api/logs/server", "/api/logs/tasks", "/api/logs/audit"]
    async with httpx.AsyncClient(base_url=relay.url, trust_env=False) as anybody:
        shut = [(await anybody.get(path)).status_code for path in routes]
        shut += [(await anybody.post(path, json={})).status_code for path in ("/api/role", "/api/settings")]
        page = await anybody.get("/dashboard")
    others = [
        (await old.get(path)).status_code for path in ("/api/v1/agents", "/api/v1/logs", "/api/v1/audit")
    ]

    assert shut == [401] * 6
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2Fdashboard")
    assert others == [401] * 3


async def test_log_is_shown_without_secrets(old: httpx.AsyncClient, relay: Relay) -> None:
    await old.get("/api/v1/rooms")
    async with Rest(relay.url, relay.token) as operator:
        items = (await operator.http.get("/api/v1/logs?limit=1000")).json()["items"]

    assert all(each.keys() >= {"ts", "level", "source", "event"} for each in items)
    assert SECRET not in json.dumps(items) + relay.log()
    assert relay.token not in json.dumps(items)


@pytest.mark.parametrize("secret", ["very-secret-key", "x"])
def test_weak_secret_keeps_the_relay_from_starting(tmp_path: Path, secret: str) -> None:
    relay = Relay(tmp_path / "weak", secret_key=secret)

    with pytest.raises(AssertionError, match="did not start"):
        relay.start()

    assert "CLAWNET_SECRET_KEY needs at least 16 characters" in relay.log()
    assert secret == "x" or secret not in relay.log()


async def numbers(link: RawSocket, until: int) -> list[int]:
    """Read texts until one is `until`, or until the relay hangs up."""
    heard: list[int] = []
    try:
        while not heard or heard[-1] != until:
            frame = str(await link.receive())
            if frame.startswith('42["chat_update"'):
                heard.append(int(json.loads(frame[2:])[1]["msg"].split()[0]))
    except ConnectionClosed:
        pass
    return heard


async def join(link: RawSocket) -> None:
    """Say who we are as version 1 does."""
    await link.send("40" + json.dumps({"token": SECRET, "agent_id": "old-1", "role": "worker"}))
    while not str(await link.receive()).startswith("40"):
        pass


async def test_reader_that_stops_goes_on_where_the_relay_stopped_writing(
    relay: Relay, stack: AsyncExitStack
) -> None:
    async with Rest(relay.url, relay.token) as operator:
        sender = await stack.enter_async_context(RawAgent(relay.url, await operator.enrol("sender")))
        first = await stack.enter_async_context(RawSocket(relay.url))
        await join(first)
        first.stop_reading()
        for number in range(COUNT):
            await sender.say(f"{number} {PADDING}")
        async with RawSocket(relay.url) as second:
            await join(second)
            late = await numbers(second, COUNT - 1)
    first.link.transport.resume_reading()
    early = await numbers(first, COUNT - 1)

    assert early == list(range(len(early)))
    assert late == list(range(late[0], COUNT))
    # What was written and never read is lost with the link: a v1 client does not say what it has.
    assert 0 < late[0] < COUNT
