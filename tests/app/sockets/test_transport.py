"""The links under the sockets: what is over is forgotten at once, however it came to its end."""

from collections.abc import AsyncIterator

import httpx
import pytest
import socketio

from app.background import Background
from app.sockets.gate import Gate
from app.sockets.quota import LinkQuota
from app.sockets.transport import MAX_PACKETS, StrictServer
from tests.app.sockets.polling import Polling
from tests.fakes import turns

LINKS = 50


@pytest.fixture
def quota() -> LinkQuota:
    return LinkQuota(per_address=LINKS, unidentified=LINKS)


@pytest.fixture
async def server(quota: LinkQuota) -> AsyncIterator[StrictServer]:
    background = Background()
    yield StrictServer(quota=quota, background=background, heartbeat=25)
    await background.close()


@pytest.fixture
async def http(server: StrictServer) -> AsyncIterator[httpx.AsyncClient]:
    app = Gate(socketio.ASGIApp(server, socketio_path=None), max_packets=MAX_PACKETS)
    transport = httpx.ASGITransport(app=app, client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://relay") as client:
        yield client


async def test_links_that_come_and_go_leave_nothing_behind(
    http: httpx.AsyncClient, server: StrictServer, quota: LinkQuota
) -> None:
    for _ in range(3 * LINKS):
        link = Polling(http)
        await link.open()
        await link.post("1")
        await turns()

    assert server.eio.sockets == {}
    assert quota.use() == {}


async def test_connections_that_come_and_go_leave_nothing_behind(
    http: httpx.AsyncClient, server: StrictServer
) -> None:
    server.on("connect", lambda *_: None)
    there = []
    for _ in range(LINKS):
        link = Polling(http)
        await link.connect()
        there.append(len(server._connections))
        await link.post("1")
        await turns()

    assert there == [1] * LINKS
    assert server._connections == {}


async def test_link_that_the_relay_ends_leaves_nothing_behind(
    http: httpx.AsyncClient, server: StrictServer, quota: LinkQuota
) -> None:
    link = Polling(http)
    await link.open()

    await server._end(next(iter(server.eio.sockets)))
    await turns()

    assert server.eio.sockets == {}
    assert quota.use() == {}
    assert await link.status() == 400


async def test_link_that_goes_on_is_not_forgotten(http: httpx.AsyncClient, server: StrictServer) -> None:
    link = Polling(http)
    await link.open()
    (link_id,) = server.eio.sockets

    server.eio.forget(link_id)
    server.eio.forget("nobody")

    assert list(server.eio.sockets) == [link_id]
    assert await link.post("3") == 200


async def test_what_is_posted_to_a_link_that_is_over_is_refused(
    http: httpx.AsyncClient, server: StrictServer
) -> None:
    link = Polling(http)
    await link.open()
    (socket,) = server.eio.sockets.values()
    socket.closed = True

    assert await link.post("3") == 400
