"""The kill switch: who is paused, by whom, and that it lasts."""

import asyncio

import pytest

from app.actor import Actor
from app.services.pausing import FLEET, PauseService
from protocol.errors import Conflict, Forbidden, NotFound, Paused, Unavailable
from protocol.roles import Role
from tests.fakes import FakeClock, FlakyStore, Stage, open_stage, settings_of


@pytest.fixture
def pausing(stage: Stage) -> PauseService:
    return stage.core.coordination.pausing


async def test_paused_agent_must_not_act_and_others_may(
    stage: Stage, pausing: PauseService, ann: Actor, bob: Actor
) -> None:
    assert await pausing.pause(stage.operator, "@bob", "too loud") == ["bob"]

    with pytest.raises(Paused):
        pausing.check(bob)
    with pytest.raises(Paused):
        pausing.check_target("bob")
    pausing.check(ann)
    pausing.check_target("ann")
    assert pausing.paused() == {"bob": "too loud"}


async def test_fleet_is_all_workers_and_nobody_else(
    stage: Stage, pausing: PauseService, ann: Actor, bob: Actor
) -> None:
    wat = await stage.enrol("wat", Role.WARDEN)

    assert await pausing.pause(stage.operator, FLEET) == ["ann", "bob"]

    for worker in (ann, bob, await stage.enrol("newcomer")):
        with pytest.raises(Paused):
            pausing.check(worker)
    pausing.check(wat)
    pausing.check(stage.operator)


async def test_paused_agent_says_nothing(stage: Stage, pausing: PauseService, bob: Actor) -> None:
    await pausing.pause(stage.operator, "bob")

    for text in ("hello", "/ping @bob", "/help", "//help"):
        with pytest.raises(Paused):
            await stage.say(bob, text)


async def test_resumed_agent_acts_again(stage: Stage, pausing: PauseService, bob: Actor) -> None:
    await pausing.pause(stage.operator, "bob")

    await pausing.resume(stage.operator, "@bob")

    assert (await stage.say(bob, "hello")).offset == 1
    assert pausing.paused() == {}


async def test_one_of_a_paused_fleet_is_not_resumed_in_silence(
    stage: Stage, pausing: PauseService, bob: Actor
) -> None:
    await pausing.pause(stage.operator, "bob")
    await pausing.pause(stage.operator, FLEET)

    with pytest.raises(Conflict, match=FLEET):
        await pausing.resume(stage.operator, "bob")
    await pausing.resume(stage.operator, FLEET)

    pausing.check(bob)


async def test_choice_survives_a_restart(stage: Stage, pausing: PauseService, store: FlakyStore) -> None:
    await stage.enrol("bob")
    await pausing.pause(stage.operator, "bob", "too loud")

    again = await open_stage(store, FakeClock(), settings_of())
    await again.core.stop()

    assert again.core.coordination.pausing.paused() == {"bob": "too loud"}


async def test_only_masters_pause_and_resume(stage: Stage, pausing: PauseService, ann: Actor) -> None:
    await pausing.pause(stage.operator, "ann")

    for act in (pausing.pause, pausing.resume):
        with pytest.raises(Forbidden):
            await act(ann, "ann")


async def test_paused_master_cannot_let_itself_go(stage: Stage, pausing: PauseService) -> None:
    boss = await stage.enrol("boss", Role.MASTER)
    await pausing.pause(stage.operator, "boss")

    with pytest.raises(Paused):
        await pausing.resume(boss, "boss")
    with pytest.raises(Paused):
        await pausing.pause(boss, FLEET)

    assert pausing.paused() == {"boss": ""}


async def test_operator_stays_who_can_resume(stage: Stage, pausing: PauseService) -> None:
    boss = await stage.enrol("boss", Role.MASTER)

    with pytest.raises(Forbidden, match="operator"):
        await pausing.pause(boss, "@operator")

    pausing.check(stage.operator)


@pytest.mark.parametrize("who", ["nobody", "@nobody", "@online", "all", ""])
async def test_nobody_else_can_be_meant(stage: Stage, pausing: PauseService, who: str) -> None:
    with pytest.raises(NotFound):
        await pausing.pause(stage.operator, who)


async def test_two_at_once_do_not_undo_each_other(
    stage: Stage, pausing: PauseService, ann: Actor, bob: Actor, store: FlakyStore
) -> None:
    await asyncio.gather(*(pausing.pause(stage.operator, each.agent_id) for each in (ann, bob)))

    assert pausing.paused().keys() == {"ann", "bob"}
    assert '"ann"' in (await store.settings())["paused"]


async def test_pause_counts_before_it_is_stored_and_not_when_it_cannot_be(
    stage: Stage, pausing: PauseService, bob: Actor, store: FlakyStore
) -> None:
    store.open.clear()
    pausing_now = asyncio.gather(pausing.pause(stage.operator, "bob"), return_exceptions=True)
    await asyncio.sleep(0)
    with pytest.raises(Paused):
        pausing.check(bob)

    store.failure = Unavailable("gone")
    store.open.set()

    assert [type(outcome) for outcome in await pausing_now] == [Unavailable]
    pausing.check(bob)
