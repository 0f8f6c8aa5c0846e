"""Server-sent events: what is written, and who is cut off."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.types import Message

from app.rest.streaming import ABORT, EventStream, comment, event_of


class Peer:
    """The other side of a response: keeps what it takes, and may stop taking."""

    def __init__(self, *, takes: int = 100) -> None:
        self.taken: list[Message] = []
        self.ended: list[str] = []
        self.gone = asyncio.Event()
        self._takes = takes

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if len(self.taken) >= self._takes:
            await asyncio.Event().wait()
        self.taken.append(message)

    async def serve(self, events: AsyncIterator[str], *, patience: float = 10.0) -> None:
        response = EventStream(
            events,
            end=lambda: self.ended.append("end"),
            cut=lambda: self.ended.append("cut"),
            patience=patience,
        )
        scope = {"type": "http", "extensions": {ABORT: {"call": self.abort}}}
        await response(scope, self.receive, self.send)

    def abort(self) -> None:
        self.ended.append("abort")
        self.gone.set()

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.taken).decode()


async def two() -> AsyncIterator[str]:
    yield event_of("chat_message", '{"a":1}', "c1")
    yield comment("still here")


async def endless(peer: Peer) -> AsyncIterator[str]:
    yield comment("still here")
    peer.gone.set()
    await asyncio.Event().wait()


async def test_events_are_written_as_they_come() -> None:
    peer = Peer()

    await peer.serve(two())

    assert peer.text == 'retry: 2000\n\nid: c1\nevent: chat_message\ndata: {"a":1}\n\n: still here\n\n'
    assert dict(peer.taken[0]["headers"])[b"content-type"].startswith(b"text/event-stream")
    assert peer.taken[-1]["more_body"] is False
    assert peer.ended == ["end"]


async def test_stream_ends_when_the_client_goes() -> None:
    peer = Peer()

    async with asyncio.timeout(10):
        await peer.serve(endless(peer))

    assert peer.ended == ["end"]


@pytest.mark.parametrize("takes", [1, 2])
async def test_reader_that_takes_nothing_is_cut_off(takes: int) -> None:
    peer = Peer(takes=takes)

    async with asyncio.timeout(10):
        await peer.serve(two(), patience=0.01)

    assert peer.ended == ["cut", "abort", "end"]
