"""Deadlines: every task ends in time, whatever becomes of its assignee."""

import random
from contextlib import suppress

import pytest

from app.services.tasks.watch import Patience
from protocol.errors import ClawNetError, StaleLease, Unavailable
from protocol.requests import TaskProgress
from protocol.tasks import Task, TaskState
from tests.app.services.tasks.crew import Crew
from tests.fakes import FlakyStore, open_stage, settings_of

P = Patience()
READ, CHANGE = "/ping @bob", "/ask @bob how are you"


async def say_so(crew: Crew, task: Task) -> None:
    """Report progress."""
    said = TaskProgress(task_id=task.id, lease=crew.see(task.id).lease)
    await crew.stage.core.coordination.reports.progress(crew.stage.actor("bob"), said)


async def test_queued_task_is_dispatched_when_its_agent_comes(crew: Crew) -> None:
    await crew.leave()
    task = await crew.task()

    await crew.wait(10)
    await crew.back()
    await crew.wait(1)

    assert await crew.states(task) == ["queued", "dispatched"]
    assert [body["task"]["id"] for body in crew.bob.wire.bodies("task_dispatch")] == [task.id]


async def test_an_approval_says_until_when_it_can_be_given(crew: Crew) -> None:
    watch, task = crew.stage.core.coordination.watch, await crew.task("/do @bob look")
    begun = watch.approval_ends(task.id)
    await crew.wait(P.approval - 1)

    assert begun == watch.approval_ends(task.id)
    await crew.wait(1)
    assert crew.see(task.id).state is TaskState.DENIED
    assert (watch.approval_ends(task.id), watch.approval_ends("none")) == (None, None)


async def test_queued_task_is_lost_when_nobody_comes(crew: Crew) -> None:
    await crew.leave()
    task = await crew.task()

    await crew.wait(P.queue - 1)
    assert crew.see(task.id).state is TaskState.QUEUED
    await crew.wait(1)

    assert crew.see(task.id).state is TaskState.LOST
    assert crew.see(task.id).reason


async def test_task_that_is_not_taken_is_dispatched_again_and_in_the_end_lost(crew: Crew) -> None:
    task = await crew.task(CHANGE)

    for _ in range(P.attempts):
        await crew.wait(P.take)

    assert crew.see(task.id).state is TaskState.LOST
    assert await crew.orders() == [("/ask how are you", n) for n in (1, 2, 3)]


async def test_former_lease_is_fenced_off(crew: Crew) -> None:
    task = await crew.task()
    await crew.wait(P.take)

    with pytest.raises(StaleLease):
        await crew.finish(task, lease=f"{task.id}.1")
    await crew.take(task)
    await crew.finish(task)

    assert crew.see(task.id).attempt == 2


async def test_agent_has_its_time_from_its_return_on(crew: Crew) -> None:
    task = await crew.task()
    await crew.leave()
    await crew.wait(10 * P.take)
    await crew.back()
    await crew.wait(P.take - 1)

    assert (await crew.orders(), crew.see(task.id).attempt) == ([("/ask how are you", 1)], 1)


async def test_silent_agent_loses_a_read_to_another_try(crew: Crew) -> None:
    task = await crew.running(READ)

    await crew.wait(P.lease)

    assert (crew.see(task.id).state, crew.see(task.id).attempt) == (TaskState.DISPATCHED, 2)
    with pytest.raises(StaleLease):
        await crew.finish(task, lease=f"{task.id}.1")


async def test_what_changes_something_is_never_begun_twice(crew: Crew) -> None:
    task = await crew.running(CHANGE)

    await crew.wait(P.lease)
    assert crew.see(task.id).state is TaskState.RUNNING
    await crew.wait(task.timeout)

    assert crew.see(task.id).state is TaskState.LOST
    assert await crew.orders() == [("/ask how are you", 1)]


async def test_word_from_the_agent_renews_its_lease(crew: Crew) -> None:
    task = await crew.running(READ)

    for _ in range(5):
        await crew.wait(P.lease - 1)
        await say_so(crew, task)

    assert (crew.see(task.id).state, crew.see(task.id).attempt) == (TaskState.RUNNING, 1)


async def test_agent_that_never_comes_to_an_end_is_timed_out_and_told_to_stop(crew: Crew) -> None:
    task = await crew.running(READ)

    for _ in range(50):
        await crew.wait(P.lease / 2)
        if crew.see(task.id).state.is_terminal:
            break
        await say_so(crew, task)

    assert crew.see(task.id).state is TaskState.TIMED_OUT
    assert crew.bob.wire.bodies("task_cancel") == [{"task_id": task.id}]
    with pytest.raises(StaleLease):
        await crew.finish(task, state="timed_out")


async def test_approval_runs_out(crew: Crew) -> None:
    task = await crew.task("/do @bob it")

    await crew.wait(P.approval)

    assert (crew.see(task.id).state, await crew.orders()) == (TaskState.DENIED, [])


async def test_wish_to_stop_is_said_again_until_it_is_given_up(crew: Crew) -> None:
    task = await crew.running()
    await crew.ask(f"/stop {task.id}")

    await crew.wait(P.cancel / 2)
    await crew.wait(P.cancel / 2)

    assert len(crew.bob.wire.bodies("task_cancel")) == 2
    assert crew.see(task.id).state is TaskState.LOST


async def test_step_that_cannot_be_stored_is_due_again(crew: Crew, store: FlakyStore) -> None:
    task = await crew.task("/do @bob it")
    store.failure = Unavailable("gone")
    await crew.wait(P.approval)
    assert crew.see(task.id).state is TaskState.NEEDS_APPROVAL

    store.failure = None
    await crew.wait(0)

    assert crew.see(task.id).state is TaskState.DENIED


@pytest.mark.parametrize("restarts", [False, True], ids=["one relay", "with restarts"])
@pytest.mark.parametrize("seed", range(6))
async def test_every_task_ends_in_time_whatever_happens(
    crew: Crew, store: FlakyStore, seed: int, *, restarts: bool
) -> None:
    dice = random.Random(seed)
    tasks = [await crew.task(line) for line in (READ, CHANGE, "/do @bob it") for _ in range(3)]
    is_online = True

    for _ in range(40):
        match dice.choice(["go", "come", "take", "say", "finish", "approve", "stop", "restart"]):
            case "go" if is_online:
                await crew.leave()
                is_online = False
            case "come" if not is_online:
                await crew.back()
                is_online = True
            case "restart" if restarts:
                await crew.stage.core.stop()
                crew.stage = await open_stage(store, crew.stage.clock, settings_of())
                is_online = False
            case deed:
                await act(crew, deed, dice.choice(tasks))
        await crew.wait(dice.choice([1, 20, 70]))
    for _ in range(3 * P.attempts + 2):
        await crew.wait(P.queue)

    await crew.stage.core.stop()
    assert [task.line for task in tasks if not crew.see(task.id).state.is_terminal] == []
    for task in tasks:
        ends = [state for state in await crew.states(task) if TaskState(state).is_terminal]
        assert len(ends) == 1


async def act(crew: Crew, deed: str, task: Task) -> None:
    """Let somebody do something with a task; it may be too late for it."""
    with suppress(ClawNetError):
        match deed:
            case "take":
                await crew.take(task)
            case "say":
                await say_so(crew, task)
            case "finish":
                await crew.finish(task)
            case "approve":
                await crew.ask(f"/approve {task.id}")
            case "stop":
                await crew.ask(f"/stop {task.id}")
