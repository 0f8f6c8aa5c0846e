"""Reports: only the assignee, only with the present lease, and one result."""

import asyncio

import pytest

from app.events import TaskCancelAsked, TaskProgressed
from protocol.errors import NotFound, Paused, StaleLease
from protocol.requests import TaskProgress
from protocol.tasks import Task, TaskState
from tests.app.services.tasks.crew import Crew
from tests.fakes import Ear


async def progress(crew: Crew, task: Task, *, by: str = "bob", **fields: object) -> None:
    """Report how far a task is, with the present lease if no other is given."""
    said = {"task_id": task.id, "lease": crew.see(task.id).lease} | fields
    reports = crew.stage.core.coordination.reports
    await reports.progress(crew.stage.actor(by), TaskProgress.model_validate(said))


async def test_task_runs_from_its_ack_to_its_result(crew: Crew) -> None:
    task = await crew.running()
    crew.stage.clock.advance(5)

    taken = await crew.finish(task, state="failed", output="no", exit_code=3, truncated=True)

    ended = crew.see(task.id)
    assert not taken.duplicate
    assert (ended.state, ended.output, ended.exit_code, ended.truncated) == (TaskState.FAILED, "no", 3, True)
    assert ended.started_at is not None
    assert ended.ended_at is not None
    assert ended.started_at < ended.ended_at


async def test_ack_returns_the_place_of_its_order_and_may_come_twice(crew: Crew) -> None:
    await crew.ask("/ping @bob")
    task = await crew.task()

    assert [await crew.take(task, holder=crew.bob.id) for _ in range(2)] == [2, 2]
    assert await crew.states(task) == ["dispatched", "running"]


async def test_result_counts_once(crew: Crew) -> None:
    task = await crew.running()

    taken = await asyncio.gather(*(crew.finish(task, output=f"try {n}") for n in range(3)))

    assert [each.duplicate for each in taken] == [False, True, True]
    assert crew.see(task.id).output == "try 0"
    assert await crew.states(task) == ["dispatched", "running", "succeeded"]
    with pytest.raises(StaleLease):
        await crew.finish(task, state="failed")


@pytest.mark.parametrize("by", ["ann", "operator"])
async def test_nobody_else_reports_and_is_not_told_that_there_is_a_task(crew: Crew, by: str) -> None:
    task = await crew.running()

    for report in (crew.take, crew.finish, lambda each, by: progress(crew, each, by=by)):
        with pytest.raises(NotFound):
            await report(task, by=by)

    assert crew.see(task.id).state is TaskState.RUNNING


@pytest.mark.parametrize("lease", ["forged", "", "{id}.0", "{id}.2"])
async def test_other_lease_than_the_present_one_is_refused(crew: Crew, lease: str) -> None:
    task = await crew.running()

    with pytest.raises(StaleLease):
        await crew.finish(task, lease=lease.format(id=task.id))
    with pytest.raises(StaleLease):
        await progress(crew, task, lease=lease.format(id=task.id))

    assert crew.see(task.id).state is TaskState.RUNNING


async def test_task_that_waits_for_approval_takes_no_report(crew: Crew) -> None:
    task = await crew.task("/do @bob it")

    for lease in ("", f"{task.id}.0", f"{task.id}.1"):
        with pytest.raises(StaleLease):
            await crew.finish(task, lease=lease)

    assert crew.see(task.id).state is TaskState.NEEDS_APPROVAL


async def test_result_of_a_cancelled_task_comes_too_late(crew: Crew) -> None:
    task = await crew.task()
    await crew.stage.core.coordination.tasks.cancel(crew.stage.operator, task.id, "no need")

    with pytest.raises(StaleLease):
        await crew.take(task)
    with pytest.raises(StaleLease):
        await crew.finish(task)

    assert crew.see(task.id).state is TaskState.CANCELLED


@pytest.mark.parametrize("state", ["cancelled", "succeeded"])
async def test_task_that_is_to_stop_ends_as_its_agent_says(crew: Crew, state: str) -> None:
    task = await crew.running()
    await crew.stage.core.coordination.tasks.cancel(crew.stage.operator, task.id)

    await crew.finish(task, state=state)

    assert crew.see(task.id).state.value == state


async def test_second_connection_of_an_agent_does_not_hold_the_same_task(crew: Crew) -> None:
    other = await crew.stage.connect("bob")
    task = await crew.running()

    with pytest.raises(StaleLease):
        await crew.take(task, holder=other.id)
    await crew.leave()

    assert await crew.take(task, holder=other.id)


async def test_two_connections_at_once_hold_it_once(crew: Crew) -> None:
    other = await crew.stage.connect("bob")
    task = await crew.task()

    outcomes = await asyncio.gather(
        *(crew.take(task, holder=each.id) for each in (crew.bob, other)), return_exceptions=True
    )

    assert outcomes[0] == 1
    assert isinstance(outcomes[1], StaleLease)


async def test_paused_agent_takes_nothing_and_may_still_say_how_it_ended(crew: Crew) -> None:
    waiting, running = await crew.task(), await crew.running()
    pausing = crew.stage.core.coordination.pausing
    await pausing.pause(crew.stage.operator, "bob")

    with pytest.raises(Paused):
        await crew.take(waiting)
    await crew.finish(running)

    assert crew.see(running.id).state is TaskState.SUCCEEDED


async def test_progress_is_heard_and_never_stored(crew: Crew, ear: Ear) -> None:
    task = await crew.running()
    before = len(await crew.entries())

    await progress(crew, task, text="half way", percent=50)

    (fact,) = [fact for fact in ear.facts if isinstance(fact, TaskProgressed)]
    assert (fact.text, fact.task.percent, crew.see(task.id).percent) == ("half way", 50, 50)
    assert crew.bob.wire.bodies("task_update")[-1]["text"] == "half way"
    assert len(await crew.entries()) == before


async def test_progress_of_what_does_not_run_is_refused(crew: Crew) -> None:
    task = await crew.task()
    with pytest.raises(StaleLease):
        await progress(crew, task)
    await crew.take(task)
    await crew.finish(task)

    with pytest.raises(StaleLease):
        await progress(crew, task)


async def test_progress_of_what_is_to_stop_is_answered_with_the_wish_again(crew: Crew, ear: Ear) -> None:
    task = await crew.running()
    await crew.stage.core.coordination.tasks.cancel(crew.stage.operator, task.id)

    await progress(crew, task)

    assert len([fact for fact in ear.facts if isinstance(fact, TaskCancelAsked)]) == 2


async def test_lease_is_told_to_its_assignee_alone(crew: Crew) -> None:
    task = await crew.running()
    reports = crew.stage.core.coordination.reports

    assert reports.lease_of(crew.stage.actor("bob"), task.id) == f"{task.id}.1"
    for actor, task_id in ((crew.stage.operator, task.id), (crew.stage.actor("bob"), "nothing")):
        with pytest.raises(NotFound):
            reports.lease_of(actor, task_id)
