"""The gate: only what Engine.IO can read gets to it."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.sockets.gate import Gate


class Engine:
    """Stands in for Engine.IO and keeps what got through."""

    def __init__(self) -> None:
        self.received: list[Message] = []

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        self.received = [await receive(), await receive()]
        await send({"type": "http.response.start", "status": 200, "headers": []})


class Peer:
    """Sends messages and keeps the answers."""

    def __init__(self, *messages: Message) -> None:
        self._messages = [*messages]
        self.answers: list[Message] = []

    async def receive(self) -> Message:
        return self._messages.pop(0) if self._messages else {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        self.answers.append(message)


async def websocket(*texts: str | None) -> tuple[Engine, Peer]:
    engine = Engine()
    peer = Peer(*({"type": "websocket.receive", "text": text} for text in texts))
    await Gate(engine, max_packets=3)({"type": "websocket"}, peer.receive, peer.send)
    return engine, peer


async def post(*chunks: bytes) -> tuple[Engine, Peer]:
    engine = Engine()
    last = len(chunks) - 1
    peer = Peer(
        *({"type": "http.request", "body": chunk, "more_body": n < last} for n, chunk in enumerate(chunks))
    )
    await Gate(engine, max_packets=3)({"type": "http", "method": "POST"}, peer.receive, peer.send)
    return engine, peer


@pytest.mark.parametrize("text", ["2", "3", "2probe", "3probe", "5", "1", "6", '42["x",{}]', "40", "42\n"])
async def test_frame_of_engine_io_passes(text: str) -> None:
    engine, _ = await websocket(text)

    assert engine.received[0] == {"type": "websocket.receive", "text": text}


@pytest.mark.parametrize(
    "text", ["", "0", "0{}", "7", "x", "4", "4x", "2x", "3probes", "bAAAA", " 2", "5x", "\x1e", "4\u0661"]
)
async def test_frame_that_engine_io_would_stumble_over_ends_the_link(text: str) -> None:
    engine, peer = await websocket(text)

    assert engine.received[0] == {"type": "websocket.disconnect", "code": 1002}
    assert [(answer["type"], answer.get("code")) for answer in peer.answers[:1]] == [
        ("websocket.close", 1002)
    ]


async def test_binary_frame_is_left_to_the_packets() -> None:
    engine, _ = await websocket(None)

    assert engine.received[0]["text"] is None


@pytest.mark.parametrize("body", [b"2", b'42["x",{}]', b'42["x",{}]\x1e2\x1e40', '42["ä"]'.encode()])
async def test_payload_of_engine_io_passes_whole(body: bytes) -> None:
    engine, peer = await post(body)

    assert engine.received[0] == {"type": "http.request", "body": body, "more_body": False}
    assert engine.received[1] == {"type": "http.disconnect"}
    assert peer.answers[0]["status"] == 200


async def test_payload_in_chunks_is_put_together() -> None:
    engine, _ = await post(b'42["x', b'",{}]\x1e', b"2")

    assert engine.received[0]["body"] == b'42["x",{}]\x1e2'


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"x", b"2\x1e", b"2\x1e\x1e2", b"2\x1e2\x1e2\x1e2", b"0", b"7"]
)
async def test_other_payload_is_answered_400_and_gets_nowhere(body: bytes) -> None:
    engine, peer = await post(body)

    assert engine.received == []
    assert peer.answers[0]["status"] == 400


@pytest.mark.parametrize("scope", [{"type": "http", "method": "GET"}, {"type": "lifespan"}])
async def test_what_carries_no_frames_passes_untouched(scope: Scope) -> None:
    engine, peer = Engine(), Peer({"type": "any"})

    await Gate(engine, max_packets=3)(scope, peer.receive, peer.send)

    assert engine.received[0] == {"type": "any"}
