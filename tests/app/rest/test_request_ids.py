"""`X-Request-ID`: taken over if it is fit for a log, made otherwise, on every answer."""

import logging

import httpx
import pytest

from app.services.compose import ComposeService


@pytest.mark.parametrize("given", ["abcd-1234", "A" * 64])
async def test_id_that_is_fit_is_taken_over(http: httpx.AsyncClient, given: str) -> None:
    for path in ("/api/v1/ping", "/api/v1/rooms", "/api/nothing"):
        answer = await http.get(path, headers={"X-Request-ID": given})
        assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["short", "A" * 65, "with space", "a\tb-123456", '"quoted-1"'])
async def test_id_that_could_write_into_a_log_is_replaced(http: httpx.AsyncClient, given: str) -> None:
    answer = await http.get("/api/v1/ping", headers={"X-Request-ID": given})

    assert answer.headers["x-request-id"] not in {given, ""}


async def test_failure_is_logged_under_its_id(
    operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(ComposeService, "send", broken)
    body = {"to_type": "global", "to_id": "global", "text": "hello"}
    with caplog.at_level(logging.ERROR, "clawnet.rest"):
        answer = await operator.post("/api/v1/messages", json=body)

    assert answer.status_code == 500
    assert vars(caplog.records[0])["request_id"] == answer.headers["x-request-id"]
