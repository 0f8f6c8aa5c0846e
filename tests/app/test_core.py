"""The core: what it does by itself while nobody asks, and how it ends."""

import asyncio

import pytest

from app import core as core_module
from protocol.agents import Status
from protocol.errors import Unavailable
from tests.fakes import FlakyStore, Stage


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_module, "SWEEP", 0.01)


async def status_of(stage: Stage, agent_id: str, expected: Status) -> Status:
    """Wait until an agent has this status, for a while at most."""
    presence = stage.core.people.presence
    async with asyncio.timeout(5):
        while True:
            (found,) = [each.status for each in presence.everyone() if each.agent_id == agent_id]
            if found is expected:
                return found
            await asyncio.sleep(0.01)


async def test_agent_that_is_silent_falls_idle_by_itself(stage: Stage) -> None:
    await stage.enrol("ann")
    await stage.connect("ann")

    stage.clock.advance(301)

    assert await status_of(stage, "ann", Status.IDLE) is Status.IDLE


@pytest.mark.parametrize("failure", [Unavailable("away"), OSError("a bug of the store")])
async def test_sweep_goes_on_after_one_that_failed(
    stage: Stage, store: FlakyStore, failure: Exception
) -> None:
    await stage.enrol("ann")
    await stage.core.people.credentials.issue(stage.operator, "ann", lifetime=60)
    await stage.connect("ann")
    stage.clock.advance(60)
    store.failure = failure
    async with asyncio.timeout(5):
        while not store.failed:  # noqa: ASYNC110 - the relay looks by itself
            await asyncio.sleep(0.01)
    store.failure = None

    stage.clock.advance(301)

    assert await status_of(stage, "ann", Status.IDLE) is Status.IDLE
    assert (await stage.records())[-1].action == "token.expire"


async def test_store_that_is_back_is_found_although_nobody_writes(stage: Stage, store: FlakyStore) -> None:
    store.failure = Unavailable("away")
    with pytest.raises(Unavailable):
        await stage.say(stage.operator)
    store.failure = None

    async with asyncio.timeout(5):
        while not stage.core.base.journal.is_writable:  # noqa: ASYNC110 - the relay looks by itself
            await asyncio.sleep(0.01)

    assert stage.core.base.journal.is_writable


async def test_relay_whose_store_is_away_still_ends(stage: Stage, store: FlakyStore) -> None:
    stage.core.readers.progress.note("operator", "global", 1)
    store.failure = Unavailable("away")

    async with asyncio.timeout(5):
        await stage.core.stop()
    store.failure = None

    assert store.is_closed
