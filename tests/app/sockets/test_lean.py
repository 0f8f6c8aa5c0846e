"""Lean links: frames in their order, one write a turn, and what they rely on in python-engineio."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from engineio.async_drivers.asgi import WebSocket
from engineio.async_socket import AsyncSocket
from engineio.packet import MESSAGE, Packet

from app.delivery.wire import Batch, Frame
from app.sockets.lean import MAX_HEARD, MAX_UNDER_WAY, LeanDriver, LeanLink, Outgoing, frame_of, framed
from app.sockets.packets import Event
from app.sockets.transport import StrictEngine
from tests.fakes import turns


class FakeDirect:
    """A direct way that remembers what it was told."""

    def __init__(self) -> None:
        self.is_writable = True
        self.is_reading = True
        self.written: list[bytes] = []
        self.hear: Callable[[str | bytes | None], None] = lambda _: None
        self.resumed: Callable[[], None] = lambda: None

    def attach(self, hear: Callable[[str | bytes | None], None], resumed: Callable[[], None]) -> None:
        self.hear, self.resumed = hear, resumed

    def write(self, frames: bytes) -> None:
        self.written.append(frames)

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True


class Served:
    """Answers events at once, or when a test says so."""

    def __init__(self) -> None:
        self.names: list[Any] = []
        self.pending: list[Callable[[], None]] = []
        self.is_waiting = False

    async def __call__(self, _: Any, event: Event, done: Callable[[], None]) -> bool:
        self.names.append(event.incoming.name)
        if self.is_waiting:
            self.pending.append(done)
        return self.is_waiting

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


def a_packet(text: str = "hello") -> Packet:
    return Packet(MESSAGE, data=text)


@pytest.mark.parametrize(
    ("size", "head"),
    [
        (0, b"\x81\x00"),
        (125, b"\x81\x7d"),
        (126, b"\x81\x7e\x00\x7e"),
        (65535, b"\x81\x7e\xff\xff"),
        (65536, b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_frame_has_the_head_of_its_size(size: int, head: bytes) -> None:
    assert frame_of(b"x" * size) == head + b"x" * size


def test_packet_for_many_is_framed_once() -> None:
    packet = a_packet("猫")

    assert framed(packet) == b"\x81\x04" + "4猫".encode()
    assert framed(packet) is framed(packet)


async def test_what_is_due_in_a_turn_is_written_at_once(
    socket: AsyncSocket, direct: FakeDirect, running: asyncio.Task[None]
) -> None:
    for text in ("one", "two", "three"):
        socket.queue.put_nowait(a_packet(text))
    before = socket.queue.bytes
    await turns()

    assert before == sum(len(text) + 3 for text in ("one", "two", "three"))
    assert direct.written == [b"\x81\x044one\x81\x044two\x81\x064three"]
    assert socket.queue.bytes == 0
    assert not running.done()


async def test_batch_is_joined_once_for_all_its_readers(
    socket: AsyncSocket, direct: FakeDirect, running: asyncio.Task[None]
) -> None:
    batch = Batch([Frame(a_packet(text), len(text)) for text in ("one", "two")])

    socket.queue.put_batch(batch)
    joined = batch.joined
    socket.queue.put_batch(batch)
    await turns()

    assert direct.written == [b"\x81\x044one\x81\x044two" * 2]
    assert batch.joined is joined
    assert not running.done()


async def test_batch_for_a_link_that_the_library_serves_is_packet_by_packet(socket: AsyncSocket) -> None:
    packets = [a_packet("one"), a_packet("two")]

    socket.queue.put_batch(Batch([Frame(packet, 3) for packet in packets]))

    assert [socket.queue.get_nowait() for _ in packets] == packets


async def test_what_was_queued_before_the_way_was_there_goes_out_first(
    socket: AsyncSocket, direct: FakeDirect
) -> None:
    queue: Outgoing = socket.queue
    queue.put_nowait(a_packet("open"))

    queue.bind(direct, lambda: None)
    queue.put_nowait(a_packet("next"))
    await turns()

    assert direct.written == [b"\x81\x054open\x81\x054next"]


async def test_who_takes_nothing_is_written_nothing_until_it_does(
    socket: AsyncSocket, direct: FakeDirect, running: asyncio.Task[None]
) -> None:
    direct.is_writable = False
    socket.queue.put_nowait(a_packet())
    await turns()
    waiting = socket.queue.bytes
    direct.is_writable = True
    direct.resumed()

    assert waiting == len(framed(a_packet()))
    assert direct.written == [framed(a_packet())]
    assert not running.done()


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
    direct.hear('42["a","' + "x" * MAX_HEARD + '"]')
    paused = not direct.is_reading
    await turns()

    assert paused
    assert direct.is_reading
    assert served.names == ["a"]


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

    async def serve(_: Any, event: Event, __: Callable[[], None]) -> bool:
        served.append(event.incoming.name)
        if event.incoming.name == "bad":
            raise RuntimeError("a bug")
        return False

    task = asyncio.get_running_loop().create_task(LeanLink(socket, direct, serve).run())
    await turns()
    for name in ("bad", "good"):
        direct.hear(f'42["{name}",{{}}]')
    direct.hear(None)
    await asyncio.wait_for(task, 10)

    assert served == ["bad", "good"]


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
