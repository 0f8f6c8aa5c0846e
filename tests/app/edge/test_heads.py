"""HEAD is answered as GET is, without the body."""

import asyncio
from typing import Any

import httpx
import pytest
from starlette.types import Message, Scope

from app.edge.heads import HeadAsGet
from tests.app.edge.exchange import Inner
from tests.fakes import OPERATOR_TOKEN


@pytest.fixture
def operator(http: httpx.AsyncClient) -> httpx.AsyncClient:
    http.headers["Authorization"] = f"Bearer {OPERATOR_TOKEN}"
    return http


async def head(app: HeadAsGet, path: str) -> list[Message]:
    """Ask for the headers of a path and return what was sent."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async with asyncio.timeout(10):
        await app({"type": "http", "method": "HEAD", "path": path, "headers": []}, receive, send)
    return sent


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/api/v1/ping", "/api/v1/rooms"])
async def test_headers_are_those_of_get(operator: httpx.AsyncClient, path: str) -> None:
    got = await operator.get(path)
    headed = await operator.head(path)

    assert (headed.status_code, headed.content) == (200, b"")
    assert headed.headers["content-type"] == got.headers["content-type"]


async def test_stream_is_over_after_its_headers() -> None:
    async def stream(scope: Scope, receive: Any, send: Any) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(3):
            await send({"type": "http.response.body", "body": b"event", "more_body": True})

    sent = await head(HeadAsGet(stream), "/api/v1/events")

    assert [message.get("body") for message in sent] == [None, b""]


async def test_console_is_asked_as_it_was() -> None:
    inner = Inner()

    await head(HeadAsGet(inner), "/dashboard")

    assert inner.scopes[0]["method"] == "HEAD"


async def test_root_of_rest_is_a_problem_like_all_that_is_not_there(operator: httpx.AsyncClient) -> None:
    for path in ("/api", "/api/", "/api/v1", "/api/nothing"):
        answer = await operator.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
        assert answer.headers["content-type"] == "application/problem+json"
