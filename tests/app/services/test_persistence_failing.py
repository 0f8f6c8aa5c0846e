"""Persistence that does not change: what failed, what is refused and what is only tried."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.core import build_core
from app.services.persistence import PersistenceService
from protocol.errors import ClawNetError, Conflict, InvalidRequest, Unavailable
from tests.app.services.other_stores import (
    ADDRESS,
    SHOWN,
    OtherStore,
    Stores,
    check_nothing_changed,
    performed,
    refused,
)
from tests.fakes import OPERATOR_TOKEN, FakeClock, FlakyStore, Stage, settings_of


@pytest.fixture
def stores() -> Stores:
    return Stores()


@pytest.fixture
def is_pinned() -> bool:
    return False


@pytest.fixture
async def stage(store: FlakyStore, stores: Stores, tmp_path: Path, is_pinned: bool) -> AsyncIterator[Stage]:
    async with performed(store, stores, tmp_path, pinned=is_pinned) as stage:
        yield stage


@pytest.fixture
def persistence(stage: Stage) -> PersistenceService:
    return stage.core.keeping.persistence


@pytest.mark.parametrize("failure", [InvalidRequest("no such driver"), Unavailable("refused")])
async def test_store_that_does_not_open_leaves_everything_as_it_was(
    stage: Stage,
    stores: Stores,
    store: FlakyStore,
    tmp_path: Path,
    failure: ClawNetError,
) -> None:
    stores.failure = failure

    assert await refused(stage) is failure

    await check_nothing_changed(stage, store, tmp_path)


async def test_store_that_fails_while_it_loads_is_closed_and_leaves_everything_as_it_was(
    stage: Stage, stores: Stores, store: FlakyStore, tmp_path: Path
) -> None:
    stores.opened[ADDRESS] = OtherStore()
    stores.other.load_failure = Unavailable("the disk is full")

    assert isinstance(await refused(stage), Unavailable)

    assert stores.other.is_closed
    await check_nothing_changed(stage, store, tmp_path)


async def test_store_that_holds_something_already_is_refused(
    stage: Stage,
    stores: Stores,
    store: FlakyStore,
    tmp_path: Path,
) -> None:
    stores.opened[ADDRESS] = OtherStore()
    foreign = Stage(build_core(settings_of(), store=stores.other, clock=FakeClock()), FakeClock())
    await foreign.core.start(OPERATOR_TOKEN)
    await foreign.say(foreign.operator)

    assert isinstance(await refused(stage), Conflict)
    await foreign.core.base.journal.close()
    await foreign.core.base.background.close()

    assert stores.other.is_closed
    await check_nothing_changed(stage, store, tmp_path)


@pytest.mark.parametrize("is_pinned", [True])
async def test_store_that_the_environment_chose_is_not_exchanged(
    stage: Stage, persistence: PersistenceService, stores: Stores, store: FlakyStore, tmp_path: Path
) -> None:
    assert isinstance(await refused(stage), Conflict)

    assert stores.opened == {}
    assert persistence.show(stage.operator).pinned
    await check_nothing_changed(stage, store, tmp_path)


async def test_relay_goes_on_after_a_switch_that_failed(
    stage: Stage, persistence: PersistenceService, stores: Stores
) -> None:
    stores.failure = Unavailable("refused")
    await refused(stage)
    stores.failure = None

    shown = await persistence.switch(stage.operator, ADDRESS)

    assert shown.address == SHOWN
    assert (await stage.say(stage.operator)).offset == 4


async def test_store_is_tried_without_being_used(
    stage: Stage, persistence: PersistenceService, stores: Stores, store: FlakyStore, tmp_path: Path
) -> None:
    await persistence.test(stage.operator, ADDRESS)

    assert stores.other.is_closed
    await check_nothing_changed(stage, store, tmp_path)


async def test_failing_trial_says_why(stage: Stage, persistence: PersistenceService, stores: Stores) -> None:
    stores.failure = Unavailable("no route to the host")

    with pytest.raises(Unavailable, match="no route"):
        await persistence.test(stage.operator, ADDRESS)
