"""Bad input over sockets: each packet gets its answer, nothing of it stays, and everybody else goes on."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from websockets.exceptions import ConnectionClosed

from e2e.bad_packets import HANDSHAKES, PACKETS, BadPacket
from e2e.paces import UNLIMITED
from e2e.rawsocket import RawSocket
from e2e.relay import Relay
from e2e.scene import Scene, scene_on

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    """Start one relay for the module."""
    started = Relay(tmp_path_factory.mktemp("relay"), **UNLIMITED).start()
    yield started
    started.kill()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(relay: Relay) -> AsyncIterator[Scene]:
    """Set the scene once for the module."""
    async with scene_on(relay) as set_up:
        yield set_up


async def test_the_corpus_is_large() -> None:
    names = [case.name for case in PACKETS + HANDSHAKES]
    assert len(names) == len(set(names)) >= 40


@pytest.mark.parametrize("case", PACKETS, ids=lambda case: case.name)
async def test_bad_packet(scene: Scene, case: BadPacket) -> None:
    async with RawSocket(scene.relay.url) as socket:
        await socket.join(scene.evil)

        with contextlib.suppress(ConnectionClosed):
            await socket.send(*case.frames)

        await meets(socket, case)
    await scene.goes_on()


@pytest.mark.parametrize("case", HANDSHAKES, ids=lambda case: case.name)
async def test_bad_handshake(scene: Scene, case: BadPacket) -> None:
    async with RawSocket(scene.relay.url) as socket:
        await socket.send(*case.frames)

        await meets(socket, case)
    await scene.goes_on()


async def test_a_link_that_never_says_who_it_is_is_ended(scene: Scene) -> None:
    async with RawSocket(scene.relay.url) as socket:
        # An event before the CONNECT has nobody to answer to.
        await socket.send('427["room_list",{}]', '42["chat_send",{}]')

        async with asyncio.timeout(15):
            frames = await everything(socket)

    assert [frame for frame in frames if frame != "1"] == []
    await scene.goes_on()


async def test_a_refused_link_is_ended_whatever_the_client_makes_of_it(scene: Scene) -> None:
    async with RawSocket(scene.relay.url) as socket:
        await socket.send('40{"protocol":2,"token":"wrong"}')
        assert str(await socket.receive()).startswith("44")

        await socket.closed()
    await scene.goes_on()


async def test_who_makes_mistake_after_mistake_is_cut_off_with_a_reason(scene: Scene) -> None:
    async with RawSocket(scene.relay.url) as socket:
        await socket.join(scene.evil)
        for _ in range(30):
            await socket.send('427["sudo",{}]')

        frames = await everything(socket)

    last = json.loads(next(frame[2:] for frame in reversed(frames) if frame.startswith("42")))
    assert last[0] == "error"
    assert last[1]["reason"] == "too_many_errors"
    await scene.goes_on()


async def test_a_client_that_closes_on_engine_level_is_gone(scene: Scene) -> None:
    async with RawSocket(scene.relay.url) as socket:
        await socket.join(scene.evil)

        await socket.send("1")

        await socket.closed()
    await scene.goes_on()


async def test_neither_bodies_nor_tokens_nor_query_strings_are_in_the_log(scene: Scene) -> None:
    async with RawSocket(scene.relay.url) as socket:
        await socket.join(scene.evil)
        await socket.send('427["sudo",{"canary":"canary-51c0"}]')
        await socket.receive()

    assert "canary-51c0" not in scene.relay.log()
    assert scene.evil not in scene.relay.log()
    assert "EIO=4" not in scene.relay.log()


async def meets(socket: RawSocket, case: BadPacket) -> None:
    """Check what came of a case."""
    if case.closed:
        assert await socket.closed() in case.closed
        return
    if case.refused or case.error or case.ack:
        answer = await answer_of(socket)
        assert code_in(answer, case) == (case.refused or case.error or case.ack), answer
        assert "Traceback" not in answer
    if not case.refused or case.name.startswith("CONNECT to"):
        assert (await socket.ask("room_list", {}))["ok"]


async def answer_of(socket: RawSocket) -> str:
    """Return the next frame that answers something; what others are told does not."""
    while not (frame := str(await socket.receive())).startswith(("43", "44", '42["error"')):
        pass
    return frame


def code_in(answer: str, case: BadPacket) -> object:
    """Return the error's code, wherever this kind of answer has it."""
    if case.refused:
        return json.loads(answer[answer.index("{") :])["data"]["code"]
    body = json.loads(answer[answer.index("[") :])
    if case.error:
        return body[1]["code"]
    return body[0]["error"]["code"]


async def everything(socket: RawSocket) -> list[str]:
    """Return every frame until the relay hangs up."""
    frames: list[str] = []
    try:
        while True:
            frames.append(str(await socket.receive(15)))
    except ConnectionClosed:
        return frames
