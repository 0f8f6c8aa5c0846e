"""Lean links: frames in their order, each as it comes, and what they rely on in python-engineio."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from engineio.async_drivers.asgi import WebSocket
from engineio.async_socket import AsyncSocket

from app.sockets.lean import MAX_HEARD, MAX_UNDER_WAY, Begun, LeanDriver, LeanLink
from app.sockets.outgoing import Outgoing
from app.sockets.packets import Incoming
from app.sockets.transport import StrictEngine
from tests.app.sockets.direct import FakeDirect
from tests.fakes import turns


class Served:
    """Answers events at once, when a test says so, or in a coroutine that `came` ends."""

    def __init__(self) -> None:
        self.names: list[Any] = []
        self.pending: list[Callable[[], None]] = []
        self.is_waiting = False
        self.is_late = False
        self.came = asyncio.Event()

    def __call__(self, _: Any, event: Incoming, done: Callable[[], None]) -> Begun:
        self.names.append(event.name)
        if self.is_late:
            return self._later()
        if self.is_waiting:
            self.pending.append(done)
        return self.is_waiting

    async def _later(self) -> bool:
        await self.came.wait()
        return False

    def settle(self) -> None:
        """Answer everything that waits."""
        waiting, self.pending = self.pending, []
        for done in waiting:
            done()


@pytest.fixture
def direct() -> FakeDirect:
    return FakeDirect()


@pytest.fixture
def served() -> Served:
    return Served()


@pytest.fixture
async def socket() -> AsyncSocket:
    return AsyncSocket(StrictEngine(async_mode="asgi"), "sid")


@pytest.fixture
async def running(
    socket: AsyncSocket, direct: FakeDirect, served: Served
) -> AsyncIterator[asyncio.Task[None]]:
    """A link that is served; it ends with the test."""
    link = LeanLink(socket, direct, served)
    task = asyncio.get_running_loop().create_task(link.run())
    await turns()
    yield task
    direct.hear(None)
    await asyncio.wait_for(task, 10)


@pytest.mark.usefixtures("running")
async def test_events_are_served_in_their_order(direct: FakeDirect, served: Served) -> None:
    for name in "abc":
        direct.hear(f'421["{name}",{{}}]')
    await turns()

    assert served.names == ["a", "b", "c"]


@pytest.mark.usefixtures("running")
async def test_messages_overlap_and_nothing_else_overtakes_them(direct: FakeDirect, served: Served) -> None:
    served.is_waiting = True
    for name in ("chat_send", "chat_send", "chat_history"):
        direct.hear(f'421["{name}",{{}}]')
    await turns()
    first = list(served.names)
    served.settle()
    await turns()

    assert first == ["chat_send", "chat_send"]
    assert served.names == ["chat_send", "chat_send", "chat_history"]


@pytest.mark.usefixtures("running")
async def test_so_many_messages_may_be_under_way_and_no_more(direct: FakeDirect, served: Served) -> None:
    served.is_waiting = True
    for _ in range(MAX_UNDER_WAY + 5):
        direct.hear('42["chat_send",{}]')
    await turns()
    first = len(served.names)
    served.settle()
    await turns()

    assert first == MAX_UNDER_WAY
    assert len(served.names) == MAX_UNDER_WAY + 5


@pytest.mark.usefixtures("running")
async def test_who_sends_too_much_is_not_read(direct: FakeDirect, served: Served) -> None:
    served.is_waiting = True
    for name in ("chat_send", "chat_history"):
        direct.hear(f'42["{name}",{{}}]')
    direct.hear('42["chat_send","' + "x" * MAX_HEARD + '"]')
    paused = not direct.is_reading
    served.is_waiting = False
    served.settle()
    await turns()

    assert paused
    assert direct.is_reading
    assert served.names == ["chat_send", "chat_history", "chat_send"]


@pytest.mark.usefixtures("running")
async def test_event_is_served_as_it_comes(direct: FakeDirect, served: Served) -> None:
    served.is_waiting = True

    direct.hear('421["chat_send",{}]')

    assert served.names == ["chat_send"]
    served.settle()


@pytest.mark.usefixtures("running")
async def test_what_has_to_be_waited_for_holds_up_what_is_behind(direct: FakeDirect, served: Served) -> None:
    served.is_late = True
    for name in ("room_list", "chat_send", "chat_send"):
        direct.hear(f'421["{name}",{{}}]')
    first = list(served.names)
    served.is_late = False
    served.came.set()
    await turns()

    assert first == ["room_list"]
    assert served.names == ["room_list", "chat_send", "chat_send"]


async def test_what_is_no_packet_ends_the_link_and_says_so(
    socket: AsyncSocket, direct: FakeDirect, served: Served
) -> None:
    link = LeanLink(socket, direct, served)
    task = asyncio.get_running_loop().create_task(link.run())
    await turns()

    direct.hear("nonsense")
    await asyncio.wait_for(task, 10)

    assert link.farewell["code"] == 1002


async def test_end_of_the_writer_ends_the_link(socket: AsyncSocket, running: asyncio.Task[None]) -> None:
    socket.queue.put_nowait(None)

    await asyncio.wait_for(running, 10)


async def test_silent_peer_is_not_waited_for(direct: FakeDirect, served: Served) -> None:
    engine = StrictEngine(async_mode="asgi", ping_interval=0.05, ping_timeout=0.05)

    await asyncio.wait_for(LeanLink(AsyncSocket(engine, "sid"), direct, served).run(), 10)


async def test_link_outlives_an_event_that_fails(socket: AsyncSocket, direct: FakeDirect) -> None:
    served: list[str] = []

    def serve(_: Any, event: Incoming, __: Callable[[], None]) -> Begun:
        served.append(event.name)
        if event.name == "bad":
            raise RuntimeError("a bug")
        return failing() if event.name == "late" else False

    async def failing() -> bool:
        raise RuntimeError("another")

    task = asyncio.get_running_loop().create_task(LeanLink(socket, direct, serve).run())
    await turns()
    for name in ("bad", "late", "good"):
        direct.hear(f'42["{name}",{{}}]')
    direct.hear(None)
    await asyncio.wait_for(task, 10)

    assert served == ["bad", "late", "good"]


async def test_library_has_what_the_driver_reaches_for(socket: AsyncSocket, served: Served) -> None:
    engine = StrictEngine(async_mode="asgi")
    assert engine._async["websocket"] is WebSocket
    engine.serve_lean(served)

    modes: dict[str, Any] = engine._async
    made = modes["websocket"](socket._websocket_handler, engine)

    assert made.handler.__self__ is socket
    assert isinstance(made, LeanDriver)
    assert isinstance(socket.queue, Outgoing)
    assert (socket.connected, socket.upgraded, socket.closed) == (False, False, False)


async def test_another_engine_keeps_its_own_driver(served: Served) -> None:
    engine = StrictEngine(async_mode="asgi")
    engine._async = engine._async | {"websocket": object}

    engine.serve_lean(served)

    assert engine._async["websocket"] is object
