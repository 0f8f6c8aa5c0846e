"""The way out to v1 clients: what was written has arrived, and why that can be known of python-engineio."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from engineio.async_socket import AsyncSocket

from app.delivery.wire import Frame
from app.sockets.transport import StrictEngine
from app.sockets.v1.outgoing import FirstEncoding, Letters
from app.sockets.v1.wire import FirstWire, Turns
from app.sockets.wire import packet_of
from protocol.pushes import Closing, TaskDispatched
from tests.fakes import turns
from tests.protocol.test_v1 import a_task

ORDER = TaskDispatched(task=a_task(), lease="l", attempt=1, room="inbox:ann", offset=1)


class Log:
    """What a wire tells."""

    def __init__(self) -> None:
        self.received: list[tuple[str, int]] = []
        self.lists: list[str] = []
        self.ordered: list[TaskDispatched] = []
        self.admitting = True

    def turns(self) -> Turns:
        return Turns(due=self.due, admits=lambda _: self.admitting, received=self.arrive, ordered=self.order)

    def due(self, lists: Iterable[str]) -> None:
        self.lists.extend(lists)

    def arrive(self, room: str, offset: int) -> None:
        self.received.append((room, offset))

    def order(self, order: TaskDispatched) -> None:
        self.ordered.append(order)


class Link:
    """A WebSocket that takes packets when it is let."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.open = asyncio.Event()
        self._end: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def send(self, packet: str) -> None:
        await self.open.wait()
        self.sent.append(packet)

    async def wait(self) -> Any:
        return await asyncio.shield(self._end)

    async def close(self) -> None:
        """Do nothing."""

    def end(self) -> None:
        self._end.set_result(None)


@pytest.fixture
async def socket() -> AsyncSocket:
    return AsyncSocket(StrictEngine(async_mode="asgi"), "sid")


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def wire(socket: AsyncSocket, log: Log) -> FirstWire:
    return FirstWire(dialect=FirstEncoding(), socket=socket, hang_up=lambda _: None, turns=log.turns())


def entry(offset: int, packets: int = 1, room: str = "alpha", order: TaskDispatched | None = None) -> Frame:
    made = tuple(packet_of("x", b"%d" % offset) for _ in range(packets))
    return Frame(Letters(made, (room, offset), order=order), sum(each.size for each in made))


async def test_what_was_taken_has_arrived_when_the_writer_asks_again(
    socket: AsyncSocket, wire: FirstWire, log: Log
) -> None:
    wire.send(entry(1))
    wire.send(entry(2, packets=2))

    taken = await socket.poll()
    before = list(log.received)
    wire.send(entry(3))
    await socket.poll()

    assert (len(taken), before) == (3, [])
    assert log.received == [("alpha", 2)]


async def test_entry_that_says_nothing_arrives_with_those_before_it(
    socket: AsyncSocket, wire: FirstWire, log: Log
) -> None:
    wire.send(entry(1))
    wire.send(entry(2, packets=0))
    await turns()
    before = list(log.received)
    await socket.poll()
    wire.send(entry(3))
    await socket.poll()

    assert before == []
    assert log.received == [("alpha", 2)]


async def test_entry_that_says_nothing_arrives_by_itself_but_not_at_once(wire: FirstWire, log: Log) -> None:
    wire.send(entry(1, packets=0))
    at_once = list(log.received)
    await turns()

    assert at_once == []
    assert log.received == [("alpha", 1)]


async def test_answers_of_the_library_make_nothing_arrive_early(
    socket: AsyncSocket, wire: FirstWire, log: Log
) -> None:
    for _ in range(3):
        socket.queue.put_event(packet_of("ack", b"1").packet)
    wire.send(entry(1))
    await socket.poll()
    wire.send(entry(2))
    await socket.poll()

    assert log.received == [("alpha", 1)]


async def test_library_writes_all_that_it_took_before_it_asks_again(
    socket: AsyncSocket, wire: FirstWire, log: Log
) -> None:
    link = Link()
    serving = asyncio.ensure_future(socket._websocket_handler(link))  # noqa: TID251
    await turns()
    for offset in range(1, 4):
        wire.send(entry(offset))
    await turns()
    before = list(log.received)

    link.open.set()
    await turns()
    link.end()
    await serving

    assert before == []
    assert log.received == [("alpha", 3)]
    assert len(link.sent) == 3


async def test_lists_become_due_and_nothing_is_written(
    socket: AsyncSocket, wire: FirstWire, log: Log
) -> None:
    wire.send(Frame(Letters(due=("fleet_update",)), 0))

    assert log.lists == ["fleet_update"]
    assert socket.queue.empty()


async def test_order_is_told_of_when_it_was_written(socket: AsyncSocket, wire: FirstWire, log: Log) -> None:
    wire.send(entry(1, room="inbox:ann", order=ORDER))
    await socket.poll()
    before = list(log.ordered)
    wire.send(entry(2))
    await socket.poll()

    assert before == []
    assert log.ordered == [ORDER]


async def test_order_that_is_not_let_through_arrives_unsaid(
    socket: AsyncSocket, wire: FirstWire, log: Log
) -> None:
    log.admitting = False
    wire.send(entry(1, room="inbox:ann", order=ORDER))
    await turns()

    assert socket.queue.empty()
    assert (log.received, log.ordered) == ([("inbox:ann", 1)], [])


async def test_closed_socket_takes_nothing(socket: AsyncSocket, wire: FirstWire, log: Log) -> None:
    socket.closed = True
    wire.send(entry(1, packets=0))
    wire.send(entry(2))
    await turns()

    assert socket.queue.empty()
    assert log.received == []


async def test_closing_says_nothing_that_version_1_would_not_know(
    socket: AsyncSocket, wire: FirstWire
) -> None:
    wire.close(Closing(code="x", message="y"))

    assert socket.queue.empty()
