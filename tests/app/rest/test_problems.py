"""What REST answers when it refuses: one shape, one list of codes."""

import logging
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.rest import problems
from app.rest.problems import problem_of
from app.services.compose import ComposeService
from app.settings import Settings
from protocol.errors import ClawNetError, RateLimited, Unauthenticated, leaves
from tests.fakes import FakeClock, settings_of

HELLO = {"to_type": "global", "to_id": "global", "text": "hello"}


@pytest.fixture
def settings() -> Settings:
    return settings_of(rate_chat=0.5, rate_chat_burst=3)


def problem(answer: httpx.Response) -> dict[str, Any]:
    """Return the body of a refusal, which must be a problem."""
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == answer.status_code
    assert set(body) >= {"type", "title", "status", "detail", "code", "retryable"}
    return body


@pytest.mark.parametrize("kind", leaves(), ids=lambda kind: kind.__name__)
def test_every_error_is_a_problem_of_its_status_and_code(kind: type[ClawNetError]) -> None:
    answer = problem_of(kind("why", field="room"))

    assert answer.status_code == kind.status
    assert f'"code":"{kind.code}"'.encode() in answer.body
    assert b'"field":"room"' in answer.body
    assert b'"detail":"why"' in answer.body


@pytest.mark.parametrize(("wait", "header"), [(0.01, "1"), (1.0, "2"), (1.5, "2"), (59.2, "60")])
def test_client_that_waits_as_it_is_told_waits_long_enough(wait: float, header: str) -> None:
    answer = problem_of(RateLimited("slow down", retry_after=wait))

    assert answer.headers["retry-after"] == header
    assert int(header) >= wait


def test_error_without_a_time_to_wait_has_no_such_header() -> None:
    assert "retry-after" not in problem_of(Unauthenticated("who?")).headers


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        b"",
        b"Bearer",
        b"Bearer ",
        b"Bearer wrong",
        b"Basic b3BlcmF0b3I6eA==",
        b"Bearer clw_operator_x",
        b"Bearer \xe4",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/rooms"),
        ("POST", "/api/v1/messages"),
        ("GET", "/api/v1/presence"),
        ("POST", "/api/v1/handles"),
    ],
)
async def test_stranger_is_told_to_show_a_token(
    http: httpx.AsyncClient, method: str, path: str, authorization: bytes | None
) -> None:
    headers = [(b"Authorization", authorization)] if authorization is not None else []

    answer = await http.request(method, path, headers=headers, json=HELLO)

    assert answer.status_code == 401
    assert problem(answer)["code"] == "unauthenticated"
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_every_route_but_ping_and_joining_asks_for_a_token(operator: httpx.AsyncClient) -> None:
    paths = (await operator.get("/api/openapi.json")).json()["paths"]
    del operator.headers["Authorization"]
    routes = [(method, path) for path, methods in paths.items() for method in methods]

    answers = {
        (method, path): await operator.request(method, path.replace("{room_id}", "global"))
        for method, path in routes
    }

    open_to_all = {route for route, answer in answers.items() if answer.status_code != 401}
    assert len(routes) > 10
    assert open_to_all == {
        ("post", "/api/v1/joins"),
        ("post", "/api/v1/joins/collect"),
        ("get", "/api/v1/ping"),
        ("get", "/healthz"),
        ("get", "/readyz"),
    }


async def test_cookie_authorises_nothing(operator: httpx.AsyncClient) -> None:
    token = operator.headers.pop("Authorization")
    cookies = {"Authorization": token, "token": token.split()[1], "session": token.split()[1]}

    answer = await operator.get(
        "/api/v1/rooms", headers={"Cookie": "; ".join(map("=".join, cookies.items()))}
    )

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


async def test_token_in_the_address_authorises_nothing(operator: httpx.AsyncClient) -> None:
    token = operator.headers.pop("Authorization").split()[1]

    answer = await operator.get("/api/v1/rooms", params={"token": token, "access_token": token})

    assert answer.status_code == 401


@pytest.mark.parametrize(
    "path", ["/api/v1/nothing", "/api/", "/api/v2/rooms", "/api/v1/rooms/", "/api/v1/rooms/nowhere"]
)
async def test_what_is_not_there_is_a_problem(operator: httpx.AsyncClient, path: str) -> None:
    answer = await operator.get(path)

    assert answer.status_code == 404
    assert problem(answer)["code"] == "not_found"


async def test_wrong_method_is_a_problem_that_names_the_right_ones(operator: httpx.AsyncClient) -> None:
    answer = await operator.delete("/api/v1/presence")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, PUT"
    assert problem(answer)["code"] == "invalid_request"


async def test_clash_is_a_problem(operator: httpx.AsyncClient) -> None:
    await operator.post("/api/v1/messages", json=HELLO | {"id": "one"})

    answer = await operator.post("/api/v1/messages", json=HELLO | {"id": "one", "text": "other"})

    assert answer.status_code == 409
    assert problem(answer)["code"] == "dedupe_mismatch"


@pytest.mark.parametrize("size", [256 * 1024 + 1, 1024 * 1024])
async def test_body_that_says_it_is_too_large_is_a_problem(operator: httpx.AsyncClient, size: int) -> None:
    answer = await operator.post("/api/v1/messages", content=b"x" * size)

    assert answer.status_code == 413
    assert problem(answer)["code"] == "too_large"


async def test_body_that_turns_out_too_large_is_a_problem(operator: httpx.AsyncClient) -> None:
    async def chunks() -> Any:
        for _ in range(20):
            yield b" " * 64 * 1024

    answer = await operator.post(
        "/api/v1/messages", content=chunks(), headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 413
    assert problem(answer)["code"] == "too_large"


async def test_too_many_requests_are_a_problem_with_the_time_to_wait(
    operator: httpx.AsyncClient, clock: FakeClock
) -> None:
    for _ in range(3):
        await operator.post("/api/v1/messages", json=HELLO)

    answer = await operator.post("/api/v1/messages", json=HELLO)
    clock.advance(int(answer.headers["retry-after"]))
    after = await operator.post("/api/v1/messages", json=HELLO)

    assert answer.status_code == 429
    assert problem(answer)["code"] == "rate_limited"
    assert problem(answer)["retryable"] is True
    assert problem(answer)["retry_after"] == 2.0
    assert after.status_code == 201


async def test_reading_goes_on_when_chat_is_used_up(operator: httpx.AsyncClient) -> None:
    for _ in range(4):
        await operator.post("/api/v1/messages", json=HELLO)

    assert (await operator.get("/api/v1/rooms/global/history")).status_code == 200


async def test_bug_is_logged_and_nothing_of_it_is_shown(
    operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise ValueError("canary")

    monkeypatch.setattr(ComposeService, "send", broken)

    with caplog.at_level(logging.ERROR):
        answer = await operator.post("/api/v1/messages", json=HELLO)

    assert answer.status_code == 500
    assert problem(answer)["code"] == "internal"
    assert "canary" not in answer.text
    assert [record.getMessage() for record in caplog.records if record.name == "clawnet.rest"] == [
        "a request failed"
    ]


async def test_refusal_can_be_installed_in_another_application() -> None:
    parent = FastAPI()
    problems.install(parent)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(parent), base_url="http://relay") as http:
        answer = await http.get("/nothing")

    assert problem(answer)["code"] == "not_found"
