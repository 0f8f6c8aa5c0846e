"""Health: what monitors and v1 clients look for, open to all."""

import httpx
from fastapi import FastAPI

from app.health import Health
from tests.fakes import Stage


async def test_relay_greets_as_version_one_did(http: httpx.AsyncClient) -> None:
    answer = await http.get("/")

    assert answer.status_code == 200
    assert answer.json()["online"] is True
    assert answer.json()["status"].startswith("ClawNet ")


async def test_relay_that_turns_is_alive(http: httpx.AsyncClient) -> None:
    assert (await http.get("/healthz")).json() == {"status": "alive"}


async def test_relay_that_has_started_is_ready(http: httpx.AsyncClient) -> None:
    assert (await http.get("/readyz")).json() == {"status": "ready"}


async def test_relay_that_has_not_started_says_so(stage: Stage) -> None:
    parent, health = FastAPI(), Health("4", stage.core.base.journal)
    health.install(parent)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(parent), base_url="http://relay") as http:
        answer = await http.get("/readyz")
        alive = await http.get("/healthz")

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["content-type"] == "application/problem+json"
    assert alive.status_code == 200


async def test_relay_answers_a_ping(http: httpx.AsyncClient) -> None:
    answer = await http.get("/api/v1/ping")

    assert answer.json() == {"ok": True, "server_time": "2026-01-01T00:00:00.000Z"}
