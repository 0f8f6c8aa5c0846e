"""Readiness: whether the relay takes work, told to whoever asks, with no more than that."""

import httpx
import pytest
from fastapi import FastAPI

from app.health import Health
from protocol.errors import Unavailable
from tests.fakes import FlakyStore, Stage


@pytest.fixture
def health(stage: Stage) -> Health:
    health = Health("9.9", stage.core.base.journal)
    health.is_ready = True
    return health


async def ask(health: Health, path: str) -> httpx.Response:
    """Ask the application that health is a part of."""
    parent = FastAPI()
    health.install(parent)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=parent), base_url="http://relay"
    ) as client:
        return await client.get(path)


async def fail(stage: Stage, store: FlakyStore) -> None:
    """Let the store refuse a message."""
    store.failure = Unavailable("the disk is full")
    with pytest.raises(Unavailable):
        await stage.say(stage.operator)


async def test_relay_that_takes_work_is_ready(health: Health) -> None:
    answer = await ask(health, "/readyz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


async def test_relay_that_has_not_begun_is_not_ready(health: Health) -> None:
    health.is_ready = False

    answer = await ask(health, "/readyz")

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["detail"]) == ("unavailable", "starting or stopping")


async def test_relay_whose_store_takes_nothing_is_not_ready_and_says_not_why(
    health: Health, stage: Stage, store: FlakyStore
) -> None:
    await fail(stage, store)

    answer = await ask(health, "/readyz")

    assert (answer.status_code, answer.json()["detail"]) == (503, "the store takes no writes")
    assert "disk" not in answer.text


async def test_relay_is_alive_whatever_its_store_does(
    health: Health, stage: Stage, store: FlakyStore
) -> None:
    await fail(stage, store)

    answer = await ask(health, "/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_relay_is_ready_again_once_the_store_is_back_although_nobody_writes(
    health: Health, stage: Stage, store: FlakyStore
) -> None:
    await fail(stage, store)
    store.failure = None

    await stage.core.base.journal.probe()

    assert (await ask(health, "/readyz")).status_code == 200
