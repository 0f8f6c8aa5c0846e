"""Fixtures of a relay core in one process: a fake clock, a memory store, and the stage with both."""

from collections.abc import AsyncIterator

import hypothesis
import pytest

from app.settings import Settings
from tests.fakes import Ear, FakeClock, FlakyStore, Stage, open_stage, settings_of

# Modules beside the tests that assert on their behalf.
pytest.register_assert_rewrite("tests.app")
# How long an example takes says something about the machine, nothing about the product.
hypothesis.settings.register_profile("clownet", deadline=None)
hypothesis.settings.load_profile("clownet")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def settings() -> Settings:
    return settings_of()


@pytest.fixture
async def store(settings: Settings) -> FlakyStore:
    return FlakyStore(keep=settings.keep_messages, keep_bytes=settings.keep_bytes)


@pytest.fixture
async def stage(store: FlakyStore, clock: FakeClock, settings: Settings) -> AsyncIterator[Stage]:
    stage = await open_stage(store, clock, settings)
    yield stage
    await stage.core.stop()


@pytest.fixture
def ear(stage: Stage) -> Ear:
    """Hear what the core publishes from now on."""
    ear = Ear()
    stage.core.base.bus.subscribe(ear)
    return ear
