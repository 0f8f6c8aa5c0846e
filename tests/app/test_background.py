"""The keeper of background work: it loses no task and hides no failure."""

import asyncio
import gc
import logging

import pytest

from app.background import Background
from tests.fakes import turns


async def fail() -> None:
    await asyncio.sleep(0)
    raise ValueError("broken")


async def test_work_runs_to_its_end_although_nobody_holds_it() -> None:
    background, done = Background(), asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        done.set()

    background.spawn(work(), name="work")
    gc.collect()
    await turns()

    assert done.is_set()


async def test_failure_is_logged_under_the_name_of_the_work(caplog: pytest.LogCaptureFixture) -> None:
    background = Background()

    with caplog.at_level(logging.ERROR):
        background.spawn(fail(), name="the pump")
        await turns()

    (record,) = caplog.records
    assert vars(record)["work"] == "the pump"
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ValueError)


async def test_closing_cancels_what_still_runs_and_waits_for_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    background, ended = Background(), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.set()

    background.spawn(work(), name="work")
    await turns()

    await background.close()

    assert ended.is_set()
    assert caplog.records == []


async def test_closing_without_work_ends_at_once() -> None:
    await Background().close()


async def test_work_that_ended_is_not_kept() -> None:
    background = Background()

    for _ in range(100):
        background.spawn(asyncio.sleep(0), name="short")
    await turns()

    assert len(background._tasks) == 0
