"""Events over HTTP: the stream, who is cut off it, and an agent that is made of curl."""

import asyncio
import os
import socket
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson

from e2e.conftest import StartRelay
from e2e.paces import UNLIMITED
from e2e.relay import Relay
from e2e.rest import Rest

AGENT = Path(__file__).parent / "scenarios" / "bash_agent.sh"
PATIENCE = 60.0
Event = tuple[str, str | None, dict[str, Any]]


async def stream(url: str, token: str, *, cursor: str | None = None) -> AsyncGenerator[Event]:
    """Yield the events of a stream until it ends: name, cursor and body."""
    headers = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": cursor} if cursor else {})
    async with (
        httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as http,
        http.stream("GET", f"{url}/api/v1/events", headers=headers) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines: dict[str, str] = {}
        async for line in answer.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                lines[name] = value
            elif "data" in lines:
                yield lines["event"], lines.get("id"), orjson.loads(lines["data"])
                lines = {}


async def until(events: AsyncIterator[Event], name: str) -> Event:
    """Return the next event of a name."""
    async with asyncio.timeout(PATIENCE):
        return await anext(event async for event in events if event[0] == name)


async def test_stream_goes_on_after_the_cursor_and_ends_with_the_token(relay: Relay, operator: Rest) -> None:
    token = await operator.enrol("ann")
    await operator.say("one")
    async with aclosing(stream(relay.url, token)) as events:
        assert (await anext(events))[0] == "welcome"
        one = await until(events, "chat_message")
        await operator.say("two")
        two = await until(events, "chat_message")
        await operator.http.post("/api/v1/rooms", json={"id": "tides", "members": ["ann"]})
        signal = await until(events, "room_update")
    assert [each[2]["payload"]["text"] for each in (one, two)] == ["one", "two"]
    assert [each[2]["replay"] for each in (one, two)] == [True, False]
    assert (signal[1], signal[2]["action"], signal[2]["room"]["id"]) == (None, "opened", "tides")

    async with aclosing(stream(relay.url, token, cursor=one[1])) as events:
        again = await until(events, "chat_message")
        tokens = (await operator.http.get("/api/v1/tokens", params={"agent_id": "ann"})).json()["items"]
        await operator.http.delete(f"/api/v1/tokens/{tokens[0]['id']}")
        last = await until(events, "error")
        rest = [event async for event in events]

    assert (again[2]["offset"], again[2]["id"]) == (two[2]["offset"], two[2]["id"])
    assert (last[2]["code"], rest) == ("unauthenticated", [])


async def test_who_is_put_out_of_a_room_hears_no_more_of_it(relay: Relay, operator: Rest) -> None:
    token = await operator.enrol("ann")
    body = {"id": "cellar", "visibility": "private", "members": ["ann"]}
    room = (await operator.http.post("/api/v1/rooms", json=body)).json()["id"]
    async with aclosing(stream(relay.url, token)) as events:
        await operator.say("inside", to_type="room", to_id=room)
        inside = await until(events, "chat_message")
        await operator.http.post(f"/api/v1/rooms/{room}/kick", json={"agent_id": "ann"})
        await operator.say("canary", to_type="room", to_id=room)
        await operator.say("for all")
        after = await until(events, "chat_message")

    assert inside[2]["payload"]["text"] == "inside"
    assert after[2]["payload"]["text"] == "for all"


async def test_streams_end_when_the_relay_stops(start_relay: StartRelay) -> None:
    relay = start_relay()
    async with aclosing(stream(relay.url, relay.token)) as events:
        await anext(events)
        stopping = asyncio.create_task(asyncio.to_thread(relay.stop))
        last = await until(events, "error")

        assert (last[2]["reason"], await stopping) == ("restart", 0)


def test_reader_that_takes_nothing_is_cut_off(start_relay: StartRelay) -> None:
    relay = start_relay(**UNLIMITED)
    headers = {"Authorization": f"Bearer {relay.token}"}
    with socket.create_connection(("127.0.0.1", relay.port)) as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.sendall(
            "\r\n".join(
                (
                    "GET /api/v1/events HTTP/1.1",
                    "Host: localhost",
                    f"Authorization: Bearer {relay.token}",
                    "",
                    "",
                )
            ).encode()
        )
        body = {"to_type": "global", "to_id": "global", "text": "x" * 16_000}
        with httpx.Client(base_url=relay.url, headers=headers, trust_env=False, timeout=30) as http:
            for _ in range(400):
                assert http.post("/api/v1/messages", json=body).status_code == 201
            before = relay.process.memory_info().rss
            deadline = asyncio.run(_until_cut(relay))

        assert deadline, "the link is still open"
        assert relay.process.memory_info().rss - before < 20e6


async def _until_cut(relay: Relay) -> bool:
    async with asyncio.timeout(PATIENCE):
        while any(  # noqa: ASYNC110 - another process tells nobody
            each.laddr.port == relay.port and each.status == "ESTABLISHED"
            for each in relay.process.net_connections("tcp")
        ):
            await asyncio.sleep(0.1)
        return True


@contextmanager
def agent_of_curl(relay: Relay, token: str, folder: Path) -> Iterator[None]:
    process = subprocess.Popen(
        [AGENT, relay.url, folder],
        env=os.environ | {"CLAWNET_TOKEN": token},
        start_new_session=True,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


async def test_agent_of_curl_survives_a_crash_of_the_relay_without_loss_or_repeat(
    start_relay: StartRelay, tmp_path: Path
) -> None:
    relay = start_relay(store=f"sqlite:{tmp_path / 'relay.db'}", **UNLIMITED)
    async with Rest(relay.url, relay.token) as operator:
        token = await operator.enrol("curly")
        with agent_of_curl(relay, token, tmp_path / "agent"):
            pings = [f"ping {number}" for number in range(30)]
            for number, ping in enumerate(pings):
                await operator.say(ping)
                if number in {10, 20}:
                    relay.kill()
                    await asyncio.to_thread(relay.restart)
            async with asyncio.timeout(PATIENCE):
                while len(pongs := await answers(operator)) < len(pings):  # noqa: ASYNC110 - see above
                    await asyncio.sleep(0.1)
        heard = (tmp_path / "agent" / "heard").read_text().splitlines()

    assert pongs == [ping.replace("ping", "pong") for ping in pings]
    assert [line.partition(" ")[2] for line in heard] == pings


async def answers(operator: Rest) -> list[str]:
    said = [entry["payload"]["text"] for entry in await operator.history()]
    return [text for text in said if text.startswith("pong ")]
