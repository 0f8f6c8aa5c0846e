"""Slowness: who does not finish headers or body of a request in time is cut off; nobody else is."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from app.edge.slowness import BODY_DEADLINE, HEADER_DEADLINE, PunctualProtocol

DEADLINE = 0.3
WHOLE = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF = b"GET / HTTP/1.1\r\nHost: loc"
HALF_BODY = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello"


class HastyProtocol(PunctualProtocol):
    """The protocol with deadlines that a test can wait for."""

    header_deadline = DEADLINE
    body_deadline = DEADLINE


class Peer:
    """A client that writes bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def answer(self) -> bytes:
        """Return the next response."""
        async with asyncio.timeout(10):
            head = await self._reader.readuntil(b"\r\n\r\n")
            return head + await self._reader.readexactly(2)

    async def end(self) -> float:
        """Wait until the connection is closed; return after how many seconds."""
        began = time.monotonic()
        async with asyncio.timeout(10):
            assert await self._reader.read() == b""
        return time.monotonic() - began

    async def is_closed_within(self, seconds: float) -> bool:
        """Tell whether the connection is closed that soon."""
        try:
            async with asyncio.timeout(seconds):
                return await self._reader.read(1) == b""
        except TimeoutError:
            return False

    def close(self) -> None:
        self._writer.close()


async def application(scope: Any, receive: Any, send: Any) -> None:
    """Take the body and answer `ok`, to `/slow` only after every deadline is long over."""
    while (await receive()).get("more_body"):
        pass
    if scope["path"] == "/slow":
        await asyncio.sleep(2 * DEADLINE)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    """Run the application behind a real socket; yield its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(application, http=HastyProtocol, log_config=None, lifespan="off", ws="none")
    server = uvicorn.Server(config)
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[listener]))
        yield listener.getsockname()[1]
        server.should_exit = True
        server.force_exit = True


@pytest.fixture
async def connect() -> AsyncIterator[Callable[[], Any]]:
    peers: list[Peer] = []
    async with served() as port:

        async def connect() -> Peer:
            peers.append(Peer(*await asyncio.open_connection("127.0.0.1", port)))
            return peers[-1]

        yield connect
        for peer in peers:
            peer.close()


def test_deadline_is_the_one_of_the_checklist() -> None:
    assert PunctualProtocol.header_deadline == HEADER_DEADLINE == 10.0
    assert PunctualProtocol.body_deadline == BODY_DEADLINE


async def test_who_says_nothing_is_cut_off(connect: Callable[[], Any]) -> None:
    peer = await connect()

    assert DEADLINE * 0.5 < await peer.end() < DEADLINE * 10


async def test_who_stops_amid_the_headers_is_cut_off(connect: Callable[[], Any]) -> None:
    peer = await connect()

    peer.write(HALF)

    assert DEADLINE * 0.5 < await peer.end() < DEADLINE * 10


async def test_who_sends_a_byte_now_and_then_is_cut_off_all_the_same(connect: Callable[[], Any]) -> None:
    peer = await connect()
    peer.write(HALF)

    pauses = [await peer.is_closed_within(DEADLINE / 4) or peer.write(b"a") for _ in range(3)]

    assert True not in pauses
    assert await peer.end() < DEADLINE * 10


async def test_second_request_of_a_connection_has_a_deadline_too(connect: Callable[[], Any]) -> None:
    peer = await connect()
    peer.write(WHOLE)
    first = await peer.answer()

    peer.write(HALF)

    assert first.startswith(b"HTTP/1.1 200")
    assert await peer.end() < DEADLINE * 10


async def test_who_stops_amid_the_body_is_cut_off(connect: Callable[[], Any]) -> None:
    peer = await connect()

    peer.write(HALF_BODY)

    assert DEADLINE * 0.5 < await peer.end() < DEADLINE * 10


async def test_body_that_comes_in_time_is_taken(connect: Callable[[], Any]) -> None:
    peer = await connect()
    peer.write(HALF_BODY)

    is_closed = await peer.is_closed_within(DEADLINE / 3)
    peer.write(b"world")

    assert not is_closed
    assert (await peer.answer()).startswith(b"HTTP/1.1 200")


async def test_request_that_is_answered_slowly_is_not_cut_off(connect: Callable[[], Any]) -> None:
    peer = await connect()

    peer.write(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert (await peer.answer()).endswith(b"ok")


async def test_connection_that_rests_between_two_requests_is_not_cut_off(
    connect: Callable[[], Any],
) -> None:
    peer = await connect()
    peer.write(WHOLE)
    await peer.answer()

    is_closed = await peer.is_closed_within(2 * DEADLINE)
    peer.write(WHOLE)

    assert not is_closed
    assert (await peer.answer()).startswith(b"HTTP/1.1 200")


async def test_honest_peer_is_served_while_many_are_slow(connect: Callable[[], Any]) -> None:
    slow = [await connect() for _ in range(50)]
    for peer in slow:
        peer.write(HALF)
    honest = await connect()

    honest.write(WHOLE)

    assert (await honest.answer()).startswith(b"HTTP/1.1 200")
    assert all([await peer.end() < DEADLINE * 20 for peer in slow])
