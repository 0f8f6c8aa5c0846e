"""What leaves on a link: in its order, one write a turn, the same bytes for all who read it."""

import pytest
from engineio.async_socket import AsyncSocket
from engineio.packet import MESSAGE, Packet

from app.delivery.wire import Batch
from app.sockets.outgoing import EventPacket, Outgoing, frame_of, framed
from app.sockets.transport import StrictEngine
from tests.app.sockets.direct import FakeDirect
from tests.fakes import turns


@pytest.fixture
def direct() -> FakeDirect:
    return FakeDirect()


@pytest.fixture
async def socket() -> AsyncSocket:
    return AsyncSocket(StrictEngine(async_mode="asgi"), "sid")


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


def test_packet_is_framed_in_bytes() -> None:
    assert framed(a_packet("猫")) == b"\x81\x04" + "4猫".encode()


@pytest.mark.parametrize("size", [0, 1, 124, 125, 65_534, 65_535])
def test_event_that_is_framed_is_a_packet_as_well(size: int) -> None:
    packet = EventPacket(frame_of(b"4" + b"x" * size))

    assert packet.encode() == "4" + "x" * size
    assert packet.data == "x" * size


async def test_what_is_due_in_a_turn_is_written_at_once(socket: AsyncSocket, direct: FakeDirect) -> None:
    socket.queue.bind(direct, lambda: None)
    for text in ("one", "two", "three"):
        socket.queue.put_nowait(a_packet(text))
    before = socket.queue.size
    await turns()

    assert before == sum(len(text) + 3 for text in ("one", "two", "three"))
    assert direct.written == [b"\x81\x044one\x81\x044two\x81\x064three"]
    assert socket.queue.size == 0


async def test_batch_is_joined_once_for_all_its_readers(socket: AsyncSocket, direct: FakeDirect) -> None:
    socket.queue.bind(direct, lambda: None)
    batch = Batch([framed(a_packet(text)) for text in ("one", "two")], [3, 3])

    socket.queue.put_batch(batch)
    joined = batch.joined
    socket.queue.put_batch(batch)
    await turns()

    assert direct.written == [b"\x81\x044one\x81\x044two" * 2]
    assert batch.joined is joined


async def test_batch_for_a_link_that_the_library_serves_is_packet_by_packet(socket: AsyncSocket) -> None:
    socket.queue.put_batch(Batch([framed(a_packet(text)) for text in ("one", "two")], [3, 3]))

    assert [socket.queue.get_nowait().encode() for _ in range(2)] == ["4one", "4two"]


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
    socket: AsyncSocket, direct: FakeDirect
) -> None:
    socket.queue.bind(direct, lambda: None)
    direct.is_writable = False
    socket.queue.put_nowait(a_packet())
    await turns()
    waiting = socket.queue.size
    direct.is_writable = True
    socket.queue.flush()

    assert waiting == len(framed(a_packet()))
    assert direct.written == [framed(a_packet())]
