"""Floods: too much of anything is refused early, cheaply, and to whom it concerns alone (S11, S26 to S31)."""

import asyncio
import json
import re
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import psutil
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from e2e.agents import RawAgent
from e2e.forks import ROOT
from e2e.paces import UNLIMITED
from e2e.rawhttp import Head, ask, head_of
from e2e.rawsocket import RawSocket
from e2e.relay import Relay
from e2e.rest import Rest

MIB = 1024 * 1024
SECONDS = 10
PER_SECOND = 150
AUTH_DEADLINE = 5.0
HEADER_DEADLINE = 10.0
BODY_DEADLINE = 15.0
SLOW_BODIES = ["/api/v1/messages", "/login", "/socket.io/?EIO=4&transport=polling&sid=x"]
SLACK = 4.0  # seconds that a busy machine may add
PER_AGENT, PER_ADDRESS, UNIDENTIFIED = 3, 12, 6
NEIGHBOUR = "127.0.0.2"  # another address of this machine


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """Return a relay with the default limits of REST and small ones for connections."""
    relay = Relay(
        tmp_path_factory.mktemp("floods"),
        max_connections_per_agent=PER_AGENT,
        max_connections_per_address=PER_ADDRESS,
        max_unidentified=UNIDENTIFIED,
    ).start()
    yield relay
    relay.stop()
    assert relay.faults() == []


def address(relay: Relay, source: str, **more: Any) -> httpx.AsyncClient:
    """Return a client that calls from an address of its own."""
    transport = httpx.AsyncHTTPTransport(local_address=source)
    return httpx.AsyncClient(base_url=relay.url, transport=transport, timeout=30, trust_env=False, **more)


def hey() -> str | None:
    """Return the load tool of the scenario; Debian's package is fetched when it is missing."""
    if shutil.which("hey") is None:
        subprocess.run([ROOT / "tools" / "package.sh", "hey"], check=False, capture_output=True, timeout=120)
    return shutil.which("hey")


async def load(url: str, token: str | None) -> Counter[int]:
    """Ask `PER_SECOND` times a second over one connection for `SECONDS`; count the answers by status."""
    tool = hey()
    if tool is None:
        return await _load_by_hand(url, token)
    header = ["-H", f"Authorization: Bearer {token}"] if token else []
    process = await asyncio.create_subprocess_exec(
        *(tool, "-z", f"{SECONDS}s", "-c", "1", "-q", str(PER_SECOND), *header, url),
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    return Counter(
        {int(code): int(n) for code, n in re.findall(r"\[(\d+)\]\s+(\d+) responses", said.decode())}
    )


async def _load_by_hand(url: str, token: str | None) -> Counter[int]:
    counted: Counter[int] = Counter()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    begin = time.monotonic()
    async with httpx.AsyncClient(headers=headers, trust_env=False) as client:
        while (spent := time.monotonic() - begin) < SECONDS:
            counted[(await client.get(url)).status_code] += 1
            await asyncio.sleep(max(0.0, counted.total() / PER_SECOND - spent))
    return counted


async def test_150_requests_a_second_meet_429_with_and_without_a_token(relay: Relay) -> None:
    url = f"{relay.url}/api/v1/rooms"

    # One after the other, as the two share an address; meanwhile a neighbour is served as ever.
    async with address(relay, NEIGHBOUR, headers={"Authorization": f"Bearer {relay.token}"}) as neighbour:
        with_token = await load(url, relay.token)
        over, answers = [await ask(relay.url, "/api/v1/ping")], []
        flood = asyncio.create_task(load(url, None))
        while not flood.done():
            answers.append((await neighbour.get("/api/v1/rooms")).status_code)
            over += [await ask(relay.url, "/api/v1/ping") for _ in range(20)]
            await asyncio.sleep(0.1)
        without = await flood

    for counted, admitted in ((with_token, 200), (without, 401)):
        assert counted[429] > 0, counted
        assert 0 < counted[admitted] <= 100 * (SECONDS + 1), counted
        assert set(counted) == {429, admitted}, counted
    refusals = [head for head in over if head.status == 429]
    assert refusals, "nobody was refused"
    for head in refusals:
        assert 1 <= int(head.headers["retry-after"]) <= 2
        assert head.headers["ratelimit-limit"] == "100"
        assert head.headers["ratelimit-remaining"] == "0"
        assert head.headers["content-type"] == "application/problem+json"
    assert set(answers) == {200}, "the neighbour must not pay for it"


async def test_guessing_at_the_login_is_stopped_after_five_tries_for_that_address_alone(relay: Relay) -> None:
    async with address(relay, "127.0.0.3") as guesser, address(relay, "127.0.0.4") as other:
        tries = [await guesser.post("/login", data={"token": f"guess-number-{n}"}) for n in range(8)]
        right = await guesser.post("/login", data={"token": relay.token})
        spoofed = await guesser.post(
            "/login", data={"token": relay.token}, headers={"X-Forwarded-For": "203.0.113.9"}
        )
        signed_in = await other.post("/login", data={"token": relay.token})

    assert [answer.status_code for answer in tries] == [401] * 5 + [429] * 3
    assert all(1 <= int(answer.headers["retry-after"]) <= 60 for answer in tries[5:])
    assert {answer.text for answer in tries[:5]} == {tries[0].text}
    assert (right.status_code, spoofed.status_code) == (429, 429), "a header changes no address"
    assert signed_in.status_code == 303


async def test_connections_are_bounded_per_agent_per_address_and_while_nameless(
    relay: Relay, stack: AsyncExitStack
) -> None:
    operator = await stack.enter_async_context(address(relay, NEIGHBOUR))
    operator.headers["Authorization"] = f"Bearer {relay.token}"
    tokens = [
        (await operator.post("/api/v1/agents", json={"agent_id": f"agent-{n}"})).json()["token"]
        for n in range(5)
    ]
    async with AsyncExitStack() as links:
        for _ in range(PER_AGENT):
            await links.enter_async_context(RawAgent(relay.url, tokens[0]))
        one_too_many = await RawAgent(relay.url, tokens[0]).refused()
        for token in tokens[1:4]:
            for _ in range(PER_AGENT):
                await links.enter_async_context(RawAgent(relay.url, token))
        full = await status_of_a_link(relay)
        elsewhere = await status_of_a_link(relay, "127.0.0.5")
    await until(lambda: status_of_a_link(relay), lambda status: status == 101)
    async with AsyncExitStack() as links:
        for _ in range(UNIDENTIFIED):
            await links.enter_async_context(RawSocket(relay.url))
        nameless = await status_of_a_link(relay, "127.0.0.6")
        health = await operator.get("/healthz")

    assert one_too_many["code"] == "rate_limited"
    assert (full, elsewhere) == (403, 101), "the address is full, another is not"
    assert nameless == 403, "too many have not said who they are, from wherever"
    assert health.status_code == 200
    # Whoever gives a place back makes room.
    await until(lambda: status_of_a_link(relay), lambda status: status == 101)


async def status_of_a_link(relay: Relay, source: str = "127.0.0.1") -> int:
    """Open a WebSocket from an address, close it, and return what the relay answered."""
    url = relay.url.replace("http://", "ws://") + "/socket.io/?EIO=4&transport=websocket"
    try:
        async with connect(
            url, local_addr=(source, 0), compression=None, proxy=None, close_timeout=2
        ) as link:
            first = str(await link.recv())
            return 101 if first.startswith("0{") else 0
    except InvalidStatus as refusal:
        return int(refusal.response.status_code)


async def until(
    look: Callable[[], Awaitable[Any]], is_so: Callable[[Any], bool], within: float = 15.0
) -> Any:
    """Look again and again until something is so, and return it."""
    async with asyncio.timeout(within):
        while not is_so(found := await look()):  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.05)
    return found


async def test_whoever_says_nothing_or_never_ends_is_cut_in_time(relay: Relay) -> None:
    cut = await asyncio.gather(
        nameless_socket(relay),
        nameless_polling(relay),
        *(slow_headers(relay, f"127.0.1.{n}") for n in range(1, 41)),
        *(silence(relay) for _ in range(10)),
        *(slow_body(relay, path) for path in SLOW_BODIES),
        healthy(relay),
    )

    socket, polling, *rest, slowest = cut
    slow, bodies = rest[: -len(SLOW_BODIES)], rest[-len(SLOW_BODIES) :]
    assert AUTH_DEADLINE - 0.5 <= socket <= AUTH_DEADLINE + SLACK
    assert polling <= AUTH_DEADLINE + SLACK
    assert all(HEADER_DEADLINE - 0.5 <= each <= HEADER_DEADLINE + SLACK for each in slow), slow
    assert all(each <= BODY_DEADLINE + SLACK for each in bodies), bodies
    assert slowest < 2.0, "health answers meanwhile"


async def nameless_socket(relay: Relay) -> float:
    begin = time.monotonic()
    async with RawSocket(relay.url) as link:
        await link.closed(within=30)
    return time.monotonic() - begin


async def nameless_polling(relay: Relay) -> float:
    begin = time.monotonic()
    query = {"EIO": "4", "transport": "polling"}
    async with address(relay, "127.0.0.7") as client:
        opened = await client.get("/socket.io/", params=query)
        query["sid"] = json.loads(opened.text[1:])["sid"]
        while (await client.get("/socket.io/", params=query)).status_code == 200:
            pass
    return time.monotonic() - begin


async def slow_headers(relay: Relay, source: str) -> float:
    """Send a header letter by letter until the relay has had enough; return the seconds that took."""
    return await _slowly(relay, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ", source)


async def slow_body(relay: Relay, path: str) -> float:
    """Send a body letter by letter until the relay has had enough; return the seconds that took."""
    kind = "application/x-www-form-urlencoded"
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: 1000\r\n"
    return await _slowly(relay, f"{head}Authorization: Bearer {relay.token}\r\n\r\n", "127.0.2.1")


async def _slowly(relay: Relay, begun: str, source: str) -> float:
    begin = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port, local_addr=(source, 0))
    writer.write(begun.encode())
    ended = asyncio.create_task(_end_of(reader))
    while not ended.done() and time.monotonic() - begin < 30:
        writer.write(b"x")
        await asyncio.wait([ended], timeout=0.5)
    writer.transport.abort()
    await ended
    return time.monotonic() - begin


async def silence(relay: Relay) -> float:
    """Say nothing at all; return the seconds until the relay hangs up."""
    begin = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    await asyncio.wait_for(_end_of(reader), 30)
    writer.close()
    return time.monotonic() - begin


async def _end_of(reader: asyncio.StreamReader) -> None:
    try:
        await reader.read()
    except ConnectionError:
        return


async def healthy(relay: Relay) -> float:
    """Ask for health for as long as the others take; return the slowest answer's seconds."""
    slowest, begin = 0.0, time.monotonic()
    async with address(relay, "127.0.0.8") as client:
        while time.monotonic() - begin < HEADER_DEADLINE:
            asked = time.monotonic()
            assert (await client.get("/healthz")).status_code == 200
            slowest = max(slowest, time.monotonic() - asked)
            await asyncio.sleep(0.1)
    return slowest


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "streamed"])
@pytest.mark.parametrize("path", ["/api/v1/messages", "/socket.io/?EIO=4&transport=polling&sid=x", "/login"])
async def test_300_mb_are_refused_before_they_are_read(relay: Relay, path: str, chunked: bool) -> None:
    before = relay.process.memory_info().rss

    head, sent = await post_endlessly(relay, path, 300 * MIB, chunked=chunked)

    assert head.status in {400, 413}, head
    assert head.status == 413 or path.startswith("/socket.io"), head
    assert sent <= 8 * MIB, "the rest is not even taken from the wire"
    assert relay.process.memory_info().rss - before < 8 * MIB


async def post_endlessly(relay: Relay, path: str, size: int, *, chunked: bool) -> tuple[Head, int]:
    """Post a large body until the relay answers; return the answer and how many bytes went out."""
    reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
    length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
    kind = "application/x-www-form-urlencoded" if path == "/login" else "application/json"
    writer.write(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n{length}\r\n".encode())
    writer.write(f"Authorization: Bearer {relay.token}\r\n\r\n".encode())
    answer = asyncio.create_task(head_of(reader))
    block, sent = b"x" * 65536, 0
    framed = b"10000\r\n" + block + b"\r\n" if chunked else block
    while not answer.done() and sent < size:
        writer.write(framed)
        sent += len(block)
        await asyncio.wait({answer, asyncio.ensure_future(_drained(writer))}, return_when="FIRST_COMPLETED")
    head = await answer
    writer.transport.abort()
    return head, sent


async def _drained(writer: asyncio.StreamWriter) -> None:
    try:
        await writer.drain()
    except ConnectionError:
        return


@pytest.mark.parametrize("path", ["/api/v1/messages", "/login"])
def test_who_sends_a_large_body_in_one_go_still_reads_why_it_was_refused(relay: Relay, path: str) -> None:
    with socket.create_connection(("127.0.0.1", relay.port), timeout=30) as link:
        link.sendall(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {3 * MIB}\r\n\r\n".encode())
        link.sendall(b"x" * 3 * MIB)
        said = b"".join(iter(lambda: link.recv(65536), b""))

    assert said.startswith(b"HTTP/1.1 413 ")
    assert json.loads(said.partition(b"\r\n\r\n")[2])["code"] == "too_large"


async def test_a_frame_of_15_mb_is_cut_off_and_costs_no_memory(relay: Relay) -> None:
    process = relay.process
    async with RawSocket(relay.url) as link:
        before, peak = process.memory_info().rss, Peak(process)
        watching = asyncio.create_task(peak.watch())
        await asyncio.gather(link.send("4" + "x" * 15 * MIB), return_exceptions=True)
        code = await link.closed()
        watching.cancel()

    assert code in {1009, 1006}
    assert peak.bytes - before < 2 * MIB


class Peak:
    """The largest size of a process while it is watched."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self.bytes = 0

    async def watch(self) -> None:
        """Look every few milliseconds, until cancelled."""
        while True:
            self.bytes = max(self.bytes, self._process.memory_info().rss)
            await asyncio.sleep(0.005)


async def test_compression_is_not_negotiated_so_nothing_small_can_become_large(relay: Relay) -> None:
    url = relay.url.replace("http://", "ws://") + "/socket.io/?EIO=4&transport=websocket"
    offered = {"Accept-Encoding": "gzip, deflate, br"}

    async with connect(url, compression="deflate", proxy=None, close_timeout=2) as link:
        assert link.response is not None
        extensions = link.response.headers.get("Sec-WebSocket-Extensions")
    polling = await ask(relay.url, "/socket.io/?EIO=4&transport=polling", offered)

    assert extensions is None
    assert "content-encoding" not in polling.headers


async def test_a_flood_on_one_connection_is_refused_and_told_when_to_come_back(
    relay: Relay, stack: AsyncExitStack
) -> None:
    async with address(relay, NEIGHBOUR, headers={"Authorization": f"Bearer {relay.token}"}) as operator:
        tokens = [
            (await operator.post("/api/v1/agents", json={"agent_id": name})).json()["token"]
            for name in ("flooder", "honest")
        ]
    flooder, honest = [await stack.enter_async_context(RawAgent(relay.url, token)) for token in tokens]
    payload = {"kind": "text", "text": "x"}
    send = {"to_type": "global", "to_id": "global", "payload": payload}

    begin = time.monotonic()
    acks = await asyncio.gather(*(flooder.call("chat_send", send, within=60) for _ in range(300)))
    took = time.monotonic() - begin
    said = await honest.call("chat_send", send)

    refused = [ack["error"] for ack in acks if not ack["ok"]]
    assert {error["code"] for error in refused} == {"rate_limited"}
    assert all(0 <= error["retry_after"] <= 0.06 and error["retryable"] for error in refused)
    # 60 at once and 20 a second after that.
    assert 60 <= 300 - len(refused) <= 60 + 20 * took + 1
    assert said["ok"]


async def test_forwarded_addresses_count_from_a_trusted_proxy_only(
    relay: Relay, tmp_path_factory: pytest.TempPathFactory
) -> None:
    trusting = Relay(
        tmp_path_factory.mktemp("proxied"), trusted_proxies='["127.0.0.0/8"]', **UNLIMITED
    ).start()
    try:
        told = {}
        for name, where in (("plain", relay), ("proxied", trusting)):
            async with Rest(where.url, None) as stranger, Rest(where.url, where.token) as operator:
                hops = {
                    "X-Forwarded-For": "198.51.100.1, 203.0.113.7, 127.0.0.9",
                    "X-Forwarded-Proto": "https",
                }
                await stranger.http.post("/api/v1/joins", json={"agent_id": "new"}, headers=hops)
                waiting = (await operator.http.get("/api/v1/joins")).json()["items"]
                signed_in = await stranger.http.post("/login", data={"token": where.token}, headers=hops)
                told[name] = (waiting[0]["address"], signed_in)
    finally:
        trusting.stop()

    # Read from the right: 127.0.0.9 is a proxy too, what stands left of the first stranger is his own word.
    assert told["plain"][0] == "127.0.0.1"
    assert told["proxied"][0] == "203.0.113.7"
    assert "Secure" not in told["plain"][1].headers["set-cookie"]
    assert told["proxied"][1].headers["set-cookie"].startswith("__Host-clawnet=")
    assert "Secure" in told["proxied"][1].headers["set-cookie"]
    assert "strict-transport-security" in told["proxied"][1].headers
