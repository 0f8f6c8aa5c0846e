"""The outermost layer: what is too large is refused before anything reads it."""

import json
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.edge.bodies import LINGER_BYTES, BodyLimit

LIMIT = 100


class Inner:
    """An application that reads its body and answers 204."""

    def __init__(self, *, answers_first: bool = False) -> None:
        self.was_called = False
        self.taken = b""
        self._answers_first = answers_first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.was_called = True
        if self._answers_first:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        has_more = scope["type"] == "http"
        while has_more:
            message = await receive()
            self.taken += message["body"]
            has_more = message["more_body"]
        await send({"type": "http.response.start", "status": 204, "headers": []})


class Exchange:
    """One request: hands out chunks and keeps the answer."""

    def __init__(self, chunks: Iterable[bytes] = (), headers: dict[str, str] | None = None) -> None:
        self._chunks = [*chunks] or [b""]
        self.scope: Scope = {
            "type": "http",
            "method": "POST",
            "headers": [(key.encode(), value.encode()) for key, value in (headers or {}).items()],
        }
        self.answer: list[Message] = []
        self.unread_when_answered: int | None = None

    async def receive(self) -> Message:
        chunk = self._chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(self._chunks)}

    async def send(self, message: Message) -> None:
        self.answer.append(message)
        if message["type"] == "http.response.body" and self.unread_when_answered is None:
            self.unread_when_answered = self.unread

    @property
    def unread(self) -> int:
        """Return how many chunks nobody took."""
        return len(self._chunks)

    @property
    def status(self) -> int:
        """Return the answer's status."""
        return int(self.answer[0]["status"])

    @property
    def problem(self) -> dict[str, Any]:
        """Return the answer's body."""
        body: dict[str, Any] = json.loads(self.answer[1]["body"])
        return body


async def pass_through(inner: Inner, exchange: Exchange) -> None:
    await BodyLimit(inner, LIMIT)(exchange.scope, exchange.receive, exchange.send)


async def test_body_of_exactly_the_limit_passes() -> None:
    inner, exchange = Inner(), Exchange([b"x" * LIMIT], {"content-length": str(LIMIT)})

    await pass_through(inner, exchange)

    assert exchange.status == 204
    assert len(inner.taken) == LIMIT


async def test_announced_body_is_refused_before_anything_reads_it() -> None:
    inner, exchange = Inner(), Exchange([b"x"], {"content-length": str(LIMIT + 1)})

    await pass_through(inner, exchange)

    assert not inner.was_called
    assert exchange.unread_when_answered == 1
    assert exchange.status == 413
    assert exchange.problem["code"] == "too_large"
    assert (b"content-type", b"application/problem+json") in exchange.answer[0]["headers"]
    assert (b"connection", b"close") in exchange.answer[0]["headers"]


@pytest.mark.parametrize("length", ["", "-1", "many", "1e3", "10 "])
async def test_length_that_is_no_number_is_refused(length: str) -> None:
    inner, exchange = Inner(), Exchange([b"x"], {"content-length": length})

    await pass_through(inner, exchange)

    assert not inner.was_called
    assert exchange.status == 413


@pytest.mark.parametrize("headers", [{}, {"content-length": "5"}])
async def test_streamed_body_is_refused_as_soon_as_it_is_too_large(headers: dict[str, str]) -> None:
    inner, exchange = Inner(), Exchange([b"x" * 60] * 10, headers)

    await pass_through(inner, exchange)

    assert exchange.status == 413
    assert exchange.unread_when_answered == 8
    assert len(inner.taken) == 60


async def test_after_the_answer_the_rest_is_read_for_a_while_and_no_longer() -> None:
    chunk = b"x" * 65536
    short, endless = Exchange([chunk] * 4, {"content-length": "262144"}), Exchange([chunk] * 10_000)

    await pass_through(Inner(), short)
    await pass_through(Inner(), endless)

    assert short.unread == 0
    assert endless.unread >= 10_000 - LINGER_BYTES // len(chunk) - 2
    assert [message.get("more_body", False) for message in short.answer[1:]] == [True, False]


async def test_streamed_body_of_exactly_the_limit_passes() -> None:
    inner, exchange = Inner(), Exchange([b"x" * 50, b"x" * 50])

    await pass_through(inner, exchange)

    assert exchange.status == 204


async def test_answer_that_has_begun_is_broken_off() -> None:
    inner, exchange = Inner(answers_first=True), Exchange([b"x" * 60] * 3)

    with pytest.raises(Exception, match="too_large"):
        await pass_through(inner, exchange)

    assert len(exchange.answer) == 1


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
async def test_what_is_no_request_passes_untouched(kind: str) -> None:
    inner, exchange = Inner(), Exchange([b"x" * 900])
    exchange.scope["type"] = kind

    await pass_through(inner, exchange)

    assert inner.was_called
    assert exchange.status == 204
