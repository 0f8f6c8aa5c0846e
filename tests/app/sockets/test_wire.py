"""The wire, and what it relies on in python-engineio below the public interface."""

import asyncio

import pytest
from engineio.async_socket import AsyncSocket
from engineio.packet import MESSAGE, Packet

from app.delivery.wire import Frame
from app.sockets.outgoing import frame_of
from app.sockets.transport import StrictEngine
from app.sockets.wire import SecondEncoding, SocketWire
from protocol.pushes import ChatGap, Closing, TypingUpdate


class Call:
    """Keeps what it was told, call by call."""

    def __init__(self) -> None:
        self.told: list[str | None] = []

    def __call__(self, why: Closing) -> None:
        self.told.append(why.reason)


@pytest.fixture
async def socket() -> AsyncSocket:
    """Make a socket of python-engineio that is not connected to anything."""
    return AsyncSocket(StrictEngine(async_mode="asgi"), "sid")


@pytest.fixture
def hang_up() -> Call:
    return Call()


@pytest.fixture
def wire(socket: AsyncSocket, hang_up: Call) -> SocketWire:
    return SocketWire(dialect=SecondEncoding(), socket=socket, hang_up=hang_up)


def a_frame(size: int = 10) -> Frame:
    return Frame(frame_of(b"4" + b"x" * size), size)


def test_event_is_encoded_as_a_packet_of_socket_io_in_one_of_engine_io() -> None:
    gap = ChatGap(room="alpha", since=1, oldest=5)

    frame = SecondEncoding().encode("chat_gap", gap)

    assert frame.packet == frame_of(b'42["chat_gap",{"room":"alpha","from":1,"oldest":5}]')
    assert frame.size == len('2["chat_gap",{"room":"alpha","from":1,"oldest":5}]')


def test_frame_counts_the_bytes_that_leave_not_the_characters() -> None:
    typing = TypingUpdate(room="alpha", agent_id="ann", handle="猫" * 100, typing=True)

    frame = SecondEncoding().encode("typing_update", typing)

    assert isinstance(frame.packet, bytes)
    assert frame.packet == frame_of(frame.packet[-frame.size - 1 :])


async def test_library_has_what_the_wire_reaches_for(socket: AsyncSocket) -> None:
    assert isinstance(socket.queue, asyncio.Queue)
    assert socket.queue.maxsize == 0
    assert socket.closed is False


async def test_library_hands_on_what_was_queued_in_order(socket: AsyncSocket, wire: SocketWire) -> None:
    frames = [a_frame(size) for size in (1, 2, 3)]

    for frame in frames:
        wire.send(frame)

    assert [frame_of(packet.encode().encode()) for packet in await socket.poll()] == [
        frame.packet for frame in frames
    ]


async def test_backlog_counts_what_is_queued(wire: SocketWire) -> None:
    wire.send(a_frame(10))
    wire.send(a_frame(20))

    assert wire.backlog() == 30


async def test_backlog_forgets_what_the_library_took(socket: AsyncSocket, wire: SocketWire) -> None:
    for size in (10, 20, 40):
        wire.send(a_frame(size))

    socket.queue.get_nowait()
    after_one = wire.backlog()
    await socket.poll()

    assert after_one == 60
    assert wire.backlog() == 0


async def test_answers_of_the_library_count_as_well(socket: AsyncSocket, wire: SocketWire) -> None:
    wire.send(a_frame(10))
    for _ in range(3):
        socket.queue.put_nowait(Packet(MESSAGE, data="3[]"))
    wire.send(a_frame(20))

    assert wire.backlog() == 39
    await socket.poll()
    assert wire.backlog() == 0


async def test_closed_socket_takes_nothing(socket: AsyncSocket, wire: SocketWire) -> None:
    socket.closed = True

    wire.send(a_frame())

    assert socket.queue.empty()
    assert wire.backlog() == 0


async def test_closing_says_why_and_then_hangs_up(
    socket: AsyncSocket, wire: SocketWire, hang_up: Call
) -> None:
    wire.close(Closing(code="unavailable", message="too slow", reason="slow_reader"))

    (packet,) = await socket.poll()
    assert packet.encode().startswith('42["error",{"code":"unavailable","message":"too slow"')
    assert hang_up.told == ["slow_reader"]
